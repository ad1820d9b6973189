/**
 * What the chat keeps in the browser, keyed by the hub's address.
 *
 * Each waiting message has its own key, so two tabs never overwrite each other's list.
 */

/** Where storage is refused: one that forgets. */
function usable(name) {
  try {
    window[name].setItem("onthaal:probe", "1");
    window[name].removeItem("onthaal:probe");
    return window[name];
  } catch {
    const values = Object.create({
      getItem: (key) => values[key] ?? null,
      setItem: (key, value) => (values[key] = value),
      removeItem: (key) => delete values[key],
    });
    return values;
  }
}

export class Store {
  #lasting = usable("localStorage");
  #tab = usable("sessionStorage");
  #prefix;

  constructor(hub) {
    this.#prefix = `onthaal:${hub}:`;
  }

  get token() {
    return this.#get("token");
  }
  set token(value) {
    this.#set(this.#lasting, "token", value);
  }

  /** Highest sequence number that the citizen has seen. */
  get read() {
    return Number(this.#get("read") ?? 0);
  }
  set read(seq) {
    this.#set(this.#lasting, "read", String(seq));
  }

  get language() {
    return this.#get("language");
  }
  set language(code) {
    this.#set(this.#lasting, "language", code);
  }

  /** Last details form that was filled in or skipped. */
  get formDone() {
    return Number(this.#get("form") ?? 0);
  }
  set formDone(seq) {
    this.#set(this.#lasting, "form", String(seq));
  }

  /** Of this tab only. */
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

  keep(item) {
    this.#set(this.#lasting, `queue:${item.client_id}`, JSON.stringify(item));
  }

  drop(clientId) {
    this.#lasting.removeItem(`${this.#prefix}queue:${clientId}`);
  }

  /** Messages that wait, oldest first. */
  waiting() {
    const found = Object.keys(this.#lasting)
      .filter((key) => key.startsWith(`${this.#prefix}queue:`))
      .map((key) => readItem(this.#lasting.getItem(key)))
      .filter(Boolean);
    return found.sort((a, b) => a.kept - b.kept);
  }

  /** Forget the conversation, but not what the hub does not have yet. */
  reset() {
    for (const name of ["read", "form"]) this.#lasting.removeItem(this.#prefix + name);
  }

  /** Call `onChange(name)` when another tab changes something, until `signal` aborts. */
  watch(onChange, signal) {
    const listen = (event) => {
      if (event.key?.startsWith(this.#prefix)) onChange(event.key.slice(this.#prefix.length));
    };
    window.addEventListener("storage", listen, { signal });
  }

  #get(name) {
    return this.#lasting.getItem(this.#prefix + name);
  }

  #set(storage, name, value) {
    try {
      if (value === null) storage.removeItem(this.#prefix + name);
      else storage.setItem(this.#prefix + name, value);
    } catch {
      // Full: the message is sent from this page.
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
