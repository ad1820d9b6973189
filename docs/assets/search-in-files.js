/* A page that was opened as a file may start no worker, and the search is one: there it works in a hidden frame instead.
   Messages come later, as a worker's do: the page is not ready for an answer while it asks. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    #waiting = [];
    #inside = null;

    constructor(address) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.addEventListener("load", () => this.#start(frame.contentWindow, new URL(address, location.href)), { once: true });
      document.body.append(frame);
    }

    postMessage(data) {
      if (this.#inside === null) this.#waiting.push(data);
      else setTimeout(() => this.#inside.dispatchEvent(new MessageEvent("message", { data })));
    }

    #start(inside, address) {
      inside.postMessage = (data) => setTimeout(() => this.dispatchEvent(new MessageEvent("message", { data })));
      const script = inside.document.createElement("script");
      script.src = address.href;
      script.addEventListener("load", () => {
        this.#inside = inside;
        for (const data of this.#waiting.splice(0)) this.postMessage(data);
      });
      inside.document.body.append(script);
    }
  };
}
