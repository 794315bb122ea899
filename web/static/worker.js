// The service worker: what the browser runs for this place while no page of it is open.
// It shows what a push message says, and opens the page that it is about.
"use strict";
self.addEventListener("push", event => {
  const news = event.data.json();
  event.waitUntil(self.registration.showNotification(news.title, {
    body: news.body, tag: news.tag, lang: news.lang, icon: "/static/mark.svg", data: news.url,
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
