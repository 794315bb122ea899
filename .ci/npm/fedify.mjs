// A server built with Fedify where Léa lives, for the tests of internal/e2e:
//
//   node --import ./localhost.mjs fedify.mjs SCHEME
//
// It signs, and takes signatures, by one scheme only: rfc9421 or cavage. It prints
// the address of Léa. What it is told to do is POSTed to /do/…; /seen tells
// what it knows. It ends with its standard input.
import { createServer } from "node:http";
import { createFederation, generateCryptoKeyPair, MemoryKvStore, verifyObject } from "@fedify/fedify";
import {
  Accept, Activity, Announce, Create, Delete, Endpoints, Follow, Like, Mention, Note, Person, PUBLIC_COLLECTION, Tombstone, Undo, Update,
} from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";

const scheme = process.argv[2];
const specs = { rfc9421: "rfc9421", cavage: "draft-cavage-http-signatures-12" };

// What was learnt of others, as a client of this server would see it.
const seen = {
  followers: new Set(), following: new Set(), likes: new Set(), shares: new Set(),
  notes: new Map(), // by id
  delivered: [], // what others POSTed here: scheme, type, whether by a proof of its author's, status
  sent: [], // what was POSTed to others: scheme, type, status
};
const own = new Map(); // Léa's notes by number
const done = new Map(); // what Léa can undo, by what it was done to

const server = createServer(handle);
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const base = `http://fedify.localhost:${server.address().port}`;

const federation = createFederation({
  kv: new MemoryKvStore(), origin: base, firstKnock: specs[scheme], allowPrivateAddress: true,
});
const keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];

federation.setActorDispatcher("/users/{identifier}", async (ctx, name) => {
  if (name !== "lea") return null;
  const pairs = await ctx.getActorKeyPairs(name);
  return new Person({
    id: ctx.getActorUri(name), preferredUsername: name, name: "Léa", url: ctx.getActorUri(name),
    inbox: ctx.getInboxUri(name), endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
    followers: ctx.getFollowersUri(name),
    publicKey: pairs[0].cryptographicKey, assertionMethods: pairs.map((pair) => pair.multikey),
  });
}).setKeyPairsDispatcher((_, name) => name === "lea" ? keys : []);

federation.setFollowersDispatcher("/users/{identifier}/followers", async (ctx) => {
  const actors = await Promise.all([...seen.followers].map((id) => ctx.lookupObject(id)));
  return { items: actors };
});

federation.setObjectDispatcher(Note, "/users/{identifier}/notes/{number}", (_, { number }) => own.get(number) ?? null);

federation.setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Follow, async (ctx, follow) => {
    const follower = await follow.getActor(ctx);
    seen.followers.add(follower.id.href);
    await ctx.sendActivity({ identifier: "lea" }, follower, new Accept({
      id: new URL(`#accepts/${crypto.randomUUID()}`, ctx.getActorUri("lea")), actor: ctx.getActorUri("lea"), object: follow,
    }));
  })
  .on(Accept, (_, accept) => {
    // Its copy of the follow is not of the origin of its id, so only the id counts.
    const follow = done.get(accept.actorId.href);
    if (follow?.id.href === accept.objectId?.href) seen.following.add(accept.actorId.href);
  })
  .on(Create, keep)
  .on(Update, keep)
  .on(Delete, (_, activity) => { seen.notes.delete(activity.objectId.href); })
  .on(Like, (_, like) => { seen.likes.add(like.objectId.href); })
  .on(Announce, (_, share) => { seen.shares.add(share.objectId.href); })
  .on(Undo, async (ctx, undo) => {
    const object = await undo.getObject(ctx);
    if (object instanceof Follow) seen.followers.delete(undo.actorId.href);
    if (object instanceof Like) seen.likes.delete(object.objectId.href);
    if (object instanceof Announce) seen.shares.delete(object.objectId.href);
  })
  .onError((_, error) => console.error(error));

async function keep(ctx, activity) {
  const note = await activity.getObject(ctx);
  if (note instanceof Note) seen.notes.set(note.id.href, { content: `${note.content}`, answers: note.replyTargetId?.href ?? "" });
}

