/**
 * One conversation with the hub: what was said, what waits, and what is resent after each welcome. Knows no nodes.
 *
 * An entry is `{order, message, item, status, error}`: `message` is the hub's frame, null until it has come; `item` is
 * what this browser keeps, null when somebody else wrote it.
 */

import { Connection } from "./connection.js";

const RESEND_AFTER_MS = 15_000;
const TYPING_MS = 5_000;
const SEARCHING_MS = 8_000;
const REPLAY_WITHIN_MS = 3_000;
const TEXT_CHARS = 4000;

/** A UUID version 4; without TLS `crypto.randomUUID` is missing. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

/** Length as the hub counts it: characters, not UTF-16 halves. */
export function lengthOf(text) {
  return [...text].length;
}

export class Conversation {
  #store;
  #view;
  #connection;
  #language;
  #bySeq = new Map();
  #byClient = new Map();
  #unbroken = 0;
  #highest = 0;
  /** Tokens of the last hello and the last welcome. */
  #offered = null;
  #token = null;
  #replayUntil = 0;
  #delivered = 0;
  #isShown = false;
  #timers = { typing: 0, replay: 0, resend: 0 };
  #watching = new AbortController();

  constructor({ hub, store, view, language }) {
    this.#store = store;
    this.#view = view;
    this.#language = language;
    this.limit = TEXT_CHARS;
    this.state = { owner: "bot", wait: null };
    this.number = null;
    this.#connection = new Connection({
      hub,
      hello: () => this.#hello(),
      onFrame: (frame) => this.#take(frame),
      onOnline: (isOnline) => this.#turned(isOnline),
    });
  }

  get isOnline() {
    return this.#connection.isOnline;
  }

  get attempts() {
    return this.#connection.attempts;
  }

  get isRunning() {
    return this.#connection.isRunning;
  }

  get hasPast() {
    return this.#store.token !== null || this.#store.waiting().length > 0;
  }

  get waitingCount() {
    return this.#store.waiting().filter((item) => !item.refused).length;
  }

  start() {
    if (this.isRunning) {
      this.#connection.hurry();
      return;
    }
    for (const item of this.#store.waiting()) this.#adopt(item);
    this.#store.watch((name) => this.#otherTab(name), this.#watching.signal);
    this.#timers.resend = setInterval(() => this.#resend(RESEND_AFTER_MS), RESEND_AFTER_MS);
    this.#connection.start();
  }

  stop() {
    this.#watching.abort();
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#connection.stop();
  }

  say(text) {
    this.#keep({ type: "message", text, language: this.#language() });
  }

  choose(choice) {
    this.#keep({ type: "choice", choice: choice.id, text: choice.text });
  }

  /** `shown` is what the citizen reads as their own words. */
  askHuman(shown) {
    this.#keep({ type: "human" }, shown);
  }

  giveDetails(details, shown) {
    this.#keep({ type: "details", ...details }, shown);
  }

  /** Offer a refused message again, under a new id. */
  retry(entry) {
    const { shown, frame } = entry.item;
    this.forget(entry);
    this.#keep(frame, shown);
  }

  forget(entry) {
    this.#store.drop(entry.item.client_id);
    this.#byClient.delete(entry.item.client_id);
    this.#view.remove(entry);
  }

  /** What the citizen sees counts as read and is confirmed to the hub. */
  shown(isShown) {
    this.#isShown = isShown;
    this.#seen();
  }

  #keep(fields, shown = fields.text) {
    const frame = { ...fields, client_id: newId() };
    const item = { client_id: frame.client_id, type: frame.type, frame, shown, kept: Date.now(), refused: null };
    this.#store.keep(item);
    this.#adopt(item);
    this.#view.notice(null);
    if (!this.isRunning) this.start();
    else if (this.isOnline) this.#send(item);
    else this.#connection.hurry();
  }

  #adopt(item) {
    if (this.#byClient.has(item.client_id)) return;
    const status = item.refused !== null ? "failed" : "waiting";
    const entry = { order: Number.MAX_SAFE_INTEGER, message: null, item, status, error: item.refused };
    this.#byClient.set(item.client_id, entry);
    this.#view.show(entry);
  }

  #send(item) {
    if (!this.#connection.send(item.frame)) return;
    item.sentAt = Date.now();
    this.#mark(item.client_id, "sending");
  }

  #resend(olderThanMs) {
    if (!this.isOnline) return;
    for (const kept of this.#store.waiting()) {
      if (kept.refused !== null) continue;
      this.#adopt(kept);
      const { item } = this.#byClient.get(kept.client_id);
      if (Date.now() - (item.sentAt ?? item.kept) >= olderThanMs) this.#send(item);
    }
  }

  #mark(clientId, status, error = null) {
    const entry = this.#byClient.get(clientId);
    if (!entry || (entry.status === status && entry.error === error)) return;
    entry.status = status;
    entry.error = error;
    this.#view.mark(entry);
  }

  #turned(isOnline) {
    if (!isOnline) {
      for (const item of this.#store.waiting()) if (item.refused === null) this.#mark(item.client_id, "waiting");
      this.#typing(null);
    }
    this.#view.online(isOnline);
  }

  #take(frame) {
    switch (frame?.type) {
      case "welcome":
        return this.#welcome(frame);
      case "ack":
        return this.#confirmed(frame.client_id);
      case "message":
        return this.#message(frame);
      case "state":
        this.state = frame;
        this.#view.state(frame);
        return this.#number(frame.number);
      case "typing":
        return this.#typing(frame.name);
      case "error":
        return this.#refused(frame);
      default:
        return undefined; // A newer hub may say more.
    }
  }

  #hello() {
    this.#offered = this.#store.token;
    return { type: "hello", token: this.#offered, after: this.#unbroken, language: this.#language() };
  }

  #welcome(frame) {
    const known = this.#store.token;
    if (known !== null && known !== this.#offered && known !== frame.token) {
      this.#join(); // Another tab began the conversation at the same moment.
      return;
    }
    if (frame.reset) {
      this.#forgetPast();
      this.#store.reset();
      if (known !== null) this.#view.notice("reset");
    }
    this.#token = frame.token;
    if (known !== frame.token) this.#store.token = frame.token;
    if (Number.isInteger(frame.limits?.text_chars)) this.limit = frame.limits.text_chars;
    this.#view.zone(frame.time_zone);
    this.#number(frame.number);
    this.#replayUntil = frame.seq;
    if (this.#highest === 0 && frame.seq > 0) {
      this.#view.replaying(true);
      this.#timers.replay = setTimeout(() => this.#view.replaying(false), REPLAY_WITHIN_MS);
    }
    this.#resend(0);
    this.#seen();
  }

  /** Leave for the conversation whose token is kept now. */
  #join() {
    this.#forgetPast();
    this.#connection.restart();
  }

  #forgetPast() {
    this.#bySeq.clear();
    for (const [clientId, entry] of this.#byClient) {
      if (entry.message !== null || entry.status === "sent") this.#byClient.delete(clientId);
    }
    this.#unbroken = this.#highest = this.#delivered = 0;
    this.number = null;
    this.#view.number(null);
    this.#view.clear();
    for (const entry of this.#byClient.values()) this.#view.show(entry);
  }

  #confirmed(clientId) {
    this.#store.drop(clientId);
    const entry = this.#byClient.get(clientId);
    if (!entry || entry.message !== null) return;
    // Stays here, also when the hub never repeats it.
    entry.order = this.#highest + 0.5;
    this.#mark(clientId, "sent");
    if (this.state.owner === "bot" && ["message", "choice"].includes(entry.item.type)) this.#typing(null, true);
  }

  #message(frame) {
    if (this.#bySeq.has(frame.seq)) return;
    const entry = (frame.client_id && this.#byClient.get(frame.client_id)) || { item: null };
    entry.order = frame.seq;
    entry.message = frame;
    entry.status = frame.author === "citizen" ? "delivered" : null;
    entry.error = null;
    if (frame.client_id) {
      this.#store.drop(frame.client_id);
      this.#byClient.set(frame.client_id, entry);
    }
    this.#bySeq.set(frame.seq, entry);
    this.#highest = Math.max(this.#highest, frame.seq);
    while (this.#bySeq.has(this.#unbroken + 1)) this.#unbroken += 1;
    if (frame.seq === this.#replayUntil) this.#unbroken = Math.max(this.#unbroken, frame.seq);
    if (frame.author !== "citizen") this.#typing(null);
    this.#number(frame.number);
    this.#view.show(entry);
    if (this.#highest >= this.#replayUntil) {
      clearTimeout(this.#timers.replay);
      this.#view.replaying(false);
    }
    this.#seen();
  }

  #refused(frame) {
    const entry = this.#byClient.get(frame.client_id);
    if (!entry?.item || entry.message !== null) {
      this.#view.notice(frame.text);
      return;
    }
    entry.item.refused = { code: frame.code, text: frame.text };
    this.#store.keep(entry.item);
    this.#mark(frame.client_id, "failed", entry.item.refused);
  }

  #typing(name, isSearching = false) {
    clearTimeout(this.#timers.typing);
    this.#view.typing(name, isSearching);
    if (name !== null || isSearching) {
      this.#timers.typing = setTimeout(() => this.#view.typing(null, false), isSearching ? SEARCHING_MS : TYPING_MS);
    }
  }

  #number(number) {
    if (!number) return;
    this.number = number;
    this.#view.number(number);
  }

  #seen() {
    if (this.#isShown && document.visibilityState !== "hidden" && this.#highest > 0) {
      if (this.#highest > this.#delivered && this.#connection.send({ type: "delivered", seq: this.#highest })) {
        this.#delivered = this.#highest;
      }
      if (this.#highest > this.#store.read) this.#store.read = this.#highest;
    }
    const read = this.#store.read;
    let count = 0;
    for (const [seq, entry] of this.#bySeq) if (seq > read && entry.message.author !== "citizen") count += 1;
    this.#view.unread(count);
  }

  #otherTab(name) {
    if (name === "read") this.#seen();
    if (name === "token" && this.#store.token !== null && this.#store.token !== this.#token) this.#join();
    if (!name.startsWith("queue:")) return;
    const clientId = name.slice("queue:".length);
    const kept = this.#store.waiting().find((item) => item.client_id === clientId);
    const entry = this.#byClient.get(clientId);
    if (kept && !entry) this.#adopt(kept);
    else if (kept?.refused) this.#mark(clientId, "failed", kept.refused);
    else if (!kept && entry?.status === "failed") this.forget(entry);
    else if (!kept && entry && entry.message === null) this.#confirmed(clientId);
  }
}
