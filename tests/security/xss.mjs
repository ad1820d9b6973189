/**
 * Walks over every place that shows what a citizen sent, in a real browser, and looks whether any of it ran.
 *
 * Run by test_xss.py, which fills the hub and gives PLAN (JSON) in the environment. Prints one JSON object: what ran, which
 * places were seen, how many vectors run on a page without any defence, and what the content policy stopped.
 */

import { chromium } from "playwright-core";

const PLAN = JSON.parse(process.env.PLAN);
const { hub, canary, email, password, numbers, markup, downloads, vectors } = PLAN;
const TABS = 4;
const NOWHERE = "http://127.0.0.1:9"; // For the vectors that are meant to run: the canary stays for those that are not.

const found = { ran: [], places: 0, frames: 0, control: [], wrongLinks: [], inline: {}, downloads: 0, said: 0 };
const ran = (what, where) => found.ran.push(`${what} on ${where}`);

/** A tab in which everything that runs is seen. */
async function tab(context, heard = ran, elsewhere = canary) {
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  page.on("dialog", (dialog) => {
    heard(`dialog ${dialog.message()}`, page.url());
    dialog.dismiss().catch(() => {});
  });
  page.on("request", (request) => {
    if (request.url().startsWith(elsewhere)) heard(`request ${request.url()}`, page.url());
  });
  return page;
}

/** What ran in a page and in all its frames, and links that would run. */
async function inspect(page, heard = ran) {
  for (const frame of page.frames()) {
    const seen = await frame
      .evaluate(() => {
        const inside = (root) =>
          [...root.querySelectorAll("*")].flatMap((node) => [node, ...(node.shadowRoot ? inside(node.shadowRoot) : [])]);
        const links = inside(document).filter((node) => /^\s*(javascript|data|vbscript):/i.test(node.getAttribute("href") ?? ""));
        return { hit: window.hit, links: links.map((node) => node.getAttribute("href")) };
      })
      .catch(() => ({ links: [] }));
    if (seen.hit !== undefined) heard(`global ${seen.hit}`, page.url());
    found.wrongLinks.push(...seen.links.map((link) => `${link} on ${page.url()}`));
    found.frames += 1;
  }
}

async function visit(page, address) {
  await page.goto(hub + address, { waitUntil: "load" });
  await page.evaluate(() => {
    document.querySelectorAll("details").forEach((fold) => (fold.open = true));
    document.querySelectorAll("iframe").forEach((frame) => (frame.loading = "eager"));
  });
  const loaded = page.frames().slice(1).map((frame) => frame.waitForLoadState("load", { timeout: 300 }).catch(() => {}));
  await Promise.all(loaded); // A live update may replace a frame while it loads; each is visited on its own too.
  await page.waitForTimeout(30); // An error of a picture is told after the page is there.
  await inspect(page);
  found.places += 1;
}

async function logIn(context) {
  const page = await tab(context);
  await page.goto(`${hub}/inloggen`);
  await page.fill("#email", email);
  await page.fill("#password", password);
  await page.click("button[type=submit]");
  await page.waitForURL((address) => address.pathname === "/werkplek");
  return page;
}

/** All addresses, with some tabs at the same time. */
async function walk(context, addresses) {
  const left = [...addresses];
  const pages = await Promise.all(Array.from({ length: TABS }, () => tab(context)));
  await Promise.all(
    pages.map(async (page) => {
      while (left.length) await visit(page, left.shift());
    }),
  );
  await Promise.all(pages.map((page) => page.close()));
}

async function download(context, address) {
  const page = await tab(context);
  const [file] = await Promise.all([page.waitForEvent("download"), page.goto(hub + address).catch(() => null)]);
  await file.cancel();
  found.downloads += 1;
  await inspect(page);
  await page.close();
}

/** Which vectors run where nothing stops them: otherwise the walk would prove nothing. */
async function control(browser) {
  const context = await browser.newContext();
  const left = [...vectors.entries()];
  const one = async () => {
    while (left.length) {
      const [number, vector] = left.shift();
      const page = await tab(context, () => found.control.push(number), NOWHERE);
      await page.setContent(`<p>${vector.replaceAll(canary, NOWHERE)}</p>`, { waitUntil: "commit" }).catch(() => {});
      await page.waitForTimeout(60);
      if (await page.evaluate(() => window.hit !== undefined).catch(() => true)) found.control.push(number);
      await page.close();
    }
  };
  await Promise.all(Array.from({ length: TABS }, one));
  found.control = [...new Set(found.control)];
  await context.close();
}

