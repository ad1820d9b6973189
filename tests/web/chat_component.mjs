/**
 * Drives `<onthaal-chat>` in a real browser against a scripted hub. Prints one line per check; exit code 1 when one fails.
 *
 * Run: `node tests/web/chat_component.mjs [part of a check's name]`. CHROMIUM names another browser; with
 * CHAT_PICTURES=<folder> each state is also kept as a picture.
 */

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";

import { chromium } from "playwright-core";

import { startHub } from "./scripted_hub.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGE = `<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Voorbeeldstad</title>
<link rel="stylesheet" href="/static/css/tokens.css"><link rel="stylesheet" href="/static/css/base.css">
<link rel="stylesheet" href="/static/css/citizen.css">
<script type="module" src="/static/chat/onthaal-chat.js"></script></head>
<body class="onthaal-citizen theme-voorbeeldstad"><main><h1>Voorbeeldstad</h1>
<form action="/producten" data-onthaal-ask><label for="q">Stel hier een vraag</label><input id="q" name="q"><button>Vraag het</button></form></main>
<onthaal-chat city-name="Voorbeeldstad" phone="012 00 00 00"></onthaal-chat></body></html>`;
const WIDE = { width: 1280, height: 860 };
const PHONE = { width: 360, height: 740 };
const ZOOMED = { width: 320, height: 256 };

const checks = [];
const check = (name, run, options = {}) => checks.push({ name, run, options });

function equal(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

/** Wait until `claim()` holds; long enough for a busy machine. */
async function until(claim, what, withinMs = 15_000) {
  const end = Date.now() + withinMs;
  for (;;) {
    if (await claim()) return;
    if (Date.now() > end) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The chat on one page, in the words of a citizen. */
class Chat {
  constructor(page) {
    this.page = page;
    this.launcher = page.locator(".onthaal-launcher");
    this.dialog = page.locator("dialog.onthaal-widget");
    this.input = page.locator("#text");
    this.log = page.getByRole("log");
    this.mine = page.locator(".onthaal-say--me");
    this.banner = page.locator(".onthaal-widget__banner").first();
  }

  async open() {
    await this.launcher.click();
    await this.input.waitFor();
  }

  async say(text) {
    await this.input.fill(text);
    await this.input.press("Enter");
  }

  /** What stands in the log, one text per message, without times. */
  texts() {
    return this.page.locator(".onthaal-say").evaluateAll((nodes) =>
      nodes.slice(1).map((node) => (node.querySelector(".onthaal-say__text") ?? node.querySelector("h3")).textContent.replace(/^U: /, "")),
    );
  }

  states() {
    return this.mine.locator(".onthaal-say__by").allTextContents();
  }

  focused() {
    return this.page.evaluate(() => {
      let node = document.activeElement;
      while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
      return node?.getAttribute("aria-label") || node?.id || node?.textContent.trim();
    });
  }

  async axe(what) {
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(async () => {
      const result = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
      return result.violations.map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.target.join(" ")).join(", ")}`);
    });
    equal(found, [], `axe, ${what}`);
  }

  async picture(name) {
    if (process.env.CHAT_PICTURES) await this.page.screenshot({ path: `${process.env.CHAT_PICTURES}/${name}.png` });
  }
}

check("opens within a second, says that it is a computer, and puts the keyboard in the question", async ({ chat }) => {
  const start = Date.now();
  await chat.open();
  if (Date.now() - start > 1000) throw new Error("took longer than a second");
  equal(await chat.focused(), "text", "focus");
  await chat.dialog.getByText("U chat met een computer").waitFor();
  await chat.log.getByText("Ik ben een computer, geen mens").waitFor();
  equal(await chat.log.getAttribute("aria-live"), "polite", "live region");
});

check("everything a city loads is at most 25 kB", async () => {
  const folder = new URL("../../intake/web/static/chat/", import.meta.url);
  const sizes = readdirSync(folder).map((name) => gzipSync(readFileSync(new URL(name, folder)), { level: 9 }).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > 25 * 1024) throw new Error(`${total} bytes gzipped`);
});

