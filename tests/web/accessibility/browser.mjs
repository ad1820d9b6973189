/** One browser for all checks: people with a page of their own, levers of the site, and the accessibility tree. */

import { chromium } from "playwright-core";

export const { CITY_URL, CITY_PASSWORD, CITY_STORY, CITY_ENGLISH, CITY_MARKUP, CITY_PICTURES } = process.env;
export const WIDE = { width: 1440, height: 900 };
/** 1280 CSS pixels at 400 %: WCAG 1.4.10. */
export const NARROW = { width: 320, height: 640 };
const WAIT_MS = 30_000;

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
  });

/** A page of somebody's own; with an address they log in by typing. */
export async function person(browser, email = null, options = {}) {
  const context = await browser.newContext({ viewport: WIDE, locale: "nl-BE", timezoneId: "Europe/Brussels", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  if (email) {
    await page.goto(`${CITY_URL}/inloggen`);
    await page.fill("#email", email);
    await page.fill("#password", CITY_PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL((address) => address.pathname === "/werkplek");
  }
  return page;
}

/** Go to a page of the site and wait until its scripts ran. */
export async function go(page, path) {
  await page.goto("about:blank"); // A hash alone would not load the page again.
  await page.goto(CITY_URL + path);
  if (await page.locator("#verbinding").count()) await page.waitForFunction(() => window.onthaalComposer, null, { polling: 30 });
}

const post = async (path, body) => {
  const answer = await fetch(CITY_URL + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} ${JSON.stringify(body)}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};

/** Move the city along; see tests/support/open_city.py. */
export const lever = (what, body = {}) => post("/haken/hefboom", { do: what, ...body });

let questions = 0;
/** A mail that needs a person; gives its number. */
export async function question(subject) {
  questions += 1;
  const mail = { text: `Ik wil een medewerker over ${subject}`, subject, sender: `vrager${questions}@example.org` };
  return (await lever("question", mail)).number;
}

/** Something new in the contact of this number. */
export const another = (number, text) => post("/haken/test", { text, number });

export function equal(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

/** Wait until `claim()` holds; gives what it gave. */
export async function until(claim, what, withinMs = WAIT_MS) {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await claim();
    if (found) return found;
    if (Date.now() > end) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

export async function picture(page, name) {
  if (CITY_PICTURES) await page.screenshot({ path: `${CITY_PICTURES}/${name.replace(/[^a-z0-9]+/gi, "-")}.png`, animations: "disabled" });
}

/** The focused element as the accessibility tree has it: role, name, and its states in words. */
export class Tree {
  static async of(page) {
    const tree = new Tree();
    tree.page = page;
    tree.session = await page.context().newCDPSession(page);
    await tree.session.send("Accessibility.enable");
    return tree;
  }

  async focused() {
    const { page } = this;
    const { nodes } = await this.session.send("Accessibility.getFullAXTree");
    const property = (node, name) => node.properties?.find((one) => one.name === name)?.value.value;
    const found = nodes.filter((node) => !node.ignored && property(node, "focused")).at(-1);
    const isPage = () => page.evaluate(() => [document.body, null].includes(document.activeElement));
    if (!found) return { role: (await isPage()) ? "RootWebArea" : "", name: "", described: "", value: "", states: [] };
    const states = ["expanded", "pressed", "checked", "disabled", "invalid", "required", "modal"]
      .map((name) => [name, property(found, name)])
      .filter(([name, value]) => value !== undefined && value !== "false" && (value !== false || name === "expanded"))
      .map(([name, value]) => (value === true || value === "true" ? name : value === false ? `not ${name}` : `${name} ${value}`));
    return {
      role: found.role?.value ?? "",
      name: (found.name?.value ?? "").replace(/\s+/g, " ").trim(),
      described: (found.description?.value ?? "").replace(/\s+/g, " ").trim(),
      value: String(found.value?.value ?? ""),
      states,
    };
  }
}
