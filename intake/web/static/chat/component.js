/** `<onthaal-chat>` on a city's page; docs/how-to/embed-the-chat.md has its attributes, methods and events. */

import { Conversation, lengthOf } from "./conversation.js";
import { icon } from "./dom.js";
import { Store } from "./store.js";
import { grouped, wordsFor } from "./strings.js";
import { Transcript } from "./transcript.js";
import { chatWindow } from "./window.js";

const SCRIPT_HUB = new URL("../../", import.meta.url).href;
const STYLES = new URL("onthaal-chat.css", import.meta.url).href;
/** Below these sizes the window fills the screen. The same condition stands in onthaal-chat.css. */
const FULL_SCREEN = "(max-width: 30rem), (max-height: 30rem)";
const NEAR_LIMIT = 0.9;
const BANNER_AFTER_MS = 800;
const PHONE_AFTER_ATTEMPTS = 4;

export class OnthaalChat extends HTMLElement {
  static observedAttributes = ["language", "city-name", "open", "theme"];

  #part = chatWindow();
  #store = null;
  #conversation = null;
  #transcript = null;
  #words = wordsFor("nl");
  #fullScreen = matchMedia(FULL_SCREEN);
  #unread = 0;
  #banner = 0;
  #isOffline = false;
  #tooLong = "";
  #leaving = null;