check("no connection is made before somebody opens the chat", async ({ chat, hub }) => {
  await chat.launcher.waitFor();
  equal(hub.sent("hello"), [], "hellos");
});

check("a message is confirmed, comes back and is shown once", async ({ chat, hub }) => {
  await chat.open();
  await chat.say("goedemiddag");
  await until(async () => (await chat.states())[0] === "Bezorgd", "delivered");
  equal(await chat.texts(), ["goedemiddag"], "log");
  equal(hub.sent("message").length, 1, "frames");
});

check("a confirmed message that never comes back stays in its place as sent", async ({ chat, hub, page }) => {
  await chat.open();
  await page.getByRole("button", { name: "Spreek een medewerker" }).click();
  await until(async () => (await chat.states())[0] === "Verstuurd", "sent");
  equal(await chat.texts(), ["Ik wil een medewerker spreken.", "Een medewerker leest uw vraag."], "order");
  equal(hub.sent("human").length, 1, "frames");
});

check("Shift+Enter makes a new line and the field grows", async ({ chat }) => {
  await chat.open();
  const before = (await chat.input.boundingBox()).height;
  await chat.input.pressSequentially("een");
  await chat.input.press("Shift+Enter");
  await chat.input.pressSequentially("twee");
  equal(await chat.input.inputValue(), "een\ntwee", "text");
  if ((await chat.input.boundingBox()).height <= before) throw new Error("the field did not grow");
});

check("without a line the message is kept, survives a reload and is sent once", async ({ chat, hub, page }) => {
  await chat.open();
  await chat.say("eerste");
  await until(async () => (await chat.states())[0] === "Bezorgd", "delivered");
  hub.down();
  await chat.say("kan het ook met spoed?");
  equal((await chat.states())[1], "Wacht op verbinding", "state");
  await chat.banner.getByText("Geen verbinding. We proberen het opnieuw. Uw bericht is bewaard.").waitFor();
  await chat.picture("offline");
  await page.reload();
  await chat.mine.getByText("kan het ook met spoed?").waitFor();
  hub.up();
  await until(async () => (await chat.states()).join() === "Bezorgd,Bezorgd", "resent");
  await chat.banner.waitFor({ state: "hidden" });
  equal(hub.latest.messages.map((message) => message.text), ["eerste", "kan het ook met spoed?"], "hub");
  equal(await chat.texts(), ["eerste", "kan het ook met spoed?"], "log");
});

check("a message without confirmation is sent again under the same id", async ({ chat, hub }) => {
  await chat.open();
  hub.isSilent = true;
  await chat.say("hoort u mij?");
  await until(() => hub.sent("message").length === 1, "first attempt");
  hub.down();
  hub.isSilent = false;
  hub.up();
  await until(async () => (await chat.states())[0] === "Bezorgd", "delivered");
  const ids = new Set(hub.sent("message").map((frame) => frame.client_id));
  equal([hub.sent("message").length, ids.size], [2, 1], "attempts and ids");
});

check("a message that arrives twice is shown once", async ({ chat, hub }) => {
  await chat.open();
  await until(() => hub.latest, "conversation");
  hub.tell(hub.latest, hub.add(hub.latest, { text: "eenmaal" }));
  await chat.log.getByText("eenmaal").waitFor();
  equal(await chat.texts(), ["eenmaal"], "log");
});

check("messages in the wrong order are shown in the order of the hub", async ({ chat, hub }) => {
  await chat.open();
  await until(() => hub.latest, "conversation");
  const held = hub.add(hub.latest, { text: "een" }, true);
  hub.add(hub.latest, { text: "twee" });
  await chat.log.getByText("twee").waitFor();
  hub.tell(hub.latest, held);
  await until(async () => (await chat.texts()).join() === "een,twee", "order");
});

