// Comfort only: every page works without it.
"use strict";
const $ = (selector, act) => document.querySelectorAll(selector).forEach(act);

// Show the chosen photos before they are sent, and say if there are too many.
$("input[type=file][data-preview]", input => input.addEventListener("change", () => {
  const list = document.getElementById(input.dataset.preview);
  list.replaceChildren(...[...input.files].slice(0, Number(input.dataset.max)).map(file => {
    const item = document.createElement("li"), image = new Image();
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    image.onload = () => URL.revokeObjectURL(image.src);
    item.append(image);
    return item;
  }));
}));

// Let one choose the square of a portrait: what the frame shows is what the node
// keeps. That is sent in a field that takes the place of the answers for those
// without scripts, before the photo.
$("[data-crop]", box => {
  const file = document.getElementById(box.dataset.crop), frame = box.querySelector(".frame"), [x, y, zoom] = box.querySelectorAll("input");
  const image = frame.appendChild(new Image()), crop = document.createElement("input");
  crop.type = "hidden";
  crop.name = "crop";
  document.getElementById(crop.name).closest("fieldset").replaceWith(crop);
  const shorter = () => Math.min(image.naturalWidth, image.naturalHeight);
  const scale = () => Math.max(1, shorter() / box.dataset.least) ** (zoom.value / 100);
  // How far a side of the photo goes beyond the frame, in frames.
  const room = side => side * scale() / shorter() - 1;
  const show = () => {
    x.disabled = !room(image.naturalWidth);
    y.disabled = !room(image.naturalHeight);
    image.style.objectPosition = image.style.transformOrigin = `${50 + x.value / 2}% ${50 + y.value / 2}%`;
    image.style.scale = scale();
    crop.value = `${x.value / 100} ${y.value / 100} ${scale()}`;
  };
  const move = (range, pixels, side) => { if (room(side)) range.value -= 200 * pixels / frame.clientWidth / room(side); };
  let last;
  frame.addEventListener("pointerdown", event => frame.setPointerCapture((last = event).pointerId));
  frame.addEventListener("pointermove", event => {
    if (!frame.hasPointerCapture(event.pointerId) || event.pointerId !== last.pointerId) return;
    move(x, event.clientX - last.clientX, image.naturalWidth);
    move(y, event.clientY - last.clientY, image.naturalHeight);
    last = event;
    show();
  });
  box.addEventListener("input", show);
  image.addEventListener("load", () => {
    URL.revokeObjectURL(image.src);
    x.value = y.value = zoom.value = 0;
    zoom.disabled = shorter() <= box.dataset.least;
    box.hidden = false;
    show();
  });
  file.addEventListener("change", () => {
    box.hidden = true;
    crop.value = "";
    if (!file.files.length) return;
    image.alt = file.files[0].name;
    image.src = URL.createObjectURL(file.files[0]);
  });
});

// Offer to fill in the position, where the browser can.
$("[data-locate]", button => {
  if (!navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(({ coords }) => {
    const form = button.form;
    // The node keeps only the middle of a 500 m square.
    form.elements.lat.value = coords.latitude.toFixed(4);
    form.elements.lon.value = coords.longitude.toFixed(4);
    button.textContent = button.dataset.done;
  }, () => { button.textContent = button.dataset.failed; }));
});

// Remember what was typed until something was done with it: a session may end
// between the first word and the last.
if (document.querySelector("[data-done]")) sessionStorage.clear();
$("form[data-draft]", form => {
  const key = "draft " + form.dataset.draft, fields = [...form.querySelectorAll("input[type=text], textarea")];
  const kept = JSON.parse(sessionStorage.getItem(key) || "{}");
  for (const field of fields) if (!field.value && kept[field.name]) field.value = kept[field.name];
  form.addEventListener("input", () => sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(fields.map(f => [f.name, f.value])))));
});

$("[data-print]", button => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});

// What was read stays readable without a network, and a form that could not be sent is sent
// later: the service worker does it, and the page says so.
if ("serviceWorker" in navigator) {
  const workers = navigator.serviceWorker, at = document.documentElement.dataset.kept;
  workers.register("/worker.js").catch(() => {});
  const flush = () => workers.controller?.postMessage({ flush: true });
  addEventListener("online", flush);
  const say = (selector, ...more) => $(selector, line => {
    line.hidden = false;
    line.replaceChildren(line.dataset.words, ...more.flatMap(part => [" ", part]));
  });
  if (at) say("#kept", new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" }).format(Number(at)));
  const link = (href, text) => Object.assign(document.createElement("a"), { href, textContent: text });
  workers.addEventListener("message", ({ data }) => {
    if (data.sent.length) {
      say("#sent", ...data.sent.map(({ title, url }) => link(url, title || url)));
      workers.controller?.postMessage({ drop: data.sent.map(form => form.id) });
    }
    if (data.left) say("#left", link("/hors-ligne", data.left));
  });
  flush();
}
