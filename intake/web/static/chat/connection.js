/**
 * The WebSocket to the hub: connects, notices a dead line, and tries again with growing, random pauses.
 *
 * It counts as online from the hub's "welcome" on, not from the open socket. What is sent, and what has to be sent
 * again, is the business of `conversation.js`.
 */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const WELCOME_WITHIN_MS = 10_000;
const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;

/** The chat's WebSocket address at a hub's base address (http: becomes ws:, https: becomes wss:). */
export function socketAddress(hub) {
  const address = new URL("chat/socket", hub);
  address.protocol = address.protocol === "http:" ? "ws:" : "wss:";
  return address.href;
}

/** Pause before attempt `attempt` (0 is the first repeat): doubles, at most half a minute, half of it random. */
export function pauseMs(attempt, random = Math.random) {
  const whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 16));
  return whole / 2 + (random() * whole) / 2;
}

export class Connection {
  #address;
  #hello;
  #onFrame;
  #onOnline;
  #socket = null;
  #running = false;
  #attempt = 0;
  #timers = { retry: 0, welcome: 0, ping: 0, pong: 0 };

  /**
   * `hello()` gives the first frame; `onFrame(frame)` gets every frame but pongs; `onOnline(isOnline)` hears each
   * change.
   */
  constructor({ hub, hello, onFrame, onOnline }) {
    this.#address = socketAddress(hub);
    this.#hello = hello;
    this.#onFrame = onFrame;
    this.#onOnline = onOnline;
    this.isOnline = false;
  }

  /** Failed attempts since the line was last good. */
  get attempts() {
    return this.#attempt;
  }

  /** Whether it was asked to be connected. */
  get isRunning() {
    return this.#running;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    window.addEventListener("online", this.#now);
    window.addEventListener("offline", this.#lost);
    document.addEventListener("visibilitychange", this.#now);
    window.addEventListener("pageshow", this.#now);
    window.addEventListener("pagehide", this.#lost);
    this.#open();
  }

  stop() {
    this.#running = false;
    window.removeEventListener("online", this.#now);
    window.removeEventListener("offline", this.#lost);
    document.removeEventListener("visibilitychange", this.#now);
    window.removeEventListener("pageshow", this.#now);
    window.removeEventListener("pagehide", this.#lost);
    this.#drop();
  }

  /** Leave the line and come back at once, with a new hello. */
  restart() {
    this.#drop();
    this.#attempt = 0;
    if (this.#running) this.#open();
  }

  /** Try now instead of after the pause; nothing happens while a line is up or being made. */
  hurry() {
    if (this.#running && this.#socket === null) this.#open();
  }

  /** Hand a frame to the line. False when there is none: the caller keeps it. */
  send(frame) {
    if (!this.isOnline || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #now = () => {
    if (document.visibilityState !== "hidden") this.hurry();
  };

  #lost = () => {
    if (this.#socket !== null) this.#failed();
  };

  #open() {
    clearTimeout(this.#timers.retry);
    let socket;
    try {
      socket = new WebSocket(this.#address);
    } catch {
      this.#failed();
      return;
    }
    this.#socket = socket;
    this.#timers.welcome = setTimeout(() => this.#failed(), WELCOME_WITHIN_MS);
    socket.addEventListener("open", () => {
      if (socket === this.#socket) socket.send(JSON.stringify(this.#hello()));
    });
    socket.addEventListener("message", (event) => {
      if (socket === this.#socket) this.#read(event.data);
    });
    socket.addEventListener("close", () => {
      if (socket === this.#socket) this.#failed();
    });
  }

  #read(text) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    clearTimeout(this.#timers.pong);
    if (frame?.type === "pong") return;
    if (frame?.type === "welcome") {
      clearTimeout(this.#timers.welcome);
      this.#attempt = 0;
      clearInterval(this.#timers.ping);
      this.#timers.ping = setInterval(() => this.#ping(), PING_EVERY_MS);
      this.#turn(true);
    }
    this.#onFrame(frame);
  }

  #ping() {
    if (!this.send({ type: "ping" })) return;
    clearTimeout(this.#timers.pong);
    this.#timers.pong = setTimeout(() => this.#failed(), PONG_WITHIN_MS);
  }

  #failed() {
    this.#drop();
    if (!this.#running) return;
    this.#timers.retry = setTimeout(() => this.#open(), pauseMs(this.#attempt));
    this.#attempt += 1;
    this.#onOnline(false);
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#turn(false);
  }

  #turn(isOnline) {
    if (this.isOnline === isOnline) return;
    this.isOnline = isOnline;
    this.#onOnline(isOnline);
  }
}
