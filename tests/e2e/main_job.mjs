/**
 * The main job, as a citizen and two employees do it, on a hub that runs: a mail by swaks, a chat in Chromium, answers in a
 * second browser. Prints one line per step; exit code 1 when one fails.
 *
 * Run: `node tests/e2e/main_job.mjs`. HUB_URL and SMTP_PORT say where the hub is, DESK_URL
 * where Karin works when that is another hub (her colleague works at the first one), LOGINS (a JSON object) or the file in
 * LOGINS_FILE who may log in. With PICTURES=<folder> every stage is kept as a picture.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "playwright-core";

const HUB = (process.env.HUB_URL ?? "http://127.0.0.1:8080").replace(/\/$/, "");
// With several hubs on one database, employees may work at another one than the citizens.
const DESK = (process.env.DESK_URL ?? HUB).replace(/\/$/, "");
const SMTP_PORT = process.env.SMTP_PORT ?? "8025";
const PICTURES = process.env.PICTURES;
const LOGINS = JSON.parse(process.env.LOGINS ?? readFileSync(process.env.LOGINS_FILE ?? "var/secrets/demo-logins.json", "utf8"));
const CITY = "info@voorbeeldstad.example";
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 740 };
const run = Date.now().toString(36);

let browser;
const steps = [];
const step = (name, work) => steps.push([name, work]);

function must(claim, what) {
  if (!claim) throw new Error(what);
}

async function until(claim, what, withinMs = 15000) {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await claim();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function picture(page, name, options = {}) {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled", ...options });
}

function mail(to, subject, text, from) {
  const args = ["--server", "127.0.0.1", "--port", SMTP_PORT, "--from", from, "--to", to];
  args.push("--header", `Subject: ${subject}`, "--header", `From: ${from}`, "--header", `To: ${to}`);
  args.push("--header", `Message-Id: <${run}-${Math.random().toString(36).slice(2)}@example.org>`, "--body", text);
  const sent = spawnSync("swaks", args, { encoding: "utf8" });
  must(sent.status === 0, `swaks: ${sent.error ?? sent.stdout + sent.stderr}`);
}

/** The newest mail that the city sent to this address, from the catcher's page. */
async function caught(page, to, withText) {
  return until(async () => {
    await page.goto(`${HUB}/demo/mail`);
    const links = await page.locator(`tr:has(td:text-is("${to}")) a, tr:has(td:has-text("${to}")) a`).evaluateAll((all) =>
      all.map((link) => link.href),
    );
    for (const link of links) {
      await page.goto(link);
      const text = await page.locator("main").innerText();
      if (!withText || text.includes(withText)) return text;
    }
    return null;
  }, `a mail to ${to} with ${withText}`);
}

async function logIn(email, hub = DESK) {
  const context = await browser.newContext({ viewport: WIDE, locale: "nl-BE", timezoneId: "Europe/Brussels" });
  const page = await context.newPage();
  await page.goto(`${hub}/werkplek`);
  await page.fill("#email", email);
  await page.fill("#password", LOGINS[email]);
  await page.click("button[type=submit]");
  await page.waitForURL(/werkplek/);
  return page;
}

class Citizen {
  constructor(page) {
    this.page = page;
    this.input = page.locator("onthaal-chat #text");
    this.log = page.getByRole("log");
  }

  async ask(text) {
    await this.input.fill(text);
    await this.input.press("Enter");
  }

  async hears(text, withinMs = 15000) {
    await this.log.getByText(text).last().waitFor({ timeout: withinMs });
  }
}

const people = {};
const address = `els.${run}@example.org`;

