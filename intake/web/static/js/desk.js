/* The workspace: marks the open line, keeps folds and scroll over a refresh, menus, copying, small screens. */
(() => {
  "use strict";
  const small = matchMedia("(max-width: 64rem)");
  const byId = (id) => document.getElementById(id);
  let openFolds = [];
  let atEnd = true;
  let lastSeenIn = byId("verloop")?.dataset.lastIn ?? "";

  const scroller = () => document.querySelector('#gesprek [data-scroll="end"]');
  const toEnd = () => {
    const box = scroller();
    if (box) box.scrollTop = box.scrollHeight;
  };

  // An act may take away what had the focus; a keyboard must not begin at the top of the page again.
  const isLost = () => document.activeElement === null || document.activeElement === document.body;
  const focusFirst = (...wanted) => wanted.find((part) => part?.checkVisibility())?.focus({ preventScroll: true });
  const focusAfterAct = () => focusFirst(scroller(), document.querySelector("#regels a"), byId("gesprek"));

  const STOPS = "a[href], button, summary, input:not([type=hidden]), select, textarea, [tabindex='0']";
  let focusBefore = null;
  const rememberFocus = () => {
    const at = document.activeElement;
    const part = at?.parentElement?.closest("[id]");
    focusBefore = part ? { part: part.id, nth: [...part.querySelectorAll(STOPS)].indexOf(at), text: at.textContent } : null;
  };
  // The same control of the new part; never another one, which the next Enter would press unasked.
  const focusAsBefore = () => {
    if (!focusBefore || !isLost()) return;
    const found = byId(focusBefore.part)?.querySelectorAll(STOPS)[focusBefore.nth];
    focusFirst(found?.textContent === focusBefore.text ? found : null, scroller());
  };

  const linesNow = () => [...document.querySelectorAll("#regels .onthaal-queue__item")];
  let linesBefore = [];
  let lineWithFocus = -1;

  const keepLine = () => {
    const lines = linesNow();
    if (lineWithFocus >= 0 && isLost()) focusFirst(lines[Math.min(lineWithFocus, lines.length - 1)], byId("lijst-titel"));
    const fresh = lines.filter((line) => !linesBefore.includes(line.id));
    if (fresh.length && byId("nieuws").textContent.startsWith("Nieuw bericht") === false) {
      byId("nieuws").textContent = fresh.length === 1 ? `Nieuw in de lijst: ${subject(fresh[0])}` : `${fresh.length} nieuwe vragen in de lijst`;
    }
  };
  const subject = (line) => line.querySelector(".onthaal-queue__subject").textContent;

  const markLine = () => {
    const number = byId("gesprek")?.dataset.number;
    for (const line of document.querySelectorAll("#regels [data-number]")) {
      if (line.dataset.number === number) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
  };

  const showScripted = () => {
    for (const part of document.querySelectorAll("[data-onthaal-script]")) part.hidden = false;
  };

  const tellNews = () => {
    const course = byId("verloop");
    const newest = course?.dataset.lastIn ?? "";
    if (course && newest && lastSeenIn && newest !== lastSeenIn) {
      byId("nieuws").textContent = `Nieuw bericht van ${course.dataset.name}`;
    }
    lastSeenIn = newest;
  };

  // A live update leaves a part alone while a form in it waits for its answer: a form that is gone loses the answer.
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.querySelector("form.htmx-request")) event.preventDefault();
  });

  // News of a conversation that was left meanwhile comes too late: its parts have no place on the page any more.
  document.body.addEventListener("htmx:beforeRequest", ({ detail: { elt, target, requestConfig } }) => {
    const dropLate = (event) => target.isConnected || event.preventDefault();
    if (requestConfig.verb === "get") elt.addEventListener("htmx:beforeOnLoad", dropLate, { once: true });
  });

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = event.detail;
    rememberFocus();
    if (target.id === "regels") {
      const lines = linesNow();
      linesBefore = lines.map((line) => line.id);
      lineWithFocus = lines.indexOf(document.activeElement);
    }
    openFolds = [];
    if (target.id === "verloop" || target.id === "gesprek") {
      openFolds = [...document.querySelectorAll("#verloop details[open], #kop details[open], #context-vraag details:not([open])")].map(
        (fold) => [fold.id, fold.open],
      );
      const box = scroller();
      atEnd = target.id === "gesprek" || !box || box.scrollHeight - box.scrollTop - box.clientHeight < 48;
    }
  });

  // At once after the swap, in the same task: a key pressed just then finds what it was meant for.
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const id = event.detail.elt.id;
    markLine();
    showScripted();
    for (const [fold, isOpen] of openFolds) {
      const found = byId(fold);
      if (found) found.open = isOpen;
    }
    if (id === "verloop" || id === "gesprek") {
      if (atEnd) toEnd();
      if (id === "gesprek") lastSeenIn = byId("verloop")?.dataset.lastIn ?? "";
      else tellNews();
    }
    if (id === "regels") keepLine();
    if (id === "gesprek" && isLost()) focusAfterAct();
    focusAsBefore();
    const opened = event.detail.requestConfig;
    if (id === "gesprek" && small.matches && opened?.verb === "get") location.replace("#gesprek");
  });

  // What opened a dialog may have been fetched again meanwhile; then the focus is still inside, and lost a moment later.
  const afterDialog = ({ target, newState }) => {
    if (newState !== "closed" || !target.matches("[popover]")) return;
    if (!isLost() && !target.contains(document.activeElement)) return;
    focusFirst(document.querySelector(`[popovertarget="${target.id}"]:not([popovertargetaction])`), scroller(), byId("gesprek"));
  };
  document.addEventListener("toggle", afterDialog, true);

  let toastTimer = null;
  new MutationObserver(() => {
    clearTimeout(toastTimer);
    // A toast with a way back stays until something else is opened: nobody should have to be quick (WCAG 2.2.1).
    if (!byId("toast").querySelector("form")) toastTimer = setTimeout(() => byId("toast").replaceChildren(), 6_000);
  }).observe(document.querySelector(".onthaal-desk-notices"), { childList: true, subtree: true });

  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-onthaal-copy]");
    if (copy) {
      await navigator.clipboard?.writeText(copy.dataset.onthaalCopy);
      byId("nieuws").textContent = "Nummer gekopieerd";
    }
    if (event.target.closest("[data-onthaal-dismiss]")) {
      byId("melding").replaceChildren();
      if (isLost()) focusAfterAct();
    }
    for (const menu of document.querySelectorAll("[data-onthaal-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("[data-onthaal-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  if (small.matches && !location.hash && !byId("gesprek")?.dataset.number && byId("lijst")) location.replace("#lijst");
  document.body.addEventListener("htmx:sendError", () => {
    byId("verbinding").hidden = false;
  });
  showScripted();
  toEnd();
})();
