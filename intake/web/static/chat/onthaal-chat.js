/**
 * The one script that a city adds; it defines `<onthaal-chat>`.
 *
 * On the page around it a form with `data-onthaal-ask` sends its first field as a question, and a button with
 * `data-onthaal-open` opens the chat.
 */

import { OnthaalChat } from "./component.js";

if (!customElements.get("onthaal-chat")) {
  customElements.define("onthaal-chat", OnthaalChat);

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-onthaal-ask]");
    const chat = document.querySelector("onthaal-chat");
    const field = form?.querySelector("textarea, input:not([type='hidden'])");
    if (!chat || !field) return;
    event.preventDefault();
    const question = field.value;
    field.value = "";
    chat.ask(question);
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-onthaal-open]");
    const chat = document.querySelector("onthaal-chat");
    if (!opener || !chat) return;
    event.preventDefault();
    chat.show();
  });
}
