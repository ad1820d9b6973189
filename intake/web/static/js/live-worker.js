/*
 * The one event stream of this browser, shared by all its tabs: six streams per host would freeze the seventh tab.
 *
 * A page sends {"stream": address} once. Pages get {"kind", "contact"} for every event, and {"kind": "online"|"offline"}
 * when the stream opens or breaks; "isJoined" when it was open before the page came, so that the page missed its start.
 * The browser reconnects by itself; only when it gave up we try again.
 */
"use strict";
const pages = new Set();
const KINDS = ["reset", "queue", "contact", "chat", "delivery", "gone"];
const RETRY_MILLISECONDS = 3000;
let source = null;
let isOnline = false;

const tell = (message) => {
  for (const page of pages) page.postMessage(message);
};

const open = (address) => {
  source = new EventSource(address);
  source.addEventListener("open", () => {
    isOnline = true;
    tell({ kind: "online" });
  });
  source.addEventListener("error", () => {
    isOnline = false;
    tell({ kind: "offline" });
    if (source.readyState !== EventSource.CLOSED) return;
    source = null;
    setTimeout(() => source ?? open(address), RETRY_MILLISECONDS);
  });
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      if (kind === "gone") source.close();
      tell({ kind, contact: event.data });
    });
  }
};

self.addEventListener("connect", (event) => {
  const page = event.ports[0];
  pages.add(page);
  page.addEventListener("message", (received) => {
    if (received.data.bye) {
      pages.delete(page);
      return;
    }
    if (source === null) open(received.data.stream);
    else if (isOnline) page.postMessage({ kind: "online", isJoined: true });
  });
  page.start();
});