check("after a break only what was missed is replayed, also past a gap", async ({ chat, hub }) => {
  await chat.open();
  await until(() => hub.latest, "conversation");
  for (const text of ["een", "twee"]) hub.add(hub.latest, { text });
  hub.add(hub.latest, { text: "drie" }, true);
  hub.add(hub.latest, { text: "vier" });
  await chat.log.getByText("vier").waitFor();
  hub.down();
  hub.add(hub.latest, { text: "vijf" });
  hub.up();
  await until(async () => (await chat.texts()).join() === "een,twee,drie,vier,vijf", "replay");
  equal(hub.sent("hello").at(-1).after, 2, "after");
});

check("choices can be taken once, stay reachable, and survive a reload", async ({ chat, page, hub }) => {
  await chat.open();
  await chat.say("ik wil een nieuw pas");
  const taken = page.getByRole("button", { name: "Paspoort aanvragen" });
  await taken.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Paspoort aanvragen" }).waitFor();
  equal([await taken.getAttribute("aria-pressed"), await taken.getAttribute("aria-disabled")], ["true", "true"], "pressed");
  equal(await chat.focused(), "Paspoort aanvragen", "focus stays");
  await page.getByRole("button", { name: "Iets anders" }).click({ force: true });
  equal(hub.sent("choice").map((frame) => frame.choice), ["c0"], "choices");
  await page.reload();
  await until(async () => (await taken.getAttribute("aria-pressed")) === "true", "pressed after reload");
});

check("the answer card has facts, steps, folded lists and a dated source", async ({ chat, page, hub }) => {
  await chat.open();
  await chat.say("ik wil een nieuw pas");
  await page.getByRole("button", { name: "Paspoort aanvragen" }).click();
  const card = page.getByRole("article", { name: "Paspoort aanvragen" });
  await card.getByText("5 werkdagen").waitFor();
  equal(await card.locator(".onthaal-answer__steps li").count(), 3, "steps");
  equal(await card.getByText("U bent Belg.").isVisible(), false, "folded");
  await card.getByText("Voorwaarden").click();
  await card.getByText("U bent Belg.").waitFor();
  equal(await card.getByRole("link").getAttribute("href"), `${hub.address}/producten/paspoort-aanvragen`, "source");
  await card.getByText("gewijzigd 3 november").waitFor();
  await chat.picture("card");
});

check("the details form explains, refuses what is wrong, and sends", async ({ chat, page, hub }) => {
  await chat.open();
  await page.getByRole("button", { name: "Spreek een medewerker" }).click();
  await chat.dialog.getByText("Uw nummer is 2604\u00a08127").waitFor();
  await chat.dialog.getByText("U hoort van ons vóór dinsdag 24 november").waitFor();
  const email = page.getByLabel("E-mailadres");
  await email.fill("jan@");
  await page.getByRole("button", { name: "Verstuur gegevens" }).click();
  await page.getByText("Dit e-mailadres klopt niet.").waitFor();
  equal([await email.getAttribute("aria-invalid"), Boolean(await email.getAttribute("aria-describedby"))], ["true", true], "error");
  await chat.picture("details");
  await page.getByLabel("Naam").fill("Jan");
  await email.fill("jan@voorbeeld.example");
  await page.keyboard.press("Enter");
  await page.getByText("We hebben uw gegevens.").waitFor();
  const { name, email: sent, phone } = hub.sent("details")[0];
  equal([name, sent, phone], ["Jan", "jan@voorbeeld.example", ""], "details");
  await page.reload();
  await page.getByRole("button", { name: "Vul uw gegevens in" }).waitFor();
});

check("an empty details form closes when an employee answers; one that is filled in stays", async ({ chat, page, hub }) => {
  await chat.open();
  await page.getByRole("button", { name: "Spreek een medewerker" }).click();
  await page.getByLabel("Naam").waitFor();
  hub.add(hub.latest, { author: "employee", name: "Karin", text: "Dag, ik help u." });
  await chat.log.getByText("Dag, ik help u.").waitFor();
  equal(await page.getByLabel("Naam").count(), 0, "fields of an empty form");
  await page.getByRole("button", { name: "Vul uw gegevens in" }).click();
  await page.getByLabel("Naam").fill("Jan");
  await chat.input.focus();
  hub.add(hub.latest, { author: "employee", name: "Karin", text: "Wat is uw adres?" });
  await chat.log.getByText("Wat is uw adres?").waitFor();
  equal(await page.getByLabel("Naam").inputValue(), "Jan", "what was typed");
});