/** What a script of a stranger could try on this page if one had come in. */
async function inlineOn(page, address) {
  await page.goto(hub + address, { waitUntil: "load" });
  found.inline[address] = await page.evaluate(async (elsewhere) => {
    const stopped = new Set();
    document.addEventListener("securitypolicyviolation", (event) => stopped.add(event.effectiveDirective));
    const put = (name, settings) => document.body.append(Object.assign(document.createElement(name), settings));
    put("script", { textContent: "window.hit = 'script'" });
    put("script", { src: `${elsewhere}/script.js` });
    put("script", { src: "data:text/javascript,window.hit='data'" });
    put("div", { innerHTML: "<img src=nergens onerror=\"window.hit='handler'\">" });
    put("iframe", { src: "javascript:parent.hit='frame'" });
    put("iframe", { src: `${elsewhere}/frame` });
    put("object", { data: `${elsewhere}/object` });
    put("style", { textContent: `@import "${elsewhere}/style.css"` });
    put("base", { href: elsewhere });
    put("form", { action: `${elsewhere}/form` });
    document.forms[document.forms.length - 1].submit();
    const link = document.createElement("a");
    link.href = "javascript:window.hit='link'";
    document.body.append(link);
    link.click();
    for (const code of [() => window.eval("window.hit='eval'"), () => new Function("window.hit='function'")()]) {
      try {
        code();
      } catch {
        stopped.add("eval");
      }
    }
    await fetch(`${elsewhere}/fetch`, { mode: "no-cors" }).catch(() => stopped.add("fetch"));
    await new Promise((resolve) => setTimeout(resolve, 150));
    return { hit: window.hit ?? null, stopped: [...stopped].sort() };
  }, canary);
}

/** The citizen types every vector and sees it back, at once and after a reload. */
async function chat(browser, bypassCSP) {
  const context = await browser.newContext({ bypassCSP });
  const page = await tab(context);
  await page.goto(`${hub}/`);
  await page.locator("onthaal-chat .onthaal-launcher").click();
  const input = page.locator("onthaal-chat #text");
  const mine = page.locator("onthaal-chat .onthaal-say--me");
  for (const vector of vectors) {
    await input.fill(vector);
    await input.press("Enter");
  }
  await page.waitForFunction(
    (many) => document.querySelector("onthaal-chat").shadowRoot.querySelectorAll(".onthaal-say--me").length >= many,
    vectors.length,
  );
  await inspect(page);
  await page.reload();
  await page.locator("onthaal-chat .onthaal-launcher").click().catch(() => {});
  await page.waitForFunction(
    (many) => document.querySelector("onthaal-chat").shadowRoot.querySelectorAll(".onthaal-say--me").length >= many,
    vectors.length,
  );
  found.said += await mine.count();
  await inspect(page);
  await context.close();
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
const began = Date.now();
const stage = (name) => console.error(`${((Date.now() - began) / 1000).toFixed(1)} s: ${name}`);
try {
  await control(browser);
  stage("control");
  await chat(browser, true);
  stage("chat");
  const lists = ["groepen", "onverdeeld", "mijn", "wacht"].map((list) => `/werkplek?lijst=${list}&aantal=200`);
  const asked = vectors.map((vector) => encodeURIComponent(vector));
  const searches = [
    "/werkplek?zoek=raak&aantal=200",
    "/werkplek?zoek=script",
    ...asked.slice(0, 6).map((vector) => `/werkplek?zoek=${vector}`),
    ...asked.slice(6, 9).map((vector) => `/producten?q=${vector}&zoek=${vector}`),
    ...asked.slice(9, 12).map((vector) => `/inloggen?naar=${vector}`),
    ...asked.slice(3, 6).map((vector) => `/${vector}`),
  ];
  const conversations = numbers.map((number) => `/werkplek/${number}`);
  const frames = markup.map((message) => `/werkplek/bericht/${message}/opmaak`);
  for (const bypassCSP of [true, false]) {
    const context = await browser.newContext({ bypassCSP, acceptDownloads: true });
    const page = await logIn(context);
    const everywhere = [...lists, ...searches, "/werkplek/onleesbaar", "/demo/mail"];
    await walk(context, bypassCSP ? [...everywhere, ...conversations, ...frames] : [...lists, "/werkplek/onleesbaar", ...frames.slice(0, 8), ...conversations.slice(0, 8)]);
    stage("walk");
    for (const address of bypassCSP ? downloads : []) await download(context, address);
    if (!bypassCSP) {
      for (const address of ["/", "/producten", "/inloggen", "/werkplek?lijst=groepen", conversations[0], "/werkplek/onleesbaar", "/demo/mail"]) {
        const fresh = await context.newPage();
        await inlineOn(fresh, address);
        await fresh.close();
      }
    }
    await page.close();
    await context.close();
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));
