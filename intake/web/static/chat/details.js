/** The form for contact details: why we ask, three free fields, and errors that say how to do it right. */

import { element, icon } from "./dom.js";

const FIELDS = [
  { name: "name", type: "text", autocomplete: "name" },
  { name: "email", type: "email", autocomplete: "email" },
  { name: "phone", type: "tel", autocomplete: "tel" },
];

/** The hub checks further. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/;
const PHONE = /^\+?[\d\s./()-]+$/;

let count = 0;

/** `onSend({name, email, phone})` gets valid, trimmed values; `values` fills the fields again. */
export function detailsForm(words, { onSend, onSkip, values = {} }) {
  count += 1;
  const id = `onthaal-details-${count}`;
  const text = words.details;
  const inputs = {};
  const errors = {};
  const rows = FIELDS.map(({ name, type, autocomplete }) => {
    errors[name] = element("p", { class: "onthaal-error", id: `${id}-${name}-error`, hidden: true }, icon("warning"), element("span"));
    inputs[name] = element("input", { class: "onthaal-input", id: `${id}-${name}`, name, type, autocomplete, maxlength: 200 });
    inputs[name].value = values[name] ?? "";
    return element("div", {}, element("label", { class: "onthaal-label", for: `${id}-${name}` }, text[name]), errors[name], inputs[name]);
  });
  const form = element(
    "form",
    { class: "onthaal-details", novalidate: true, "aria-labelledby": `${id}-title` },
    element("h3", { class: "onthaal-answer__title", id: `${id}-title` }, text.title),
    element("p", { class: "onthaal-details__why" }, text.why),
    rows,
    element(
      "div",
      { class: "onthaal-details__do" },
      element("button", { class: "onthaal-button onthaal-button--primary", type: "submit" }, text.send),
      element("button", { class: "onthaal-button onthaal-button--quiet", type: "button", onclick: onSkip }, text.skip),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = Object.fromEntries(FIELDS.map(({ name }) => [name, inputs[name].value.trim()]));
    const wrong = faults(given, text);
    for (const { name } of FIELDS) say(inputs[name], errors[name], wrong[name]);
    const first = FIELDS.find(({ name }) => wrong[name]);
    if (first) inputs[first.name].focus();
    else onSend(given);
  });
  return form;
}

/** What is wrong with the values, by field name; empty when they can be sent. */
export function faults(given, text) {
  const wrong = {};
  if (given.email && !EMAIL.test(given.email)) wrong.email = text.emailWrong;
  if (given.phone && !(PHONE.test(given.phone) && given.phone.replace(/\D/g, "").length >= 8)) wrong.phone = text.phoneWrong;
  if (!given.email && !given.phone) wrong.email = text.empty;
  return wrong;
}

function say(input, error, message) {
  error.hidden = !message;
  error.lastElementChild.textContent = message ?? "";
  input.setAttribute("aria-invalid", String(Boolean(message)));
  input.setAttribute("aria-describedby", message ? error.id : "");
}
