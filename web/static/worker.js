// The service worker: what the browser runs for this place beside its pages. It keeps what
// was read, for when there is no network, and forms that could not be sent; and it shows what
// a push message says. See docs/decisions/0031-without-a-network.md.
"use strict";

// What is kept, at most: pages, pictures, forms, and bytes of a form.
const PAGES = 60, PICTURES = 120, FORMS = 20, BYTES = 8e6;
// How long a form is sent without asking: the place remembers a key for a day.
const FRESH = 20 * 3600e3;
// How long forms of whoever reads here no more stay, in case they come back.
const FORGOTTEN = 7 * 24 * 3600e3;
// How long a page may take to come before one that is kept stands in for it.
const PATIENCE = 20e3;
const AWAY = "/hors-ligne", FRAME = "frame", READ = "read ", READER = "Parvis-Reader";
// An address that changes with what lies there.
const FIXED = /^\/media\/|\.[0-9a-f]{10}\.\w+$/;

self.addEventListener("install", event => event.waitUntil(install()));
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));

// install gets the page that says that there is no network, with what it needs: all of it, or
// what was there stays.
async function install() {
  const page = await fetch(AWAY);
  if (!page.ok || page.redirected) throw new Error("the page without a network did not come");
  const frame = await caches.open(FRAME), needs = new Set((await page.clone().text()).match(/\/static\/[\w.-]+/g));
  await frame.addAll([...needs]);
  await frame.put(AWAY, page);
  await self.skipWaiting();
}

self.addEventListener("fetch", event => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(request.method === "POST" ? send(event) : read(event));
  else if (request.method === "GET" && /^\/(static|media)\//.test(url.pathname)) event.respondWith(see(event, url));
});

// read gets a page, or what is kept of it.
async function read(event) {
  let keeping;
  const fresh = fetch(event.request).then(page => {
    keeping = keep(event.request, page.clone());
    return page;
  });
  event.waitUntil(fresh.then(() => keeping).catch(() => {}));
  const late = new Promise(done => setTimeout(() => kept(event.request).then(old => old && done(old)), PATIENCE));
  try {
    return await Promise.race([fresh, late]);
  } catch {
    return await kept(event.request) || away();
  }
}

// away is the page that says that there is no network.
const away = () => caches.match(AWAY).then(page => page || Response.error());

// reader is whose pages are kept: the id of an account, "0" for a visitor.
async function reader() {
  const name = (await caches.keys()).find(name => name.startsWith(READ));
  return name?.slice(READ.length);
}

// keep keeps a page that may be kept. When somebody else reads here, what was kept of
// others goes. A place that has troubles does not know who reads.
async function keep(request, page) {
  const who = page.headers.get(READER);
  if (who === null || page.status >= 500) return;
  for (const name of await caches.keys()) if (name.startsWith(READ) && name !== READ + who) await caches.delete(name);
  const cache = await caches.open(READ + who);
  if (page.ok && page.headers.has("Parvis-Keep")) await put(cache, request, page, PAGES, url => !isPicture(url));
}

const isPicture = url => new URL(url).pathname.startsWith("/media/");

// put keeps an answer as the newest of its sort.
async function put(cache, request, answer, most, alike) {
  await cache.delete(request, { ignoreVary: true });
  await cache.put(request, answer);
  const all = (await cache.keys()).filter(old => alike(old.url));
  for (const old of all.slice(0, Math.max(0, all.length - most))) await cache.delete(old, { ignoreVary: true });
}

// kept returns a page as it was read, and says so in it.
async function kept(request) {
  const who = await reader();
  if (who === undefined) return;
  const page = await (await caches.open(READ + who)).match(request, { ignoreVary: true });
  if (!page) return;
  const headers = new Headers(page.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  const text = await page.text();
  return new Response(text.replace("<html ", `<html data-kept="${Date.parse(headers.get("Date"))}" `), { headers });
}

// see gets a style, script or picture.
async function see(event, url) {
  const { request } = event, picture = isPicture(url), who = await reader();
  const cache = await caches.open(picture && who !== undefined ? READ + who : FRAME);
  const old = await cache.match(request, { ignoreVary: true });
  if (old && FIXED.test(url.pathname)) return old;
  try {
    const fresh = await fetch(request);
    if (fresh.ok && (who !== undefined || !picture)) event.waitUntil(put(cache, request, fresh.clone(), PICTURES, url => isPicture(url) === picture).catch(() => {}));
    return fresh;
  } catch {
    return old || Response.error();
  }
}

// send sends a form. Without a network it is kept, if it has a key: whatever became of it,
// what has one is published once.
async function send(event) {
  const copy = event.request.clone();
  try {
    return await fetch(event.request);
  } catch {
    const done = await postpone(copy).catch(() => false);
    return Response.redirect(AWAY + (done ? "?garde" : "?perdu"), 303);
  }
}

// postpone keeps a form. What was to be looked at before it is published is not sent by itself.
async function postpone(request) {
  const form = await request.formData(), key = form.get("key"), step = form.get("step"), who = await reader();
  if (!key || step === "change" || !who || who === "0") return false;
  const fields = [...form], { pathname, search } = new URL(request.url);
  const bytes = fields.reduce((sum, [, value]) => sum + (value.size ?? value.length), 0);
  const others = await forms();
  for (const old of others) if (old.who !== who && Date.now() - old.at > FORGOTTEN) await store("readwrite", all => all.delete(old.id));
  if (bytes > BYTES || others.filter(other => other.who === who).length >= FORMS) return false;
  // A page that was kept gives its key twice; only what says the same is the same.
  const words = JSON.stringify(fields.map(([name, value]) => [name, value.size === undefined ? value : [value.name, value.size]]));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pathname + words));
  await store("readwrite", all => all.put({ id: [...new Uint8Array(hash)].join(), who, path: pathname + search, fields, at: Date.now(), tries: 0, next: 0,
    state: step === "preview" ? "look" : "waits", title: String(form.get("title") || form.get("text") || "").slice(0, 80) }));
  await self.registration.sync?.register("later").catch(() => {});
  return true;
}

