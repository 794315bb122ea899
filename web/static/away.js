// Lists what the service worker keeps in this browser: what was read, and what is to be sent.
"use strict";
const lists = Object.fromEntries(["later", "pages"].map(name => [name, document.getElementById(name)]));
const made = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });
const time = at => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(at);
const ask = async question => {
  const { active } = await navigator.serviceWorker.ready, { port1, port2 } = new MessageChannel();
  return new Promise(done => {
    port1.onmessage = ({ data }) => done(data);
    active.postMessage(question, [port2]);
  });
};

// again makes the form anew: when it is sent, what must be corrected is said as ever.
function again(form) {
  const shape = made("form", "", { method: "post", action: form.path, enctype: "multipart/form-data", className: "row" });
  for (const [name, value] of form.fields) {
    const field = made("input", "", { name, hidden: true });
    if (value instanceof File) {
      if (!value.size) continue;
      const files = new DataTransfer();
      files.items.add(value);
      field.type = "file";
      field.files = files.files;
    } else {
      field.type = "hidden";
      field.value = value;
    }
    shape.append(field);
  }
  const { dataset } = lists.later, drop = made("button", dataset.drop, { type: "button", className: "plain" });
  drop.addEventListener("click", async () => show(await ask({ drop: [form.id] })));
  if (form.state === "waits") shape.addEventListener("submit", async event => {
    event.preventDefault();
    show(await ask({ flush: true }));
  });
  shape.append(made("button", dataset[form.state], { className: "button quiet" }), drop);
  return shape;
}

function line(title, at, ...more) {
  const item = document.createElement("li"), words = made("div", "", { className: "stack tight" });
  words.append(title, made("p", time(at), { className: "soft small" }));
  item.append(words, ...more);
  return item;
}

function show({ pages, forms }) {
  lists.later.replaceChildren(...forms.map(form => line(made("b", form.title || form.path), form.at, again(form))));
  lists.pages.replaceChildren(...pages.map(({ url, at, html }) => {
    const title = new DOMParser().parseFromString(html, "text/html").title;
    return line(made("a", title || url, { href: url }), at);
  }));
  for (const [name, list] of Object.entries(lists)) document.getElementById("no-" + name).hidden = list.children.length > 0;
}

const what = location.search === "?garde" ? "kept" : location.search === "?perdu" ? "lost" : "";
if (what) document.getElementById(what + "-form").hidden = false;
if ("serviceWorker" in navigator) ask({}).then(show);
