/** The WebSocket to the hub: online from its "welcome" on; tries again with growing, random pauses. */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const WELCOME_WITHIN_MS = 10_000;
const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;

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
  #listening = null;
  #attempt = 0;
  #timers = { retry: 0, welcome: 0, ping: 0, pong: 0 };

  /** `hello()` gives the first frame; `onFrame` gets every frame but pongs. */
  constructor({ hub, hello, onFrame, onOnline }) {
    this.#address = socketAddress(hub);
    this.#hello = hello;
    this.#onFrame = onFrame;
    this.#onOnline = onOnline;
    this.isOnline = false;
  }

  get attempts() {
    return this.#attempt;
  }

  get isRunning() {
    return this.#running;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    for (const name of ["online", "pageshow", "visibilitychange"]) window.addEventListener(name, this.#now, { signal });
    for (const name of ["offline", "pagehide"]) window.addEventListener(name, this.#lost, { signal });
    this.#open();
  }

  stop() {
    this.#running = false;
    this.#listening?.abort();
    this.#drop();
  }

  restart() {
    this.#drop();
    this.#attempt = 0;
    if (this.#running) this.#open();
  }

  /** Try now instead of after the pause. */
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
