/** The nodes of the chat window and its launcher, without behaviour. `component.js` fills and moves them. */

import { element, icon } from "./dom.js";

/** Returns the parts by name, `root` among them. */
export function chatWindow() {
  const part = {};
  const keep = (name, node) => (part[name] = node);
  const button = (name, attributes, ...children) =>
    keep(name, element("button", { type: "button", ...attributes, class: `onthaal-button ${attributes.class ?? ""}` }, children));

  button(
    "launcher",
    { class: "onthaal-button--primary onthaal-button--large onthaal-launcher", "aria-haspopup": "dialog", "aria-expanded": "false" },
    icon("chat"),
    keep("launcherLabel", element("span")),
    keep("badge", element("span", { class: "onthaal-badge", hidden: true })),
  );

  const head = element(
    "div",
    { class: "onthaal-widget__head" },
    keep("ownerIcon", element("span", {}, icon("bot"))),
    element("div", { class: "onthaal-grow" }, keep("title", element("h2", { id: "title" })), keep("owner", element("p"))),
    button("language", { class: "onthaal-widget__language" }, icon("globe"), keep("languageLabel", element("span")), keep("languageName", element("span", { class: "onthaal-hidden" }))),
    button("close", {}, icon("close")),
  );

  const banner = element(
    "div",
    { role: "status" },
    keep(
      "banner",
      element(
        "p",
        { class: "onthaal-widget__banner", hidden: true },
        icon("offline"),
        element("span", {}, keep("bannerTitle", element("b")), " ", keep("bannerText", element("span"))),
      ),
    ),
    keep("number", element("p", { class: "onthaal-widget__number", hidden: true })),
  );

  const notice = element(
    "div",
    { role: "alert" },
    keep(
      "notice",
      element(
        "p",
        { class: "onthaal-widget__banner", hidden: true },
        icon("warning"),
        keep("noticeText", element("span")),
      ),
    ),
  );

  keep("log", element("div", { class: "onthaal-widget__log", role: "log", "aria-live": "polite", tabindex: "0" }));
  keep("input", element("textarea", { class: "onthaal-input", id: "text", rows: "1", autocomplete: "off", enterkeyhint: "send", "aria-describedby": "count" }));
  button("send", { class: "onthaal-button--primary", type: "submit" }, icon("send"), keep("sendLabel", element("span")));
  button("human", { class: "onthaal-button--soft onthaal-button--small" }, icon("person"), keep("humanLabel", element("span")));

  keep(
    "form",
    element(
      "form",
      { class: "onthaal-widget__foot", novalidate: true },
      element("div", { role: "status" }, keep("typing", element("p", { class: "onthaal-typing", hidden: true }))),
      element(
        "div",
        { class: "onthaal-widget__links" },
        part.human,
        keep("wait", element("span", { class: "onthaal-meta", role: "status" })),
      ),
      keep("count", element("p", { class: "onthaal-widget__count", id: "count", hidden: true })),
      element(
        "div",
        { class: "onthaal-widget__entry" },
        keep("inputLabel", element("label", { class: "onthaal-hidden", for: "text" })),
        part.input,
        part.send,
      ),
    ),
  );

  keep("said", element("p", { class: "onthaal-hidden", role: "status" }));
  keep("dialog", element("dialog", { class: "onthaal-widget", id: "window", "aria-labelledby": "title" }, head, banner, notice, part.log, part.form, part.said));
  keep("aside", element("p", { class: "onthaal-hidden", role: "status" }));
  keep("root", element("div", { class: "onthaal-chat", hidden: true }, part.launcher, part.aside, part.dialog));
  return part;
}
