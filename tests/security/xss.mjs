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
const VISIT_MS = 30_000;
const TYPED = 4; // So many vectors are typed in the browser; the chat shows all the others when it resumes.
const HIT = "onthaal-test-hit ";

const found = { ran: [], places: 0, framed: 0, control: [], wrongLinks: [], inline: {}, downloads: 0, said: 0, live: 0 };
const framed = new Set();
const ran = (what, where) => found.ran.push(`${what} on ${where}`);

/**
 * A context in which every `hit = …` of every frame is told at once.
 *
 * Nothing has to be asked of a frame afterwards: a frame that a live update takes away while it is asked never answers.
 */
async function observed(browser, settings = {}) {
  const context = await browser.newContext(settings);
  await context.addInitScript((mark) => {
    let kept;
    Object.defineProperty(window, "hit", {
      get: () => kept,
      set(value) {
        kept = value;
        console.debug(mark + value);
      },
    });
  }, HIT);
  return context;
}

/** A tab in which everything that runs is seen: a dialog, a global, or a request to the canary. */
async function tab(context, heard = ran) {
  const page = await context.newPage();
  page.setDefaultTimeout(VISIT_MS);
  page.on("dialog", (dialog) => {
    heard(`dialog ${dialog.message()}`, page.url());
    dialog.dismiss().catch(() => {});
  });
  page.on("console", (line) => {
    if (line.text().startsWith(HIT)) heard(`global ${line.text().slice(HIT.length)}`, page.url());
  });
  page.on("request", (request) => {
    if (request.url().startsWith(canary)) heard(`request ${request.url()}`, page.url());
    if (request.url().endsWith("/opmaak") && request.frame() !== page.mainFrame()) framed.add(request.url());
  });
  return page;
}