check("moments are in the time of the city, not of the browser", async ({ chat, hub }) => {
  await chat.open();
  await until(() => hub.latest, "conversation");
  hub.add(hub.latest, { text: "zomer", at: "2026-07-01T22:30:00+00:00" });
  await chat.log.getByText("2 juli, 00:30").waitFor();
}, { timezoneId: "America/New_York" });

check("a refused message shows why, and can be changed or sent again", async ({ chat, page, hub }) => {
  await chat.open();
  hub.refuse = { code: "refused", text: "Dit kunnen we niet lezen. Schrijf het anders." };
  await chat.say("§§§");
  await chat.log.getByText("Dit kunnen we niet lezen.").waitFor();
  await chat.picture("error");
  await page.reload();
  await page.getByRole("button", { name: "Aanpassen" }).click();
  equal([await chat.input.inputValue(), await chat.mine.count()], ["§§§", 0], "back in the field");
  await chat.input.press("Enter");
  hub.refuse = null;
  await page.getByRole("button", { name: "Opnieuw proberen" }).click();
  await until(async () => (await chat.states()).join() === "Bezorgd", "delivered");
});

check("a text that is too long is stopped here, with a counter near the limit", async ({ chat, page, hub }) => {
  await chat.open();
  await chat.input.fill("a".repeat(3500));
  equal(await page.locator("#count").isVisible(), false, "counter far from the limit");
  await chat.input.fill("a".repeat(3990));
  await chat.dialog.getByText("Nog 10 tekens").waitFor();
  await chat.say("é".repeat(4003));
  await page.locator("#count").getByText("3 tekens te lang.").waitFor();
  equal([await chat.input.getAttribute("aria-invalid"), hub.sent("message").length], ["true", 0], "not sent");
  await chat.picture("too-long");
});

check("markup in a text stays text and only http(s) becomes a link", async ({ chat, hub, page }) => {
  await chat.open();
  await until(() => hub.latest, "conversation");
  hub.add(hub.latest, { text: "<img src=x onerror=alert(1)> javascript:alert(1) zie https://voorbeeldstad.example/a?b=1." });
  await chat.log.getByText("<img src=x").waitFor();
  const links = page.locator(".onthaal-say__text a");
  equal(await links.evaluateAll((nodes) => nodes.map((node) => [node.href, node.rel])), [["https://voorbeeldstad.example/a?b=1", "noopener noreferrer"]], "links");
});

check("the whole way works by keyboard; Escape closes and gives the focus back", async ({ chat, page }) => {
  await page.locator("#q").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  equal(await chat.focused(), "Stel uw vraag", "launcher");
  await page.keyboard.press("Enter");
  await until(async () => (await chat.focused()) === "text", "in the field");
  await page.keyboard.type("ik wil een nieuw pas");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Iets anders" }).waitFor();
  const walk = [];
  for (let step = 0; step < 7; step += 1) {
    await page.keyboard.press("Shift+Tab");
    walk.push(await chat.focused());
  }
  equal(walk, ["Spreek een medewerker", "Iets anders", "Identiteitskaart aanvragen", "Paspoort aanvragen", "Gesprek", "Chat sluiten", "ENEnglish"], "walk");
  await page.keyboard.press("Escape");
  equal([await chat.dialog.isVisible(), await chat.focused()], [false, "Stel uw vraag"], "closed");
});

