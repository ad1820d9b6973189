/*
 * Turns live events into the events that parts of the page wait for: onthaal:lijst (lists and figures) and
 * onthaal:gesprek (the open contact). The server is the truth; after a break everything is fetched again.
 */
(() => {
  "use strict";
  const GATHER_MILLISECONDS = 120;
  const MINUTE = 60_000;
  const PATIENCE_MILLISECONDS = 4000; // A short break is mended before anybody has to know.
  const { live, liveWorker, liveName } = document.body.dataset;
  const waiting = new Set();
  let timer = null;
  let missedSome = true; // What changed between the making of this page and the start of its events.
  let patience = null;

  const openContact = () => document.getElementById("gesprek")?.dataset.contact;

  const refresh = (...names) => {
    for (const name of names) waiting.add(name);
    timer ??= setTimeout(() => {
      timer = null;
      for (const name of waiting) htmx.trigger(document.body, name);
      waiting.clear();
    }, GATHER_MILLISECONDS);
  };

  const catchUp = () => {
    if (missedSome) refresh("onthaal:lijst", "onthaal:gesprek");
    missedSome = false;
  };

  const on = ({ kind, contact, isJoined = false }) => {
    const notice = document.getElementById("verbinding");
    if (kind === "offline") {
      missedSome = true;
      patience ??= setTimeout(() => {
        notice.hidden = false;
      }, PATIENCE_MILLISECONDS);
    } else if (kind === "online") {
      clearTimeout(patience);
      patience = null;
      notice.hidden = true;
      if (isJoined) catchUp();
    } else if (kind === "gone") {
      location.assign(`/inloggen?naar=${encodeURIComponent(location.pathname + location.search)}`);
    } else if (kind === "reset") {
      catchUp();
    } else {
      if (kind !== "delivery") refresh("onthaal:lijst");
      if (contact && contact === openContact()) refresh("onthaal:gesprek");
    }
  };

  const alone = () => {
    const source = new EventSource(live);
    source.addEventListener("open", () => on({ kind: "online" }));
    source.addEventListener("error", () => on({ kind: "offline" }));
    for (const kind of ["reset", "queue", "contact", "chat", "delivery", "gone"]) {
      source.addEventListener(kind, (event) => on({ kind, contact: event.data }));
    }
  };

  const shared = () => {
    const { port } = new SharedWorker(liveWorker, { name: liveName });
    port.addEventListener("message", (event) => on(event.data));
    port.start();
    port.postMessage({ stream: live });
    addEventListener("pagehide", () => port.postMessage({ bye: true }));
  };

  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  if (window.SharedWorker) shared();
  else alone();

  // Remaining times grow old: look again each minute while somebody looks.
  setInterval(() => document.visibilityState === "visible" && refresh("onthaal:lijst"), MINUTE);
})();