step("a mail by swaks is answered from the catalogue", async () => {
  const from = `jan.${run}@example.org`;
  mail(CITY, "Paspoort", "Dag, hoe vraag ik een paspoort aan? Groeten, Jan", from);
  const page = await browser.newPage({ viewport: WIDE, locale: "nl-BE" });
  const text = await caught(page, from, "75");
  must(/\d{4} \d{4}/.test(text), "the mail names the contact number");
  await picture(page, "catcher-mail");
  await page.goto(`${HUB}/demo/mail`);
  await picture(page, "catcher");
  people.mailer = { page, from, number: /\d{4} \d{4}/.exec(text)[0] };
});

step("the city page shows the chat", async () => {
  const context = await browser.newContext({ viewport: WIDE, locale: "nl-BE", timezoneId: "Europe/Brussels" });
  const page = await context.newPage();
  await page.goto(`${HUB}/`);
  await page.locator("onthaal-chat .onthaal-launcher").waitFor();
  await picture(page, "city");
  await page.locator("onthaal-chat .onthaal-launcher").click();
  people.citizen = new Citizen(page);
  await people.citizen.hears("Ik ben een computer");
});

step("the chat answers from the catalogue, with fee, source and steps", async () => {
  const { citizen } = people;
  await citizen.ask("hoe vraag ik een paspoort aan?");
  const card = citizen.page.locator("onthaal-chat .onthaal-answer").last();
  await card.waitFor();
  const text = await card.innerText();
  for (const part of ["€ 75", "5 werkdagen", "Bron", "1."]) must(text.replace(/\u00a0/g, " ").includes(part) || part === "1.", `card: ${part}`);
  must((await card.locator("ol li").count()) >= 2, "numbered steps");
  await picture(citizen.page, "city-conversation");
});

step("an employee sees a new question arrive without reloading", async () => {
  people.karin = await logIn("karin.dewit@voorbeeldstad.example");
  const { karin, citizen } = people;
  await karin.goto(`${DESK}/werkplek?lijst=onverdeeld`);
  const before = await karin.locator(".onthaal-queue__item").count();
  await karin.evaluate(() => (window.notReloaded = true));
  await citizen.ask("ik wil een medewerker spreken");
  await citizen.hears("Uw nummer is");
  people.number = /\d{4} \d{4}/.exec(await citizen.log.innerText())[0];
  await until(async () => (await karin.locator(".onthaal-queue__item").count()) > before, "the live list", 5000);
  must(await karin.evaluate(() => window.notReloaded), "the page was reloaded");
  await picture(karin, "queue");
});

step("the citizen leaves an address and gets the number by mail", async () => {
  const { citizen, mailer } = people;
  const form = citizen.page.locator("onthaal-chat .onthaal-details").last();
  await form.waitFor();
  await form.locator("input[type=email]").fill(address);
  await picture(citizen.page, "chat-details");
  await form.locator("button[type=submit]").click();
  const text = await caught(mailer.page, address, people.number);
  people.confirmation = text;
});

step("the employee takes the question, sees the whole history, and answers in the chat", async () => {
  const { karin, citizen } = people;
  await karin.locator(`#regel-${people.number.replace(" ", "")}`).click();
  await karin.locator("#neem").click();
  await karin.locator("#tekst").waitFor();
  const story = await karin.locator("#gesprek").innerText();
  must(story.includes("hoe vraag ik een paspoort aan?"), "the history holds the first question");
  await karin.locator("#tekst").fill("Dag, ik ben Karin. Ik help u verder met uw paspoort.");
  await picture(karin, "conversation");
  await karin.locator("#tekst").press("Control+Enter");
  await citizen.hears("Ik help u verder met uw paspoort.", 5000);
  await picture(citizen.page, "chat-employee");
});

step("the bot is silent once a person took over, and the employee sees what comes in", async () => {
  const { karin, citizen } = people;
  const cards = await citizen.page.locator("onthaal-chat .onthaal-answer").count();
  await citizen.ask("en hoe vraag ik een identiteitskaart aan?");
  await karin.locator("#gesprek").getByText("en hoe vraag ik een identiteitskaart aan?").waitFor({ timeout: 20_000 });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  must((await citizen.page.locator("onthaal-chat .onthaal-answer").count()) === cards, "the bot spoke after a person");
});

