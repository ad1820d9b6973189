/* The log-in page: show the password. Without script the box stays hidden, since it could do nothing. */
(() => {
  "use strict";
  for (const part of document.querySelectorAll("[data-onthaal-script]")) part.hidden = false;
  const box = document.querySelector("[data-onthaal-show]");
  box?.addEventListener("change", () => {
    document.getElementById(box.dataset.onthaalShow).type = box.checked ? "text" : "password";
  });
})();
