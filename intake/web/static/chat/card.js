/** The answer card: what the product says, in the order a citizen needs it, with its source. */

import { element, icon, linked, webAddress } from "./dom.js";
import { day } from "./strings.js";

let count = 0;
let lang; // Of the catalogue's text, which the words around it may not share.

/** Nodes for a CARD frame. `hub` is the base of its relative source address. */
export function card(data, words, hub, now = new Date()) {
  count += 1;
  lang = data.language;
  const title = `onthaal-card-${count}`;
  return element(
    "article",
    { class: "onthaal-answer", "aria-labelledby": title },
    element("h3", { class: "onthaal-answer__title", id: title }, data.title),
    data.text ? element("p", { class: "onthaal-answer__text", lang }, linked(data.text)) : null,
    facts(data.facts),
    steps(words, data.steps),
    folded(words.conditions, data.conditions),
    folded(words.evidence, data.evidence),
    folded(words.objections, data.objections),
    data.note ? element("p", { class: "onthaal-answer__note" }, icon("info"), element("span", {}, linked(data.note))) : null,
    source(data.source, words, hub, now),
  );
}

function facts(list = []) {
  if (list.length === 0) return null;
  const pairs = list.map((fact) => element("div", {}, element("dt", {}, fact.label), element("dd", { lang }, fact.value)));
  return element("dl", { class: "onthaal-answer__facts" }, pairs);
}

function steps(words, list = []) {
  if (list.length === 0) return null;
  const items = list.map((step) => element("li", {}, element("span", { lang }, linked(step))));
  return element("ol", { class: "onthaal-answer__steps", role: "list", "aria-label": words.steps }, items);
}

function folded(label, list = []) {
  if (list.length === 0) return null;
  const items = list.map((line) => element("li", {}, linked(line)));
  return element(
    "details",
    { class: "onthaal-answer__more" },
    element("summary", {}, icon("down"), label),
    element("ul", { role: "list", lang }, items),
  );
}

function source(from, words, hub, now) {
  if (!from) return null;
  const address = webAddress(from.url, hub);
  const name = words.source(from.title);
  return element(
    "div",
    { class: "onthaal-answer__foot" },
    element(
      "p",
      { class: "onthaal-source" },
      icon("book"),
      address ? element("a", { href: address, rel: "noopener" }, name) : element("span", {}, name),
      from.changed ? element("span", {}, words.changed(day(from.changed, words.code, now))) : null,
    ),
  );
}
