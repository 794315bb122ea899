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
if (document.querySelector(".flash")) sessionStorage.clear();
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
