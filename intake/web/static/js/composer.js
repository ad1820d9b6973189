/*
 * Writing: the two tabs, drafts that survive a reload, inserting a product with its source, what came in meanwhile.
 *
 * Drafts stay in this tab (sessionStorage), by contact and kind; they go when the server has the text.
 */
(() => {
  "use strict";
  const READ_MILLISECONDS = 1500;
  const TYPING_MILLISECONDS = 2500;
  const byId = (id) => document.getElementById(id);
  const number = () => byId("gesprek")?.dataset.number;
  const keyOf = (kind, of = number()) => `onthaal:concept:${of}:${kind}`;
  let newsAt = 0;
  let typedAt = 0;

  const form = () => byId("antwoord");
  const field = (name) => form()?.elements.namedItem(name);

  const store = (kind, value) => {
    try {
      if (value) sessionStorage.setItem(keyOf(kind), value);
      else sessionStorage.removeItem(keyOf(kind));
    } catch {
      // Storage is refused or full: the text is still in the box.
    }
  };
  const kept = (kind) => {
    try {
      return sessionStorage.getItem(keyOf(kind)) ?? "";
    } catch {
      return "";
    }
  };

  const cite = (product) => {
    const row = document.querySelector("[data-onthaal-cite]");
    if (!row) return;
    row.hidden = !product;
    row.querySelector("[data-onthaal-cite-title]").textContent = product ? `${product.title} · v${product.version}` : "";
    document.querySelector("[data-onthaal-cited]").value = product?.id ?? "";
    store("bron", product ? JSON.stringify(product) : "");
  };

  const grow = (box) => {
    box.rows = Math.min(12, Math.max(3, box.value.split("\n").length + 1));
  };

  const restore = () => {
    for (const box of document.querySelectorAll("[data-onthaal-draft]")) {
      if (!box.value) box.value = kept(box.dataset.onthaalDraft);
      grow(box);
    }
    const source = kept("bron");
    if (source && byId("tekst")?.value) cite(JSON.parse(source));
  };

  const show = (mode, { focus = true } = {}) => {
    const composer = byId("schrijven");
    if (!composer) return;
    composer.dataset.mode = mode;
    for (const panel of composer.querySelectorAll("[data-onthaal-panel]")) {
      panel.hidden = panel.dataset.onthaalPanel !== mode;
      if (!panel.hidden && focus) (panel.querySelector("textarea") ?? panel.querySelector("button"))?.focus();
    }
    for (const tab of composer.querySelectorAll("[data-onthaal-write]")) {
      tab.setAttribute("aria-pressed", String(tab.dataset.onthaalWrite === mode));
    }
  };

  const insert = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const product = await answer.json();
    show("antwoord");
    const box = byId("tekst");
    if (!box) return;
    const { selectionStart: at, value } = box;
    const before = value.slice(0, at);
    const gap = before && !before.endsWith("\n\n") ? (before.endsWith("\n") ? "\n" : "\n\n") : "";
    box.setRangeText(`${gap}${product.text}`, at, box.selectionEnd, "end");
    store("antwoord", box.value);
    cite({ id: product.id, title: product.title, version: product.version });
    grow(box);
    box.focus();
  };

  const seen = () => byId("verloop")?.dataset.seen ?? "";

  const typing = () => {
    const address = form()?.dataset.typing;
    if (!address || Date.now() - typedAt < TYPING_MILLISECONDS) return;
    typedAt = Date.now();
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    fetch(address, { method: "POST", headers }).catch(() => undefined); // Only a courtesy: nothing is lost.
  };

  document.addEventListener("input", (event) => {
    const kind = event.target.dataset?.onthaalDraft;
    if (!kind) return;
    store(kind, event.target.value);
    grow(event.target);
    const saved = document.querySelector("[data-onthaal-saved]");
    saved.textContent = event.target.value ? `Bewaard ${new Date().toTimeString().slice(0, 5)}` : "";
    if (kind !== "antwoord") return;
    typing();
    // Whoever goes on writing after the news was shown, has seen it.
    if (newsAt && Date.now() - newsAt > READ_MILLISECONDS) {
      field("seen").value = seen();
      newsAt = 0;
    }
  });

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-onthaal-write]");
    const insertion = event.target.closest("[data-onthaal-insert]");
    if (tab) {
      event.preventDefault();
      show(tab.dataset.onthaalWrite);
    } else if (insertion && form()) {
      event.preventDefault();
      insert(insertion.dataset.onthaalInsert);
    } else if (event.target.closest("[data-onthaal-uncite]")) {
      cite(null);
      byId("tekst").focus();
    } else if (event.target.closest("[data-onthaal-adapt]")) {
      field("seen").value = seen();
      byId("melding").replaceChildren();
      show("antwoord");
    } else if (event.target.closest("[data-onthaal-force]")) {
      field("seen").value = seen();
      byId("melding").replaceChildren();
      form().requestSubmit(form().querySelector("[data-onthaal-send]"));
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.dataset?.onthaalDraft) return;
    event.preventDefault();
    const own = event.target.form;
    own.requestSubmit(own.querySelector("[data-onthaal-send]"));
  });

  document.body.addEventListener("onthaal:verstuurd", (event) => {
    const { number: of, what } = event.detail;
    const kinds = what === "antwoord" ? ["antwoord", "bron"] : ["notitie"];
    for (const kind of kinds) sessionStorage.removeItem(keyOf(kind, of));
  });

  document.body.addEventListener("htmx:afterSwap", (event) => {
    const { id } = event.detail.elt;
    if (id === "gesprek" || id === "schrijven" || id === "verloop") restore();
    if (id !== "verloop" || !field("seen")) return;
    if (!byId("tekst").value) field("seen").value = seen();
    else if (field("seen").value !== seen()) newsAt ||= Date.now();
    const notice = byId("ondertussen");
    notice.hidden = field("seen").value === seen();
    notice.textContent = notice.hidden ? "" : "Er kwam iets nieuws bij terwijl u schreef. Lees het eerst.";
  });

  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") === "/uitloggen") sessionStorage.clear();
  });

  window.onthaalComposer = { show };
  restore();
})();