// store does something with the forms that are kept.
function store(mode, act) {
  return new Promise((done, fail) => {
    const opening = indexedDB.open("parvis", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("forms", { keyPath: "id" });
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const turn = opening.result.transaction("forms", mode), asked = act(turn.objectStore("forms"));
      turn.oncomplete = () => { opening.result.close(); done(asked?.result); };
      turn.onabort = turn.onerror = () => { opening.result.close(); fail(turn.error); };
    };
  });
}

const forms = () => store("readonly", all => all.getAll());

// A browser that hears that something still waits tries again later.
self.addEventListener("sync", event => event.waitUntil(flush().then(left => { if (left) throw new Error("something waits"); })));

// flush sends what waits, one at a time, and tells the pages that are open.
let flushing;
const flush = () => flushing ??= sendAll().finally(() => { flushing = undefined; });

async function sendAll() {
  const who = await reader(), mine = form => form.who === who;
  for (const { id } of (await forms()).filter(form => mine(form) && form.state === "waits" && form.next < Date.now())) {
    const form = await store("readonly", all => all.get(id)); // unless it was dropped meanwhile
    if (!form) continue;
    const change = await sendOne(form).catch(() => null);
    if (!change) break; // no network yet
    if (await store("readonly", all => all.get(id))) await store("readwrite", all => all.put({ ...form, ...change }));
  }
  const all = (await forms()).filter(mine), sent = all.filter(form => form.state === "sent").map(({ id, title, url }) => ({ id, title, url }));
  for (const page of await self.clients.matchAll({ type: "window" })) page.postMessage({ sent, left: all.length - sent.length });
  return all.some(form => form.state === "waits");
}

// sendOne sends a form that was kept, in the name of whoever wrote it or not at all, and
// returns what becomes of it. It is not sent unasked when the place may have forgotten its key.
async function sendOne({ path, fields, who, at, tries }) {
  if (Date.now() - at > FRESH) return { state: "look" };
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  const answer = await fetch(path, { method: "POST", body, headers: { [READER]: who } });
  if (answer.status === 201) return { state: "sent", url: answer.headers.get("Location"), fields: [] };
  // Somebody else reads here, or the place has troubles of its own: that passes.
  if (answer.status === 409 || answer.status === 429 || answer.status >= 500) return { tries: tries + 1, next: Date.now() + 60e3 * 2 ** Math.min(tries, 8) };
  return { state: "look" };
}

// Pages ask to send what waits, and say what they have shown; the page AWAY asks what is kept.
self.addEventListener("message", event => event.waitUntil(answer(event)));

async function answer({ data, ports: [port] }) {
  for (const id of data.drop || []) await store("readwrite", all => all.delete(id));
  if (data.flush) await flush();
  if (!port) return;
  const who = await reader(), pages = [];
  if (who !== undefined) {
    const cache = await caches.open(READ + who);
    for (const request of await cache.keys()) {
      if (isPicture(request.url)) continue;
      const page = await cache.match(request, { ignoreVary: true });
      pages.push({ url: request.url, at: Date.parse(page.headers.get("Date")), html: await page.text() });
    }
  }
  port.postMessage({ pages: pages.reverse(), forms: (await forms()).filter(form => form.who === who && form.state !== "sent") });
}

self.addEventListener("push", event => {
  const news = event.data.json();
  event.waitUntil(self.registration.showNotification(news.title, {
    body: news.body, tag: news.tag, lang: news.lang, icon: "/static/icon-192.png", data: news.url,
  }));
});

self.addEventListener("notificationclick", event => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

// open shows a page in a tab that is open already, or in a new one.
async function open(url) {
  for (const tab of await self.clients.matchAll({ type: "window" })) {
    if (tab.url === url) return tab.focus();
  }
  return self.clients.openWindow(url);
}