step("a colleague cannot take the same question", async () => {
  people.colleague = await logIn("bart.claes@voorbeeldstad.example");
  await people.colleague.goto(`${HUB}/werkplek/${people.number.replace(" ", "")}`);
  must((await people.colleague.locator("#neem").count()) === 0, "the colleague was offered the question");
  must((await people.colleague.locator("#kop").innerText()).includes("Bij Karin de Wit"), "who has it");
});

step("when the citizen has left the chat the answer goes by mail", async () => {
  const { karin, citizen, mailer } = people;
  await citizen.page.close();
  await until(async () => {
    await karin.reload();
    return (await karin.locator("#schrijven").innerText()).includes("E-mail aan");
  }, "the route becomes e-mail");
  await karin.locator("#tekst").fill("Een identiteitskaart vraagt u op dezelfde manier aan.");
  await karin.locator("button[value=closed]").click();
  const text = await caught(mailer.page, address, "op dezelfde manier");
  must(!text.includes("automatisch"), "a person's answer is not marked as automatic");
});

step("a reply to that mail reopens the same contact at the group", async () => {
  const { karin, mailer } = people;
  await mailer.page.goto(`${HUB}/demo/mail`);
  const to = await mailer.page.evaluate(async (wanted) => {
    const row = [...document.querySelectorAll("tr")].find((each) => each.textContent.includes(wanted));
    const page = await (await fetch(row.querySelector("a").href)).text();
    return /[\w.]+\+c\.[\w-]+@[\w.]+/.exec(page)?.[0] ?? null;
  }, address);
  must(to, "the catcher shows the reply address");
  mail(to, "Re: uw antwoord", "Nog een vraagje: mag mijn dochter mee?", address);
  await karin.goto(`${DESK}/werkplek?lijst=onverdeeld`);
  await karin.locator(`#regel-${people.number.replace(" ", "")}`).waitFor({ timeout: 20_000 });
  await karin.locator(`#regel-${people.number.replace(" ", "")}`).click();
  await karin.locator("#gesprek").getByText("mag mijn dochter mee?").waitFor();
  must((await karin.locator("#context").innerText()).includes("Bewezen door antwoord"), "the reply proved the address");
  await picture(karin, "conversation-mail");
});

step("the pictures of dark, compact and small screens", async () => {
  if (!PICTURES) return;
  const { karin } = people;
  await karin.emulateMedia({ colorScheme: "dark" });
  await picture(karin, "conversation-dark");
  await karin.emulateMedia({ colorScheme: "light" });
  await karin.setViewportSize(PHONE);
  await picture(karin, "conversation-mobile");
  const phone = await (await browser.newContext({ viewport: PHONE, locale: "nl-BE" })).newPage();
  await phone.goto(`${HUB}/`);
  await phone.locator("onthaal-chat .onthaal-launcher").click();
  const citizen = new Citizen(phone);
  await citizen.ask("hoe vraag ik een paspoort aan?");
  await phone.locator("onthaal-chat .onthaal-answer").waitFor();
  await picture(phone, "chat-mobile");
  const anyone = await browser.newPage({ viewport: WIDE, locale: "nl-BE" });
  await anyone.goto(`${HUB}/producten/paspoort-aanvragen`);
  await picture(anyone, "product");
  await anyone.goto(`${HUB}/inloggen`);
  await anyone.evaluate(() => document.querySelector(".onthaal-alert")?.remove());
  await picture(anyone, "login");
});

browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
let failed = false;
try {
  for (const [name, work] of steps) {
    try {
      await work();
      console.log(`ok   ${name}`);
    } catch (error) {
      console.log(`FAIL ${name}: ${error.message}`);
      const page = people.karin ?? people.citizen?.page;
      if (page && !page.isClosed()) await picture(page, "failed");
      failed = true;
      break;
    }
  }
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);
