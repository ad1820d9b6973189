/**
 * What the chat keeps in the browser: the token of the conversation and messages that the hub has not yet confirmed.
 *
 * Everything is keyed by the hub's address. Each waiting message has its own key, so two tabs never overwrite each
 * other's list. Where the browser refuses storage the chat works on, but forgets at a reload.
 */

/** A Storage that forgets: for browsers that refuse the real one. */
class Forgetful {
  #values = new Map();
  get length() {
    return this.#values.size;
  }
  key(index) {
    return [...this.#values.keys()][index] ?? null;
  }
  getItem(key) {
    return this.#values.get(key) ?? null;
  }
  setItem(key, value) {
    this.#values.set(key, value);
  }
  removeItem(key) {
    this.#values.delete(key);
  }
}

function usable(name) {
  try {
    const storage = window[name];
    const probe = "onthaal:probe";
    storage.setItem(probe, "1");
    storage.removeItem(probe);
    return storage;
  } catch {
    return new Forgetful();
  }
}

export class Store {
  #lasting = usable("localStorage");
  #tab = usable("sessionStorage");
  #prefix;

  /** `hub` is the hub's base address. */
  constructor(hub) {
    this.#prefix = `onthaal:${hub}:`;
  }

  get token() {
    return this.#get("token");
  }
  set token(value) {
    this.#set(this.#lasting, "token", value);
  }

  /** Highest sequence number that the citizen has seen; shared by the tabs. */
  get read() {
    return Number(this.#get("read") ?? 0);
  }
  set read(seq) {
    this.#set(this.#lasting, "read", String(seq));
  }

  /** Language that the citizen chose, or null. */
  get language() {
    return this.#get("language");
  }
  set language(code) {
    this.#set(this.#lasting, "language", code);
  }

  /** Sequence number of the last details form that was filled in or skipped. */
  get formDone() {
    return Number(this.#get("form") ?? 0);
  }
  set formDone(seq) {
    this.#set(this.#lasting, "form", String(seq));
  }

  /** Of this tab only: whether the window is open, and the text that was not sent yet. */
  get isOpen() {
    return this.#tab.getItem(`${this.#prefix}open`) === "1";
  }
  set isOpen(value) {
    this.#set(this.#tab, "open", value ? "1" : null);
  }
  get draft() {
    return this.#tab.getItem(`${this.#prefix}draft`) ?? "";
  }
  set draft(text) {
    this.#set(this.#tab, "draft", text || null);
  }

  /** Keep a message until the hub confirms it. */
  keep(item) {
    this.#set(this.#lasting, `queue:${item.client_id}`, JSON.stringify(item));
  }

  /** Forget a message; without effect when it is not there. */
  drop(clientId) {
    this.#lasting.removeItem(`${this.#prefix}queue:${clientId}`);
  }

  /** Messages that wait, oldest first. Unreadable ones are left out. */
  waiting() {
    const start = `${this.#prefix}queue:`;
    const found = [];
    for (let index = 0; index < this.#lasting.length; index += 1) {
      const key = this.#lasting.key(index);
      if (!key?.startsWith(start)) continue;
      const item = readItem(this.#lasting.getItem(key));
      if (item) found.push(item);
    }
    return found.sort((a, b) => a.kept - b.kept);
  }

  /** Forget the conversation, but keep what the citizen wrote and the hub does not have. */
  reset() {
    for (const name of ["read", "form"]) this.#lasting.removeItem(this.#prefix + name);
  }

  /** Call `onChange(name)` when another tab changes something; returns a function that stops it. */
  watch(onChange) {
    const listen = (event) => {
      if (event.key?.startsWith(this.#prefix)) onChange(event.key.slice(this.#prefix.length));
    };
    window.addEventListener("storage", listen);
    return () => window.removeEventListener("storage", listen);
  }

  #get(name) {
    return this.#lasting.getItem(this.#prefix + name);
  }

  #set(storage, name, value) {
    try {
      if (value === null) storage.removeItem(this.#prefix + name);
      else storage.setItem(this.#prefix + name, value);
    } catch {
      // Storage is full: the message is still in this page and is sent from there.
    }
  }
}

function readItem(text) {
  try {
    const item = JSON.parse(text);
    return typeof item?.client_id === "string" && typeof item.type === "string" ? item : null;
  } catch {
    return null;
  }
}