check("on a phone the window fills the screen and keeps the keyboard inside", async ({ chat, page }) => {
  await chat.open();
  equal(await chat.dialog.boundingBox(), { x: 0, y: 0, ...PHONE }, "window");
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press("Tab");
    const isOutside = await page.evaluate(() => document.activeElement?.matches("#q, main *"));
    if (isOutside) throw new Error("the keyboard went behind the window");
  }
  await page.keyboard.press("Escape");
  equal(await chat.focused(), "Stel uw vraag", "focus");
}, { viewport: PHONE });

check("at 400 % zoom nothing is lost and nothing scrolls sideways", async ({ chat, page }) => {
  await chat.open();
  await chat.say("ik wil een nieuw pas");
  await page.getByRole("button", { name: "Paspoort aanvragen" }).click();
  await page.getByRole("article").waitFor();
  await page.getByRole("button", { name: "Spreek een medewerker" }).scrollIntoViewIfNeeded();
  const wide = await chat.dialog.evaluate((node) => node.scrollWidth > node.clientWidth);
  equal(wide, false, "sideways");
  await chat.picture("zoom");
}, { viewport: ZOOMED });

check("two tabs share one conversation, also when both begin at once", async ({ chat, hub, context }) => {
  const other = new Chat(await context.newPage());
  await other.page.goto(hub.address);
  await Promise.all([chat.open(), other.open()]);
  await until(() => hub.sent("hello").length >= 2, "both said hello");
  const token = () => chat.page.evaluate(() => Object.entries(localStorage).find(([key]) => key.endsWith(":token"))?.[1]);
  await until(async () => {
    const kept = await token();
    const used = [...hub.sockets.clients].filter((client) => client.readyState === 1).map((client) => client.conversation?.token);
    return used.length === 2 && used.every((one) => one === kept);
  }, "one token");
  await chat.say("uit het eerste venster");
  await other.say("uit het tweede venster");
  for (const tab of [chat, other]) {
    await until(async () => (await tab.texts()).join() === "uit het eerste venster,uit het tweede venster", "both see both");
    await until(async () => (await tab.states()).join() === "Bezorgd,Bezorgd", "states");
  }
});

