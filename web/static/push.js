// Asks the browser to be told on this device, and fills in the form that tells the server
// where. What the server refuses, it says on the page to which the form leads.
"use strict";
document.querySelectorAll("form[data-push]").forEach(form => {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return;
  form.hidden = false;
  form.nextElementSibling.hidden = true;
  const said = form.querySelector("[role=status]");
  const key = Uint8Array.from(atob(form.dataset.push.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
  form.addEventListener("submit", async event => {
    event.preventDefault();
    said.textContent = "";
    try {
      if (await Notification.requestPermission() !== "granted") throw new Error("refused");
      const worker = await navigator.serviceWorker.register(form.dataset.worker);
      await navigator.serviceWorker.ready;
      await (await worker.pushManager.getSubscription())?.unsubscribe(); // perhaps with another key
      const { endpoint, keys } = (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
      form.elements.endpoint.value = endpoint;
      form.elements.p256dh.value = keys.p256dh;
      form.elements.auth.value = keys.auth;
      form.submit();
    } catch {
      said.textContent = said.dataset.failed;
    }
  });
});