/** A promise that must not take for ever: whoever hangs is a failure with a name. */
function within(milliseconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${milliseconds} ms: ${what}`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Links of a page that would run when they are clicked; the frames of mails are each a page of this walk as well. */
async function inspect(page) {
  const links = await page.evaluate(() => {
    const inside = (root) =>
      [...root.querySelectorAll("*")].flatMap((node) => [node, ...(node.shadowRoot ? inside(node.shadowRoot) : [])]);
    const addresses = inside(document).flatMap((node) => ["href", "xlink:href", "action", "formaction", "src"].map((name) => node.getAttribute(name)));
    return addresses.filter((address) => /^\s*(javascript|data:text|vbscript)/i.test(address ?? ""));
  });
  found.wrongLinks.push(...links.map((link) => `${link} on ${page.url()}`));
}

/** In the page: until the frames of the mails are there. */
function loadFrames() {
  const shown = [...document.querySelectorAll("iframe")].map(
    (frame) =>
      new Promise((resolve) => {
        frame.addEventListener("load", resolve, { once: true });
        setTimeout(resolve, 1000); // A live update may have replaced it.
        frame.loading = "eager";
      }),
  );
  return Promise.all(shown).then(() => true);
}

async function visit(page, address) {
  await page.goto(hub + address, { waitUntil: "load" });
  const framesShown = await page.evaluate(() => {
    document.querySelectorAll("details").forEach((fold) => (fold.open = true));
    return document.querySelectorAll("iframe").length;
  });
  if (framesShown) await within(VISIT_MS, address, page.evaluate(loadFrames)); // No timer runs in a page of a mail itself.
  await page.waitForTimeout(30); // An error of a picture is told after the page is there.
  await within(VISIT_MS, address, inspect(page));
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

/** The HTML of every mail in one page, in frames that forbid nothing: what cleans it has to do alone. */
async function bareMails(context) {
  const page = await tab(context);
  await page.goto(`${hub}/privacy`);
  const show = page.evaluate(async (addresses) => {
    const shown = addresses.map((address) => {
      const frame = Object.assign(document.createElement("iframe"), { src: address });
      document.body.append(frame);
      return new Promise((resolve) => frame.addEventListener("load", () => resolve(frame), { once: true }));
    });
    const elements = (await Promise.all(shown)).flatMap((frame) => [...frame.contentDocument.querySelectorAll("*")]);
    return elements.map((node) => node.getAttribute("href")).filter((link) => /^\s*(javascript|data|vbscript):/i.test(link ?? ""));
  }, frames);
  found.wrongLinks.push(...(await within(3 * VISIT_MS, "the HTML of all mails", show)));
  await page.waitForTimeout(100);
  found.places += frames.length;
  await page.close();
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
  await page.close();
}

/**
 * Which vectors run where nothing stops them, seen by the same means: otherwise the walk would prove nothing.
 *
 * Their requests go to the canary too, below an address of their own, so that it is proved to hear.
 */
async function control(browser) {
  const context = await observed(browser);
  const left = [...vectors];
  const one = async () => {
    const page = await tab(context, (what) => found.control.push(Number(/(\d+)(\.\w+|\/\w*)?$/.exec(what)[1])));
    while (left.length) {
      const vector = left.shift();
      const shown = page.setContent(`<p>${vector.replaceAll(canary, `${canary}/control`)}</p>`, { waitUntil: "commit" });
      await within(1000, vector, shown).catch(() => {}); // A vector that leads elsewhere takes the page along.
      await page.waitForTimeout(60);
    }
    await page.close();
  };
  await Promise.all(Array.from({ length: TABS }, one));
  found.control = [...new Set(found.control)].sort((a, b) => a - b);
  await context.close();
}

/** What a script of a stranger could try on this page if one had come in. */
async function inlineOn(page, address) {
  await page.goto(hub + address, { waitUntil: "load" });
  found.inline[address] = await page.evaluate(async (elsewhere) => {
    const KINDS = 11; // Of the policy, with `eval` and `fetch` that are heard by their failure.
    const stopped = new Set();
    await new Promise((resolve) => setTimeout(resolve)); // While the debugger's own call runs, it may use eval.
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
    await new Promise((resolve) => setTimeout(resolve, 50)); // The next one would call it off.
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
    for (let waited = 0; waited < 2000 && stopped.size < KINDS; waited += 50)
      await new Promise((resolve) => setTimeout(resolve, 50));
    return { hit: window.hit ?? null, stopped: [...stopped].sort() };
  }, canary);
}

const said = (page, many) =>
  page.waitForFunction(
    (wanted) => document.querySelector("onthaal-chat").shadowRoot.querySelectorAll(".onthaal-say--me").length >= wanted,
    many,
  );

/** The citizen types vectors and sees them at once; those of a whole chat come back when it resumes. */
async function chat(browser) {
  const context = await observed(browser, { bypassCSP: true });
  const page = await tab(context);
  await page.goto(`${hub}/`);
  await page.locator("onthaal-chat .onthaal-launcher").click();
  const input = page.locator("onthaal-chat #text");
  for (const [number, vector] of vectors.slice(0, TYPED).entries()) {
    await input.fill(vector);
    await input.press("Enter");
    await said(page, number + 1);
  }
  await inspect(page);
  await page.evaluate((token) => {
    const key = Object.keys(localStorage).find((name) => name.startsWith("onthaal:") && name.endsWith(":token"));
    localStorage.setItem(key, token);
  }, PLAN.chat);
  await page.reload();
  await said(page, vectors.length); // It was open, so it opens by itself.
  await input.fill(vectors.at(-1));
  await input.press("Enter");
  await said(page, vectors.length + 1);
  found.said = await page.locator("onthaal-chat .onthaal-say--me").count();
  await inspect(page);
  await context.close();
}

/** An employee has the conversation open while the citizen goes on: what comes in live is put in the page by a script. */
async function live(context, browser) {
  const employee = await tab(context);
  await visit(employee, `/werkplek/${PLAN.whole}`);
  const shown = employee.locator("#verloop article");
  const before = await shown.count();
  await chat(browser);
  await employee.waitForFunction((many) => document.querySelectorAll("#verloop article").length > many, before);
  found.live = await shown.count();
  await inspect(employee);
  await employee.close();
}

const lists = ["groepen", "onverdeeld", "mijn", "wacht"].map((list) => `/werkplek?lijst=${list}&aantal=200`);
const asked = vectors.map((vector) => encodeURIComponent(vector));
const searches = [
  "/werkplek?zoek=raak&aantal=200",
  "/werkplek?zoek=script",
  ...asked.slice(0, 2).map((vector) => `/werkplek?zoek=${vector}`),
  ...asked.slice(6, 8).map((vector) => `/producten?q=${vector}&zoek=${vector}`),
  ...asked.slice(9, 11).map((vector) => `/inloggen?naar=${vector}`),
  ...asked.slice(3, 5).map((vector) => `/${vector}`),
];
const conversations = numbers.map((number) => `/werkplek/${number}`);
const frames = markup.map((message) => `/werkplek/bericht/${message}/opmaak`);
const ours = ["/", "/producten", "/inloggen", "/werkplek?lijst=groepen", conversations[0], "/werkplek/onleesbaar", "/demo/mail"];

/** Without the content policy: escaping alone has to do. */
async function withoutPolicy(browser) {
  const context = await observed(browser, { bypassCSP: true, acceptDownloads: true });
  const employee = await logIn(context);
  await live(context, browser);
  stage("chat and live conversation");
  await employee.close();
  await walk(context, [...conversations, ...lists, ...searches, "/werkplek/onleesbaar", "/demo/mail"]);
  stage("walk");
  await bareMails(context);
  stage("bare mails");
  for (const address of downloads) await download(context, address);
  stage("downloads");
  await context.close();
}

/** As a browser is. And the policy alone has to do where a script of a stranger came in. */
async function withPolicy(browser) {
  const context = await observed(browser);
  const page = await logIn(context);
  await walk(context, [lists[0], "/werkplek/onleesbaar", ...frames.slice(0, 3), ...conversations.slice(0, 5)]);
  stage("walk with policy");
  for (const address of ours) {
    const fresh = await context.newPage();
    await inlineOn(fresh, address);
    await fresh.close();
  }
  stage("policy alone");
  await page.close();
  await context.close();
}

const began = Date.now();
const stage = (name) => console.error(`${((Date.now() - began) / 1000).toFixed(1)} s: ${name}`);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
try {
  stage("browser");
  await control(browser);
  stage("control");
  await withoutPolicy(browser);
  await withPolicy(browser);
} finally {
  await browser.close();
}
found.framed = framed.size;
console.log(JSON.stringify(found));