check("what comes while the chat is closed counts on the launcher until it is read", async ({ chat, hub, page }) => {
  await chat.open();
  await until(() => hub.latest, "conversation");
  await page.keyboard.press("Escape");
  hub.add(hub.latest, { author: "employee", name: "Karin", text: "Goedemiddag" });
  hub.add(hub.latest, { author: "employee", name: "Karin", text: "Ik kijk het na." });
  await page.getByRole("button", { name: "Stel uw vraag, 2 nieuwe berichten" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Stel uw vraag, 2 nieuwe berichten" }).waitFor();
  await chat.picture("unread");
  await chat.open();
  await until(() => hub.sent("delivered").at(-1)?.seq === 2, "delivered");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Stel uw vraag", exact: true }).waitFor();
});

check("an employee who types is shown, and the words change with the language", async ({ chat, hub, page }) => {
  await chat.open();
  await until(() => hub.latest, "conversation");
  hub.tell(hub.latest, { type: "state", number: "26048127", owner: "employee", wait: null });
  hub.tell(hub.latest, { type: "typing", name: "Karin" });
  await chat.dialog.getByText("Karin is aan het typen").waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await chat.dialog.getByText("You are chatting with an employee").waitFor();
  await page.getByRole("button", { name: "Talk to an employee" }).waitFor();
  await page.reload();
  await page.getByRole("textbox", { name: "Your question" }).waitFor();
});

check("a conversation that the hub no longer knows starts anew and says so", async ({ chat, hub, page }) => {
  await chat.open();
  await chat.say("oud");
  await until(async () => (await chat.states())[0] === "Bezorgd", "delivered");
  hub.down();
  hub.conversations.clear();
  await chat.say("nieuw");
  hub.up();
  await page.getByText("U begint een nieuw gesprek.").waitFor({ timeout: 20_000 });
  await until(async () => (await chat.texts()).join() === "nieuw", "only the new words");
});

check("a question on the page opens the chat and is sent", async ({ chat, page, hub }) => {
  await page.locator("#q").fill("hoe laat is het containerpark open?");
  await page.locator("#q").press("Enter");
  await until(() => hub.sent("message")[0]?.text === "hoe laat is het containerpark open?", "sent");
  equal(await chat.focused(), "text", "focus");
});

check("it works on another origin, and where the root letter is small", async ({ context, hub }) => {
  const away = await startHub(
    `<!doctype html><html lang="nl"><title>Elders</title><meta name="viewport" content="width=device-width"><script type="module" src="${hub.address}/static/chat/onthaal-chat.js"></script>` +
      `<link rel="stylesheet" href="/static/css/base.css"><body><main><h1>Elders</h1></main><onthaal-chat hub="${hub.address}"></onthaal-chat></body></html>`,
    `script-src ${hub.address}; style-src 'self' ${hub.address}; connect-src ${hub.address.replace("http", "ws")}`,
  );
  try {
    const page = await context.newPage();
    await page.goto(away.address);
    await page.evaluate(() => document.documentElement.style.setProperty("font-size", "62.5%"));
    await page.locator("onthaal-chat").evaluate((node) => node.replaceWith(node.cloneNode()));
    const chat = new Chat(page);
    await chat.open();
    await chat.say("van elders");
    await until(async () => (await chat.states())[0] === "Bezorgd", "delivered");
    const { width } = await chat.dialog.boundingBox();
    equal(Math.round(width), 408, "width");
    await chat.axe("own colours, light");
    await page.emulateMedia({ colorScheme: "dark" });
    await chat.axe("own colours, dark");
    await chat.picture("elsewhere-dark");
  } finally {
    await away.stop();
  }
});

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [WIDE, PHONE]) {
    check(`axe finds nothing, ${colorScheme}, ${viewport.width} px`, async ({ chat, page, hub }) => {
      await chat.launcher.waitFor();
      await chat.axe("closed");
      await chat.open();
      await chat.axe("open");
      await chat.say("ik wil een nieuw pas");
      await page.getByRole("button", { name: "Paspoort aanvragen" }).click();
      await page.getByText("Voorwaarden").click();
      await chat.axe("card");
      await chat.picture(`conversation-${colorScheme}-${viewport.width}`);
      await page.getByRole("button", { name: "Spreek een medewerker" }).click();
      await page.getByRole("button", { name: "Verstuur gegevens" }).click();
      hub.refuse = { code: "too_fast", text: "U stuurt te snel. Wacht een minuut." };
      await chat.say("nog iets");
      await page.getByText("U stuurt te snel.").waitFor();
      await chat.input.fill("a".repeat(4001));
      hub.down();
      await chat.banner.waitFor();
      await chat.axe("form, error, too long, offline");
      await chat.picture(`trouble-${colorScheme}-${viewport.width}`);
    }, { viewport, colorScheme, isProbed: true });
  }
}

async function main() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
  });
  let failed = 0;
  try {
    for (const { name, run, options: { isProbed, ...options } } of checks.filter((one) => one.name.includes(process.argv[2] ?? ""))) {
      const hub = await startHub(PAGE);
      const context = await browser.newContext({ viewport: WIDE, locale: "nl-BE", reducedMotion: "reduce", ...options });
      const page = await context.newPage();
      const faults = [];
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (line) => {
        // axe itself sets inline styles, so those checks cannot see the policy at work; all others do.
        if (!isProbed && /Content Security Policy|Refused/.test(line.text())) faults.push(line.text());
      });
      page.setDefaultTimeout(20_000);
      try {
        await page.goto(hub.address);
        await run({ chat: new Chat(page), page, hub, context });
        equal(faults, [], "faults on the page");
        console.log(`ok    ${name}`);
      } catch (error) {
        failed += 1;
        console.log(`FAIL  ${name}\n      ${error.message.split("\n").slice(0, 4).join("\n      ")}`);
      } finally {
        await context.close();
        await hub.stop();
      }
    }
  } finally {
    await browser.close();
  }
  console.log(failed === 0 ? "all checks hold" : `${failed} checks failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
