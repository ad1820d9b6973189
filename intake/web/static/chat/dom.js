/** Builds nodes. Text only ever becomes a text node: nothing in the chat reads markup. */

const SVG = "http://www.w3.org/2000/svg";

/** The drawings of `_icons.html`; a shadow root cannot point at the sprite of a page. */
const ICONS = {
  book: "M10 5.3C8.3 4 5.8 3.6 2.5 3.8v11.4c3.3-.2 5.8.2 7.5 1.5 1.7-1.3 4.2-1.7 7.5-1.5V3.8c-3.3-.2-5.8.2-7.5 1.5ZM10 5.3v11.4",
  bot: "M6 6.5h8a2.5 2.5 0 0 1 2.5 2.5v4.5A2.5 2.5 0 0 1 14 16H6a2.5 2.5 0 0 1-2.5-2.5V9A2.5 2.5 0 0 1 6 6.5ZM10 6.5V3.5M7.5 10.5v1M12.5 10.5v1M1.8 10.3v2.2M18.2 10.3v2.2M10 2.1a.9.9 0 1 0 .01 0Z",
  chat: "M4.5 3.5h11a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H9l-4 3v-3h-.5a2 2 0 0 1-2-2v-6a2 2 0 0 1 2-2ZM6.5 7.2h7M6.5 10h4.5",
  check: "m4 10.5 4 4 8-9",
  checks: "m1.8 10.8 3.6 3.6 7-8.6M8.7 13.3l1.1 1.1 7.4-8.9",
  clock: "M10 2.5a7.5 7.5 0 1 0 .01 0ZM10 5.7V10l2.8 1.9",
  close: "m5 5 10 10M15 5 5 15",
  down: "m5 7.5 5 5 5-5",
  edit: "m3.5 16.5.7-3.7L13.5 3.5l3 3-9.3 9.3ZM11.5 5.5l3 3",
  globe: "M10 2.5a7.5 7.5 0 1 0 .01 0ZM2.5 10h15M10 2.5c2.2 2 3.2 4.6 3.2 7.5s-1 5.5-3.2 7.5c-2.2-2-3.2-4.6-3.2-7.5S7.8 4.5 10 2.5Z",
  info: "M10 2.5a7.5 7.5 0 1 0 .01 0ZM10 9.3V14M10 6.3v.1",
  offline: "M2.5 7.5A11 11 0 0 1 7 5M17.5 7.5A11 11 0 0 0 10.5 4.5M5.2 10.5a7 7 0 0 1 3-1.7M14.8 10.5a7 7 0 0 0-2-1.3M10 15.5v.1M3 3l14 14",
  person: "M10 3.5a3.2 3.2 0 1 0 .01 0ZM3.8 16.8c.6-3.2 3.1-5 6.2-5s5.6 1.8 6.2 5",
  refresh: "M16.5 7.5A7 7 0 0 0 3.3 8.3M3 4.3v4h4M3.5 12.5a7 7 0 0 0 13.2-.8M17 15.7v-4h-4",
  send: "m17 3-7 14-2.3-5.7L2 9ZM17 3 7.7 11.3",
  warning: "M10 3 1.9 16.5h16.2ZM10 8v3.8M10 14.2v.1",
};

/** Make an element. "on…" is a listener, true an attribute without value; false and null are left out. */
export function element(tag, attributes = {}, ...children) {
  const node = /^(svg|path)$/.test(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if ((value ?? false) === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => (child ?? false) !== false));
  return node;
}

export function icon(name) {
  return element("svg", { class: "onthaal-icon", viewBox: "0 0 20 20", "aria-hidden": "true" }, element("path", { d: ICONS[name] }));
}

/** The complete http(s) address, else null. */
export function webAddress(value, base) {
  try {
    const address = new URL(value, base);
    return /^https?:$/.test(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
}

/** Text as nodes, with its http(s) addresses as links. */
export function linked(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/gi)) {
    const shown = match[0].replace(/[.,;:!?)\]}'’”]+$/u, "");
    const address = webAddress(shown);
    if (address === null) continue;
    nodes.push(text.slice(from, match.index), element("a", { href: address, rel: "noopener noreferrer" }, shown));
    from = match.index + shown.length;
  }
  nodes.push(text.slice(from));
  return nodes;
}
