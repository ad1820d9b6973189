/** Shows the conversation: one node per entry (see conversation.js), in the order of the hub. */

import { card } from "./card.js";
import { detailsForm } from "./details.js";
import { element, icon, linked } from "./dom.js";
import { moment } from "./strings.js";

const STATUS_ICON = { waiting: "clock", sending: "clock", sent: "check", delivered: "checks", failed: "warning" };
const AUTHOR_ICON = { bot: "bot", employee: "person", system: "info" };
const NEAR_END_PX = 24;

export class Transcript {
  #entries = [];
  #nodes = new Map();
  #log;
  #words;
  #hub;
  #store;
  #act;
  zone; // The city's; undefined: the browser's.
  #isFollowing = true;
  #isAtEnd = true;
  #firstNew = null;
  #scrolledTo = 0;

  /** `act` hears the citizen: `choose(choice)`, `retry(entry)`, `edit(entry)`, `details(values, shown)`. */
  constructor({ log, words, hub, store, act }) {
    this.#log = log;
    this.#words = words;
    this.#hub = hub;
    this.#store = store;
    this.#act = act;
    this.greeting = element("div", { class: "onthaal-say" });
    log.append(this.greeting);
    log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // A banner makes the log smaller: the end stays in sight.
    new ResizeObserver(() => this.#isAtEnd && this.toEnd()).observe(log);
  }

  speak(words, greeting) {
    this.#words = words;
    this.greeting.replaceChildren(this.#by("bot", words.assistant), element("p", { class: "onthaal-say__text" }, greeting));
    this.greeting.append(element("p", { class: "onthaal-say__hint" }, words.warning));
    for (const entry of this.#entries) this.#render(entry);
    this.#settleChoices();
  }

  show(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    const place = this.#entries.findIndex((other) => other.order > entry.order);
    if (place === -1) this.#entries.push(entry);
    else this.#entries.splice(place, 0, entry);
    const isNew = !this.#nodes.has(entry);
    this.#render(entry);
    if (entry.message?.author === "employee") for (const before of this.#entries.slice(0, place)) before.tidy?.();
    this.#settleChoices();
    if (isNew) this.#follow(entry);
  }

  /** A new delivery state; the rest of the message stays. */
  mark(entry) {
    const node = this.#nodes.get(entry);
    if (!node) return;
    const old = node.querySelector(".onthaal-say__state");
    const isFailed = entry.status === "failed";
    node.classList.toggle("onthaal-say--failed", isFailed);
    const fresh = this.#state(entry);
    old.replaceWith(fresh);
    if (isFailed || old.dataset.failed) this.#follow(entry);
    this.#settleChoices();
  }

  remove(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#nodes.get(entry)?.remove();
    this.#nodes.delete(entry);
    this.#settleChoices();
  }

  clear() {
    for (const node of this.#nodes.values()) node.remove();
    this.#nodes.clear();
    this.#entries = [];
    this.#firstNew = null;
    this.#isFollowing = true;
  }

  toEnd() {
    this.#isFollowing = true;
    this.#firstNew = null;
    this.#scroll(Infinity);
  }

  #render(entry) {
    const old = this.#nodes.get(entry);
    const fresh = entry.message === null || entry.message.author === "citizen" ? this.#mine(entry) : this.#theirs(entry, old);
    this.#nodes.set(entry, fresh);
    const next = this.#entries[this.#entries.indexOf(entry) + 1];
    const before = next ? this.#nodes.get(next) ?? null : null;
    if (old && old.nextSibling === before) old.replaceWith(fresh);
    else {
      old?.remove();
      this.#log.insertBefore(fresh, before);
    }
  }

  #mine(entry) {
    const text = entry.message?.text || entry.item?.shown || "";
    return element(
      "div",
      { class: `onthaal-say onthaal-say--me${entry.status === "failed" ? " onthaal-say--failed" : ""}` },
      element("p", { class: "onthaal-say__text" }, element("span", { class: "onthaal-hidden" }, `${this.#words.you}: `), linked(text)),
      this.#state(entry),
    );
  }

  /** Not announced at each step: the log would speak three times for one message. */
  #state(entry) {
    const { status, error } = entry;
    const line = element("p", { class: "onthaal-say__by" }, icon(STATUS_ICON[status]), this.#words.status[status]);
    const box = element("div", { class: "onthaal-say__state", "aria-live": "off" }, line);
    if (status !== "failed") return box;
    box.dataset.failed = "1";
    box.setAttribute("aria-live", "assertive");
    if (error?.text) line.after(element("p", { class: "onthaal-say__error" }, error.text));
    const button = (name, label, onclick) => element("button", { class: "onthaal-button onthaal-button--small", type: "button", onclick }, icon(name), label);
    const canEdit = entry.item.type === "message";
    const canRetry = error?.code !== "too_long";
    box.append(
      element(
        "div",
        { class: "onthaal-say__do" },
        canRetry ? button("refresh", this.#words.retry, () => this.#act.retry(entry)) : null,
        canEdit ? button("edit", this.#words.edit, () => this.#act.edit(entry)) : null,
      ),
    );
    return box;
  }

  #theirs(entry, old) {
    const { message } = entry;
    const isWide = Boolean(message.card || message.choices?.length || message.form);
    const node = element("div", { class: `onthaal-say${isWide ? " onthaal-say--wide" : ""} onthaal-say--${message.author}` });
    node.append(this.#by(message.author, message.name, message.at));
    if (message.text) node.append(element("p", { class: "onthaal-say__text" }, linked(message.text)));
    if (message.card) node.append(card(message.card, this.#words, this.#hub));
    if (message.choices?.length) node.append(this.#choices(entry));
    if (message.form === "details") node.append(this.#details(entry, old));
    return node;
  }

  #by(author, name, at = null) {
    const who = name || (author === "bot" ? this.#words.assistant : this.#words.employee);
    const time = at ? moment(at, this.#words.code, new Date(), this.zone) : "";
    return element("p", { class: "onthaal-say__by" }, icon(AUTHOR_ICON[author] ?? "info"), time ? `${who}, ${time}` : who);
  }

  #choices(entry) {
    const buttons = entry.message.choices.map((choice) =>
      element(
        "button",
        {
          class: "onthaal-button",
          type: "button",
          "aria-pressed": "false",
          "data-choice": choice.id,
          onclick: () => {
            if (!entry.chosen) this.#act.choose(choice);
          },
        },
        icon("check"),
        choice.text,
      ),
    );
    return element("div", { class: "onthaal-choices", role: "group", "aria-label": this.#words.choices }, buttons);
  }

  /** What was chosen follows from the citizen's next words: it survives a reload. */
  #settleChoices() {
    let asked = null;
    for (const entry of this.#entries) {
      if (entry.message?.choices?.length) {
        asked = entry;
        asked.chosen = null;
      } else if (asked && (entry.item?.type === "choice" || entry.message?.author === "citizen") && entry.status !== "failed") {
        const text = entry.message?.text || entry.item?.shown;
        asked.chosen ??= asked.message.choices.find((choice) => choice.text === text)?.id ?? null;
      }
    }
    for (const entry of this.#entries) {
      if (!entry.message?.choices?.length) continue;
      for (const button of this.#nodes.get(entry)?.querySelectorAll("[data-choice]") ?? []) {
        button.setAttribute("aria-pressed", String(button.dataset.choice === entry.chosen));
        // Not "disabled": that would throw the keyboard back to the top of the page.
        if (entry.chosen) button.setAttribute("aria-disabled", "true");
        else button.removeAttribute("aria-disabled");
      }
    }
  }

  #details(entry, old) {
    const words = this.#words;
    const { seq } = entry.message;
    const values = Object.fromEntries([...(old?.querySelectorAll("input") ?? [])].map((input) => [input.name, input.value]));
    const box = element("div");
    const fold = (isFocused) => {
      this.#store.formDone = Math.max(seq, this.#store.formDone);
      const open = element("button", { class: "onthaal-button onthaal-button--small", type: "button" }, icon("edit"), words.details.open);
      open.addEventListener("click", () => {
        box.replaceChildren(form());
        box.querySelector("input").focus();
      });
      box.replaceChildren(open);
      if (isFocused) open.focus();
    };
    const form = () =>
      detailsForm(words, {
        values,
        onSkip: () => fold(true),
        onSend: (given) => {
          fold(true); // The field with the focus is gone.
          const said = [given.name, given.email, given.phone].filter(Boolean).join(", ");
          this.#act.details(given, `${words.details.said} ${said}`);
        },
      });
    if (this.#store.formDone >= seq) fold();
    else box.append(form());
    // Above an employee's answer an empty form is in the way; what was typed stays.
    entry.tidy = () => [...box.querySelectorAll("input")].some((input) => input.value || input.matches(":focus")) || fold();
    return box;
  }

  /** The first new words of the hub stay in sight, also above a tall card. */
  #follow(entry) {
    const node = this.#nodes.get(entry);
    if (entry.item !== null) return this.toEnd();
    if (!this.#isFollowing) return undefined;
    if (this.#isAtEnd) this.#firstNew = node;
    if (!this.#firstNew?.isConnected) return this.toEnd();
    return this.#scroll(this.#firstNew.offsetTop - 16);
  }

  #scroll(top) {
    // In a low window the whole dialog scrolls, see onthaal-chat.css.
    const isPage = getComputedStyle(this.#log).overflowY === "visible";
    const box = isPage ? this.#log.parentElement : this.#log;
    box.scrollTop = Math.min(top + (isPage ? this.#log.offsetTop : 0), box.scrollHeight);
    this.#scrolledTo = this.#log.scrollTop;
    this.#scrolled();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    if (scrollTop < this.#scrolledTo - NEAR_END_PX) this.#isFollowing = false;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#isAtEnd) this.#isFollowing = true;
    this.#log.toggleAttribute("data-more", scrollTop > 4);
  }
}
