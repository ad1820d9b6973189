/**
 * A small hub for the chat tests: serves a page and the static files, and speaks the chat WebSocket by a script.
 *
 * It keeps conversations like the real one (sequence numbers, replay, one message per client id) and can be told to
 * go down, to stop confirming, and to say anything at any moment.
 */

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { extname, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { WebSocketServer } from "ws";

const STATIC = fileURLToPath(new URL("../../intake/web/static/", import.meta.url));
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
/** The policy of the real site, and nothing looser. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' ws:; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

export const PASSPORT = {
  product: "paspoort-aanvragen",
  version: 3,
  title: "Paspoort aanvragen",
  text: "U vraagt uw paspoort aan in het stadhuis. Kom zelf langs.",
  facts: [
    { label: "Kosten", value: "€\u00a075" },
    { label: "Klaar in", value: "5 werkdagen" },
    { label: "Geldig", value: "7 jaar" },
  ],
  steps: ["Maak een afspraak.", "Breng een pasfoto en uw oude pas mee.", "Betaal bij de balie."],
  conditions: ["U bent Belg.", "U woont in Voorbeeldstad."],
  evidence: ["Uw oude paspoort", "Een pasfoto van nu"],
  source: { title: "product Paspoort", url: "/producten/paspoort-aanvragen", changed: "2026-11-03" },
  note: null,
};

/** Start on a free loopback port. `page` is the markup of every page that is not a static file. */
export async function startHub(page, policy = POLICY) {
  const hub = new ScriptedHub(page, policy);
  await new Promise((resolve) => hub.server.listen(0, "127.0.0.1", resolve));
  hub.address = `http://127.0.0.1:${hub.server.address().port}`;
  return hub;
}

class ScriptedHub {
  constructor(page, policy) {
    this.page = page;
    this.policy = policy;
    this.conversations = new Map();
    this.frames = [];
    this.isDown = false;
    this.isSilent = false;
    this.refuse = null;
    this.sockets = new WebSocketServer({ noServer: true });
    this.server = createServer((request, response) => this.#serve(request, response));
    this.server.on("upgrade", (request, socket, head) => {
      if (this.isDown || request.url !== "/chat/socket") socket.destroy();
      else this.sockets.handleUpgrade(request, socket, head, (client) => this.#talk(client));
    });
  }

  /** Cut every line and refuse new ones. */
  down() {
    this.isDown = true;
    for (const client of this.sockets.clients) client.terminate();
  }

  up() {
    this.isDown = false;
  }

  async stop() {
    this.down();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Frames of one type that browsers sent, oldest first. */
  sent(type) {
    return this.frames.filter((frame) => frame.type === type);
  }

  /** The conversation that was used last. */
  get latest() {
    return [...this.conversations.values()].at(-1);
  }

  /** Add a message to a conversation and tell every browser in it, unless `isHeld`. */
  add(conversation, fields, isHeld = false) {
    const message = {
      type: "message",
      seq: conversation.messages.length + 1,
      id: randomUUID(),
      client_id: null,
      author: "bot",
      name: "Digitale assistent",
      at: new Date().toISOString(),
      text: "",
      card: null,
      choices: [],
      form: null,
      number: null,
      ...fields,
    };
    conversation.messages.push(message);
    if (!isHeld) this.tell(conversation, message);
    return message;
  }

  /** Send a frame to every browser of a conversation. */
  tell(conversation, frame) {
    for (const client of this.sockets.clients) if (client.conversation === conversation) client.send(JSON.stringify(frame));
  }

  #talk(client) {
    client.on("message", (bytes) => {
      const frame = JSON.parse(bytes.toString());
      this.frames.push(frame);
      if (frame.type === "hello") this.#welcome(client, frame);
      else if (frame.type === "ping") client.send('{"type":"pong"}');
      else if (frame.client_id && !this.isSilent) this.#receive(client, frame);
    });
  }

  #welcome(client, frame) {
    const isKnown = this.conversations.has(frame.token);
    const token = isKnown ? frame.token : randomUUID();
    if (!isKnown) this.conversations.set(token, { token, messages: [], seen: new Set(), state: null });
    const conversation = this.conversations.get(token);
    client.conversation = conversation;
    const reset = frame.token !== null && !isKnown;
    const number = conversation.state?.number ?? null;
    const welcome = { type: "welcome", token, seq: conversation.messages.length, number, city: "Voorbeeldstad", time_zone: "Europe/Brussels", limits: { text_chars: 4000 }, reset };
    client.send(JSON.stringify(welcome));
    for (const message of conversation.messages) if (message.seq > frame.after) client.send(JSON.stringify(message));
    if (conversation.state) client.send(JSON.stringify(conversation.state));
  }

  #receive(client, frame) {
    const { conversation } = client;
    if (this.refuse) {
      client.send(JSON.stringify({ type: "error", client_id: frame.client_id, ...this.refuse }));
      return;
    }
    client.send(JSON.stringify({ type: "ack", client_id: frame.client_id }));
    if (conversation.seen.has(frame.client_id)) return;
    conversation.seen.add(frame.client_id);
    if (frame.type === "message" || frame.type === "choice") {
      this.add(conversation, { author: "citizen", name: "", text: frame.text, client_id: frame.client_id });
    }
    this.#answer(conversation, frame);
  }

  #answer(conversation, frame) {
    if (frame.type === "message" && /nieuw pas/.test(frame.text)) {
      const choices = ["Paspoort aanvragen", "Identiteitskaart aanvragen", "Iets anders"].map((text, index) => ({ id: `c${index}`, text }));
      this.add(conversation, { text: "Bedoelt u een van deze?", choices });
    }
    if (frame.type === "choice") this.add(conversation, { card: PASSPORT });
    if (frame.type === "human") {
      conversation.state = { type: "state", number: "26048127", owner: "queue", wait: "U hoort van ons vóór dinsdag 24 november" };
      this.add(conversation, { text: "Een medewerker leest uw vraag.", form: "details", number: "26048127" });
      this.tell(conversation, conversation.state);
    }
    if (frame.type === "details") this.add(conversation, { author: "system", name: "Voorbeeldstad", text: "Dank u. We hebben uw gegevens." });
  }

  async #serve(request, response) {
    const { pathname } = new URL(request.url, "http://hub");
    const headers = { "content-security-policy": this.policy, "access-control-allow-origin": "*", "cache-control": "no-store" };
    if (!pathname.startsWith("/static/")) {
      response.writeHead(200, { ...headers, "content-type": "text/html; charset=utf-8" }).end(this.page);
      return;
    }
    const path = normalize(pathname.slice("/static/".length)).replace(/^(\.\.[/\\])+/, "");
    try {
      const body = await readFile(STATIC + path);
      response.writeHead(200, { ...headers, "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  }
}