// What Léa does when she is told to. Each returns the id of what came of it.
const deeds = {
  async follow(ctx, { of }) {
    return await perform(ctx, of, new Follow({ ...envelope(ctx), object: new URL(of), to: new URL(of) }), of);
  },
  async write(ctx, { content, to, answers }) {
    const number = crypto.randomUUID();
    own.set(number, new Note({
      id: ctx.getObjectUri(Note, { identifier: "lea", number }), attribution: ctx.getActorUri("lea"), content,
      published: Temporal.Now.instant(), to: PUBLIC_COLLECTION, ccs: [ctx.getFollowersUri("lea"), ...to ? [new URL(to)] : []],
      tags: to ? [new Mention({ href: new URL(to) })] : [], replyTarget: answers ? new URL(answers) : null,
    }));
    const note = own.get(number);
    await send(ctx, to ?? "followers", new Create({ ...envelope(ctx), object: note, tos: note.toIds, ccs: note.ccIds }));
    return note.id.href;
  },
  async rewrite(ctx, { note, content }) {
    const number = note.split("/").at(-1);
    const newer = own.get(number).clone({ content, updated: Temporal.Now.instant().add({ seconds: 1 }) });
    own.set(number, newer);
    await send(ctx, "followers", new Update({ ...envelope(ctx), object: newer, tos: newer.toIds, ccs: newer.ccIds }));
    return note;
  },
  async erase(ctx, { note }) {
    own.delete(note.split("/").at(-1));
    await send(ctx, "followers", new Delete({ ...envelope(ctx), object: new Tombstone({ id: new URL(note) }), to: PUBLIC_COLLECTION }));
    return note;
  },
  async like(ctx, { of, note }) {
    return await perform(ctx, `like ${note}`, new Like({ ...envelope(ctx), object: new URL(note) }), of);
  },
  async share(ctx, { of, note }) {
    const activity = new Announce({ ...envelope(ctx), object: new URL(note), to: PUBLIC_COLLECTION, ccs: [ctx.getFollowersUri("lea"), new URL(of)] });
    return await perform(ctx, `share ${note}`, activity, of);
  },
  async undo(ctx, { of, what }) {
    await send(ctx, of, new Undo({ ...envelope(ctx), object: done.get(what), to: new URL(of) }));
    if (what === of) seen.following.delete(of);
    return what;
  },
};

async function perform(ctx, name, activity, recipient) {
  done.set(name, activity);
  await send(ctx, recipient, activity);
  return activity.id.href;
}

async function send(ctx, recipient, activity) {
  const whom = recipient === "followers" ? recipient : await ctx.lookupObject(recipient);
  await ctx.sendActivity({ identifier: "lea" }, whom, activity);
}

function envelope(ctx) {
  return { id: new URL(`#activities/${crypto.randomUUID()}`, ctx.getActorUri("lea")), actor: ctx.getActorUri("lea") };
}

const schemeOf = (headers) => headers.has("signature-input") ? "rfc9421" : headers.has("signature") ? "cavage" : "none";

// Fedify delivers by the global fetch: what it POSTs, and how that was answered,
// is noted.
const fetchAnything = globalThis.fetch;
globalThis.fetch = async (request, options) => {
  if (request.method !== "POST") return await fetchAnything(request, options);
  const { type } = await request.clone().json();
  const response = await fetchAnything(request, options);
  seen.sent.push({ scheme: schemeOf(request.headers), type, status: response.status });
  return response;
};

async function handle(incoming, outgoing) {
  try {
    const body = Buffer.concat(await incoming.toArray());
    const request = new Request(new URL(incoming.url, base), {
      method: incoming.method, headers: incoming.headers, body: body.length ? body : undefined,
    });
    const response = await answer(request, body);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    console.error(error);
    outgoing.writeHead(500).end(`${error}`);
  }
}

async function answer(request, body) {
  const { pathname } = new URL(request.url);
  if (pathname === "/seen") return new Response(JSON.stringify(seen, plain));
  if (pathname.startsWith("/do/")) {
    return Response.json(await deeds[pathname.slice("/do/".length)](federation.createContext(request), JSON.parse(body)));
  }
  if (request.method !== "POST") return await federation.fetch(request, {});
  const activity = JSON.parse(body), signedBy = schemeOf(request.headers);
  const proven = await verifyObject(Activity, activity, federation.createContext(request)) !== null;
  const response = signedBy === scheme ? await federation.fetch(request, {}) : new Response(`sign by ${scheme}`, { status: 401 });
  seen.delivered.push({ scheme: signedBy, type: activity.type, proven, status: response.status });
  return response;
}

function plain(_, value) {
  if (value instanceof Set) return [...value];
  if (value instanceof Map) return Object.fromEntries(value);
  return value;
}

process.stdin.resume().on("end", () => process.exit());
console.log(`${base}/users/lea`);
