/*
 * Single-key shortcuts, by the letter that is typed, so that they are the same on AZERTY and QWERTY.
 * They do nothing in fields, in dialogs and with modifiers, and can be switched off (WCAG 2.1.4).
 */
(() => {
  "use strict";
  const OFF = "onthaal:sneltoetsen-uit";
  const byId = (id) => document.getElementById(id);
  const isOff = () => localStorage.getItem(OFF) === "1";

  const step = (by) => {
    const lines = [...document.querySelectorAll("#regels .onthaal-queue__item")];
    if (!lines.length) return;
    const focused = lines.indexOf(document.activeElement);
    const current = focused >= 0 ? focused : lines.findIndex((line) => line.hasAttribute("aria-current"));
    const next = lines[Math.min(lines.length - 1, Math.max(0, current + by))];
    if (current < 0 || next !== lines[current] || !next.hasAttribute("aria-current")) next.click();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  const popover = (id) => {
    const dialog = byId(id);
    if (!dialog) return;
    dialog.showPopover();
    dialog.querySelector("[autofocus]")?.focus();
  };

  const acts = {
    j: () => step(1),
    k: () => step(-1),
    v: () => byId("volgende")?.requestSubmit(),
    r: () => window.onthaalComposer.show("antwoord"),
    n: () => window.onthaalComposer.show("notitie"),
    t: () => popover("doorsturen"),
    e: () => byId("afronden")?.click(),
    "/": () => byId("zoek")?.focus(),
    "?": () => popover("sneltoetsen"),
  };

  const isBusy = (target) =>
    target.closest("input, textarea, select, [contenteditable]") || document.querySelector("[popover]:popover-open");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isOff()) return;
    const act = acts[event.key.toLowerCase()];
    if (!act || isBusy(event.target)) return;
    event.preventDefault();
    act();
  });

  // Behind an open dialog nothing can be seen well: Tab goes round inside it, Escape leaves it.
  document.addEventListener("keydown", (event) => {
    const dialog = event.key === "Tab" && document.querySelector("[popover]:popover-open");
    if (!dialog) return;
    const stops = [...dialog.querySelectorAll("button, input:not([type=hidden]), select")];
    const [first, last] = [stops[0], stops.at(-1)];
    const leaves = !dialog.contains(document.activeElement) || document.activeElement === (event.shiftKey ? first : last);
    if (!leaves) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  });

  const box = document.querySelector("[data-onthaal-keys]");
  const hints = document.querySelector("[data-onthaal-hints]");
  const show = () => {
    box.checked = !isOff();
    hints.hidden = isOff();
  };
  box.addEventListener("change", () => {
    localStorage.setItem(OFF, box.checked ? "0" : "1");
    show();
  });
  show();
})();