  constructor() {
    super();
    const styles = document.createElement("link");
    styles.rel = "stylesheet";
    styles.href = STYLES;
    const reveal = () => {
      this.#part.root.hidden = false;
    };
    styles.addEventListener("load", reveal);
    styles.addEventListener("error", reveal); // Plain, but usable.
    this.attachShadow({ mode: "open" }).append(styles, this.#part.root);
    this.#listen();
  }

  connectedCallback() {
    const hub = new URL(`${this.getAttribute("hub") ?? SCRIPT_HUB}/`.replace(/\/+$/, "/"), location.href).href;
    this.#store = new Store(hub);
    const part = this.#part;
    part.log.replaceChildren();
    this.#conversation = new Conversation({ hub, store: this.#store, view: this.#view(), language: () => this.#words.code });
    this.#transcript = new Transcript({
      log: part.log,
      words: this.#words,
      hub,
      store: this.#store,
      act: {
        choose: (choice) => this.#conversation.choose(choice),
        retry: (entry) => this.#conversation.retry(entry),
        edit: (entry) => this.#edit(entry),
        details: (values, shown) => this.#conversation.giveDetails(values, shown),
      },
    });
    this.#speak(this.#store.language ?? this.getAttribute("language") ?? document.documentElement.lang);
    part.input.value = this.#store.draft;
    this.#watchPage();
    if (this.#conversation.hasPast) this.#conversation.start();
    if (this.hasAttribute("open") || this.#store.isOpen) this.#openWindow(false);
  }

  disconnectedCallback() {
    this.#leaving.abort();
    clearTimeout(this.#banner);
    this.#conversation.stop();
    if (this.#part.dialog.open) this.#part.dialog.close();
  }

  attributeChangedCallback(name, _old, value) {
    if (this.#conversation === null) return;
    if (name === "open" && value === null) this.hide();
    else if (name === "open" && !this.#part.dialog.open) this.show();
    else if (name === "open") return;
    else if (name === "theme") this.#theme();
    else this.#speak(name === "language" ? value : this.#words.code);
  }

  show() {
    this.#openWindow(true);
  }

  hide() {
    const { dialog, launcher } = this.#part;
    if (!dialog.open) return;
    const hadFocus = dialog.contains(this.shadowRoot.activeElement);
    dialog.close();
    launcher.setAttribute("aria-expanded", "false");
    this.#store.isOpen = false;
    this.toggleAttribute("open", false);
    this.#conversation.shown(false);
    if (hadFocus || document.activeElement === document.body) launcher.focus();
    this.dispatchEvent(new CustomEvent("onthaal-close", { bubbles: true }));
  }

  ask(text) {
    this.show();
    const question = text.trim();
    if (!question) return;
    this.#part.input.value = question;
    this.#typed();
    this.#send();
  }

  #openWindow(isAsked) {
    const { dialog, launcher, input } = this.#part;
    if (!dialog.open) {
      if (this.#fullScreen.matches) dialog.showModal();
      else dialog.open = true; // Not show(): that would take the keyboard at each page load.
      launcher.setAttribute("aria-expanded", "true");
      this.#store.isOpen = true;
      this.toggleAttribute("open", true);
      this.#conversation.start();
      this.#transcript.toEnd();
      this.#conversation.shown(true);
      this.#grow();
      this.dispatchEvent(new CustomEvent("onthaal-open", { bubbles: true }));
    }
    if (isAsked) input.focus({ preventScroll: true });
  }

  #resized = () => {
    const { dialog } = this.#part;
    if (!dialog.open) return;
    const focused = this.shadowRoot.activeElement;
    dialog.close();
    if (this.#fullScreen.matches) dialog.showModal();
    else dialog.open = true;
    focused?.focus({ preventScroll: true });
    this.#transcript.toEnd();
  };

  #listen() {
    const { launcher, close, dialog, form, input, human, language, log } = this.#part;
    launcher.addEventListener("click", () => this.show());
    close.addEventListener("click", () => this.hide());
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.hide();
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      this.hide();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    input.addEventListener("input", () => this.#typed());
    human.addEventListener("click", () => {
      if (human.getAttribute("aria-disabled") !== "true") this.#conversation.askHuman(this.#words.humanSaid);
    });
    language.addEventListener("click", () => {
      this.#store.language = this.#words.other;
      this.#speak(this.#words.other);
    });
    log.addEventListener("click", (event) => {
      // A link leads to another page; a full screen chat would lie on top of it.
      if (event.target.closest("a") && this.#fullScreen.matches) this.#store.isOpen = false;
    });
  }

  #watchPage() {
    this.#leaving = new AbortController();
    const { signal } = this.#leaving;
    const { root, dialog } = this.#part;
    const theme = new MutationObserver(() => this.#theme());
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    signal.addEventListener("abort", () => theme.disconnect());
    this.#theme();
    document.addEventListener("visibilitychange", () => this.#conversation.shown(dialog.open), { signal });
    this.#fullScreen.addEventListener("change", this.#resized, { signal });
    const viewport = window.visualViewport; // Smaller than the window while a keyboard is on the screen.
    const fit = () => root.style.setProperty("--screen", `${viewport.height * viewport.scale}px`);
    viewport?.addEventListener("resize", fit, { signal });
    root.style.setProperty("--zoom", String(letterScale()));
  }

  #theme() {
    const theme = this.getAttribute("theme") ?? document.documentElement.dataset.theme;
    if (theme === "light" || theme === "dark") this.#part.root.dataset.theme = theme;
    else delete this.#part.root.dataset.theme;
  }

  #send() {
    const { input } = this.#part;
    const text = input.value.trim();
    if (lengthOf(text) > this.#conversation.limit) {
      this.#tooLong = "";
      this.#typed();
      input.focus();
      return;
    }
    if (text) {
      this.#conversation.say(text);
      input.value = "";
    }
    this.#typed();
    input.focus({ preventScroll: true });
  }

  #edit(entry) {
    const { input } = this.#part;
    this.#conversation.forget(entry);
    input.value = [entry.item.shown, input.value].filter(Boolean).join("\n");
    this.#typed();
    input.focus();
  }

  #typed() {
    const { input } = this.#part;
    this.#store.draft = input.value;
    this.#grow();
    this.#count();
  }

  #grow() {
    const { input } = this.#part;
    input.style.height = "auto";
    if (input.scrollHeight > 0) input.style.height = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`;
  }

  /** Reaching a threshold is spoken, not each letter. */
  #count() {
    const { input, count, said } = this.#part;
    const { limit } = this.#conversation;
    const over = lengthOf(input.value.trim()) - limit;
    const level = over > 0 ? "over" : over > -limit * (1 - NEAR_LIMIT) ? "near" : "";
    count.hidden = level === "";
    count.classList.toggle("onthaal-error", level === "over");
    count.replaceChildren(...(level === "over" ? [icon("warning"), this.#words.tooLong(over)] : [this.#words.left(-over)]));
    input.toggleAttribute("aria-invalid", false);
    if (level === "over") input.setAttribute("aria-invalid", "true");
    if (level !== this.#tooLong) said.textContent = level === "over" ? this.#words.tooLong(over) : level === "near" ? this.#words.near : "";
    this.#tooLong = level;
  }

  #speak(tag) {
    const words = wordsFor(tag ?? "nl");
    const part = this.#part;
    this.#words = words;
    part.root.lang = words.code;
    part.title.textContent = words.title;
    part.launcherLabel.textContent = words.launcher;
    part.languageLabel.textContent = words.switchLabel;
    part.languageName.textContent = words.switchName;
    part.language.lang = words.other;
    part.close.setAttribute("aria-label", words.close);
    part.close.title = words.close;
    part.log.setAttribute("aria-label", words.log);
    part.inputLabel.textContent = words.input;
    part.input.placeholder = words.placeholder;
    part.sendLabel.textContent = words.send;
    part.humanLabel.textContent = words.human;
    part.log.setAttribute("aria-live", "off");
    this.#transcript.speak(words, words.greeting(this.getAttribute("city-name")));
    part.log.setAttribute("aria-live", "polite");
    this.#showState(this.#conversation.state);
    this.#showNumber(this.#conversation.number);
    this.#showOffline();
    this.#showUnread(this.#unread);
    this.#count();
  }

  #view() {
    const { log, notice, noticeText, typing } = this.#part;
    return {
      show: (entry) => this.#transcript.show(entry),
      mark: (entry) => this.#transcript.mark(entry),
      remove: (entry) => this.#transcript.remove(entry),
      clear: () => this.#transcript.clear(),
      zone: (timeZone) => {
        try {
          new Intl.DateTimeFormat("nl", { timeZone });
          this.#transcript.zone = timeZone;
        } catch {
          // The browser is too old for this name.
        }
      },
      state: (state) => this.#showState(state),
      number: (number) => this.#showNumber(number),
      unread: (count) => this.#showUnread(count),
      online: (isOnline) => this.#turned(isOnline),
      typing: (who, isSearching) => {
        typing.hidden = !who && !isSearching;
        typing.textContent = isSearching ? this.#words.searching : who ? this.#words.typing(who) : "";
      },
      notice: (text) => {
        notice.hidden = text === null;
        noticeText.textContent = text === "reset" ? this.#words.reset : text;
      },
      replaying: (isReplaying) => {
        // What was said before this page is not read out again.
        if ((log.getAttribute("aria-live") === "off") === isReplaying) return;
        log.setAttribute("aria-live", isReplaying ? "off" : "polite");
        if (!isReplaying) this.#transcript.toEnd();
      },
    };
  }

  #turned(isOnline) {
    clearTimeout(this.#banner);
    const { said } = this.#part;
    if (isOnline) {
      if (this.#isOffline) said.textContent = this.#words.online;
      this.#isOffline = false;
      this.#showOffline();
    } else if (this.#isOffline) this.#showOffline();
    else {
      this.#banner = setTimeout(() => {
        this.#isOffline = true;
        said.textContent = "";
        this.#showOffline();
      }, BANNER_AFTER_MS);
    }
  }

  #showOffline() {
    const { banner, bannerTitle, bannerText } = this.#part;
    const words = this.#words;
    const phone = this.getAttribute("phone");
    const isLong = phone && this.#conversation.attempts >= PHONE_AFTER_ATTEMPTS;
    const text = [words.offline, this.#conversation.waitingCount > 0 ? words.offlineKept : words.offlineDraft, isLong && words.phone(phone)];
    const shown = text.filter(Boolean).join(" ");
    banner.hidden = !this.#isOffline;
    if (bannerTitle.textContent !== words.offlineTitle) bannerTitle.textContent = words.offlineTitle;
    if (bannerText.textContent !== shown) bannerText.textContent = shown;
  }

  #showState(state) {
    const { owner, ownerIcon, wait, human } = this.#part;
    const owned = this.#words.owners[state.owner] ? state.owner : "bot";
    owner.textContent = this.#words.owners[owned];
    ownerIcon.replaceChildren(icon(owned === "bot" ? "bot" : "person"));
    wait.textContent = state.wait ?? "";
    if (owned === "queue" || owned === "employee") human.setAttribute("aria-disabled", "true");
    else human.removeAttribute("aria-disabled");
  }

  #showNumber(value) {
    const { number } = this.#part;
    number.hidden = !value;
    if (!value) return;
    const strong = document.createElement("b");
    strong.textContent = grouped(value);
    number.replaceChildren(`${this.#words.number} `, strong, `. ${this.#words.numberWhy}`);
  }

  #showUnread(count) {
    const { badge, launcher, aside } = this.#part;
    const text = count > 0 ? this.#words.unread(count) : "";
    badge.hidden = count === 0;
    badge.textContent = count > 9 ? "9+" : String(count);
    launcher.setAttribute("aria-label", [this.#words.launcher, text].filter(Boolean).join(", "));
    if (count > this.#unread) aside.textContent = text;
    else if (count === 0) aside.textContent = "";
    this.#unread = count;
  }
}

/** Some sites set the root letter to 62.5 %; our rem would be 10 px. */
function letterScale() {
  const root = document.documentElement;
  const probe = document.createElement("span");
  probe.style.fontSize = "medium";
  probe.hidden = true;
  root.append(probe);
  const scale = parseFloat(getComputedStyle(probe).fontSize) / parseFloat(getComputedStyle(root).fontSize);
  probe.remove();
  return scale > 1.01 && Number.isFinite(scale) ? scale : 1;
}
