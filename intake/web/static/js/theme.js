/*
 * Applies the reader's choice of light or dark, and of density, before the first paint; remembers it on this device.
 *
 * Load it in the head, without defer. Buttons with data-onthaal-toggle="theme" or "density" change it; they are hidden
 * in the markup and shown here, since without script they cannot work. Without a choice the system decides.
 */
(() => {
  "use strict";
  const root = document.documentElement;
  const choices = { theme: ["light", "dark"], density: ["comfortable", "compact"] };

  const remembered = (name) => {
    try {
      return localStorage.getItem(`onthaal:${name}`);
    } catch {
      return null; // Storage is refused: the choice holds for this page only.
    }
  };

  const isSecond = (name) => {
    if (root.dataset[name]) return root.dataset[name] === choices[name][1];
    return name === "theme" && matchMedia("(prefers-color-scheme: dark)").matches;
  };

  const show = () => {
    for (const button of document.querySelectorAll("[data-onthaal-toggle]")) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(isSecond(button.dataset.onthaalToggle)));
    }
  };

  for (const [name, values] of Object.entries(choices)) {
    const value = remembered(name);
    if (values.includes(value)) root.dataset[name] = value;
  }

  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-onthaal-toggle]");
    const name = button?.dataset.onthaalToggle;
    if (!(name in choices)) return;
    const value = choices[name][isSecond(name) ? 0 : 1];
    root.dataset[name] = value;
    try {
      localStorage.setItem(`onthaal:${name}`, value);
    } catch {
      // See remembered().
    }
    show();
  });

  window.addEventListener("storage", (event) => {
    const name = event.key?.replace("onthaal:", "");
    if (!(name in choices) || !choices[name].includes(event.newValue)) return;
    root.dataset[name] = event.newValue;
    show();
  });
})();
