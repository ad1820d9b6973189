/**
 * The main job with nothing but keys: no mouse, no focus() by script. Prints what a keyboard user meets, as a list.
 *
 * At each stop the accessibility tree says role and name of what has the focus; a stop without them is a fault.
 */

import { CITY_PASSWORD, CITY_URL, Tree, person, question, until } from "./browser.mjs";
import { report } from "./probes.mjs";

const ROLES = new Set([
  "link", "button", "textbox", "searchbox", "textField", "combobox", "checkbox", "region", "log", "DisclosureTriangle", "main", "article",
  "ComboBoxSelect", "MenuListPopup", "heading", "dialog", "group", "Iframe", "document", "generic",
]);

/** One person at one keyboard. */
class Keyboard {
  static async of(page, who) {
    const own = new Keyboard();
    Object.assign(own, { page, who, tree: await Tree.of(page), stops: 0 });
    return own;
  }

  tell(text) {
    console.log(`walk   ${this.who.padEnd(8)} ${text}`);
  }

  async here() {
    const stop = await this.tree.focused();
    if (stop.role !== "RootWebArea" && (!ROLES.has(stop.role) || !stop.name)) {
      report.faults.push(`walk, ${this.who}: a stop with role “${stop.role}” and name “${stop.name}”`);
    }
    return stop;
  }

  async press(key, why = "") {
    await this.page.keyboard.press(key);
    this.tell(`${key}${why ? `: ${why}` : ""}`);
  }

  async type(text) {
    await this.page.keyboard.type(text);
    const { role, name, value } = await this.here();
    if (!value.includes(text.slice(0, 20))) report.faults.push(`walk, ${this.who}: “${text}” did not arrive in ${role} “${name}”`);
    this.tell(`types “${text}” in ${role} “${name}”`);
  }

  /** Press Tab until this name has the focus. */
  async tabTo(name, { key = "Tab", most = 90 } = {}) {
    const isIt = (stop) => (name instanceof RegExp ? name.test(stop.name) : stop.name === name);
    const passed = [];
    for (let step = 1; step <= most; step += 1) {
      await this.page.keyboard.press(key);
      const stop = await this.here();
      this.stops += 1;
      if (isIt(stop)) {
        const said = [stop.role, `“${stop.name}”`, ...stop.states, stop.described && `(${stop.described})`].filter(Boolean).join(" ");
        this.tell(`${key} × ${step} → ${said}`);
        return stop;
      }
      passed.push(stop.name);
    }
    throw new Error(`${this.who} never reaches ${name}; passed ${passed.join(" | ")}`);
  }

  /** Where the focus went by itself. */
  async lands(name, what) {
    const isIt = (stop) => (name instanceof RegExp ? name.test(stop.name) : stop.name === name);
    let stop;
    await until(async () => isIt((stop = await this.here())), `${what}: focus on ${name}, it is on ${stop?.role} “${stop?.name}”`).catch(() => {
      throw new Error(`${what}: focus should be on ${name} and is on ${stop.role} “${stop.name}”`);
    });
    this.tell(`${what} → ${stop.role} “${stop.name}”`);
    return stop;
  }

  sees(text) {
    return this.page.getByText(text).last().waitFor();
  }
}

export async function walk(browser) {
  const citizen = await Keyboard.of(await person(browser), "citizen");
  const number = await asks(citizen);
  const employee = await Keyboard.of(await person(browser), "employee");
  await answers(employee, citizen, number);
  await passesOn(employee);
  report.walked = citizen.stops + employee.stops;
  for (const { page } of [citizen, employee]) await page.context().close();
}

async function asks(citizen) {
  const { page } = citizen;
  await page.goto(CITY_URL);
  await page.locator(".onthaal-launcher").waitFor();
  await citizen.tabTo("Naar de inhoud");
  await citizen.press("Enter", "skips the menu");
  await citizen.tabTo("Uw vraag");
  await citizen.type("Mijn rijbewijs kwijt op reis");
  await citizen.press("Enter");
  await citizen.lands("Uw vraag", "the chat opens");
  await page.locator(".onthaal-choices").waitFor();
  await citizen.tabTo("Rijbewijs", { key: "Shift+Tab" });
  await citizen.press("Enter", "chooses it");
  await page.locator(".onthaal-answer").waitFor();
  await citizen.lands("Rijbewijs", "the answer comes");
  await citizen.tabTo("Voorwaarden");
  await citizen.press("Enter", "unfolds");
  await citizen.sees("U woont in Teststad.");
  await citizen.tabTo("Spreek een medewerker");
  await citizen.press("Enter");
  await page.locator(".onthaal-details").waitFor();
  await citizen.tabTo(/^E-mailadres/, { key: "Shift+Tab" });
  await citizen.type("els@");
  await citizen.press("Enter");
  const wrong = await citizen.lands(/^E-mailadres/, "the address is wrong");
  if (!wrong.states.some((state) => state.startsWith("invalid")) || !wrong.described.includes("klopt niet")) {
    report.faults.push(`walk: the wrong address is not told: ${JSON.stringify(wrong)}`);
  }
  await page.keyboard.type("example.org");
  await citizen.press("Enter", "sends the details");
  await citizen.lands("Vul uw gegevens in", "the form folds");
  await citizen.sees("Uw nummer is");
  const shown = await page.locator(".onthaal-widget__number b").textContent();
  citizen.tell(`hears: number ${shown}`);
  return shown.replace(/\D/g, "");
}

async function answers(employee, citizen, number) {
  const { page } = employee;
  await page.goto(`${CITY_URL}/inloggen`);
  await employee.lands("E-mail", "the log-in page opens");
  await employee.type("karin@stad.example");
  await employee.tabTo("Wachtwoord");
  await page.keyboard.type(CITY_PASSWORD);
  await employee.press("Enter");
  await page.waitForURL((address) => address.pathname === "/werkplek");
  await employee.tabTo(/^Onverdeeld/);
  await employee.press("Enter");
  await page.waitForURL(/onverdeeld/);
  await page.locator(`#regel-${number}`).waitFor();
  await employee.tabTo(/op reis/);
  await employee.press("Enter", "opens it");
  await page.locator(`#gesprek[data-number="${number}"]`).waitFor();
  await employee.lands(/op reis/, "the conversation stands beside the list");
  await employee.tabTo("Neem");
  await employee.press("Enter");
  await page.locator("#antwoord").waitFor();
  await employee.lands("Verloop van het gesprek", "the question is hers");
  await employee.tabTo(/^Voeg in: Rijbewijs/);
  await employee.press("Enter");
  await employee.lands(/^Uw antwoord aan/, "the product's text is in the answer");
  await employee.page.keyboard.type("\nGroeten, Karin");
  await employee.press("Control+Enter", "sends");
  await page.locator(".onthaal-message--employee").waitFor();
  await employee.lands(/^Uw antwoord aan/, "the answer is sent");
  await citizen.sees("Groeten, Karin");
  citizen.tell("hears: the answer, in the chat");
  await employee.tabTo("Afronden", { key: "Shift+Tab" });
  await employee.press("Enter");
  await page.locator("#kop").getByText("afgerond").first().waitFor();
  await employee.lands("Verloop van het gesprek", "the question is closed");
}

async function passesOn(employee) {
  const { page } = employee;
  const number = await question("een tweede zaak");
  await page.locator(`#weergave-onverdeeld`).waitFor();
  await employee.press("v", "takes what waits longest");
  await page.waitForURL((address) => address.hash === "#gesprek" && address.pathname !== "/werkplek");
  await page.waitForFunction(() => window.onthaalComposer, null, { polling: 30 });
  await employee.press("t", "transfers");
  await employee.lands("Naar groep", "the dialog opens");
  await page.keyboard.type("Burger");
  await employee.tabTo("Reden");
  await employee.type("Gaat over een pas");
  await employee.press("Enter");
  await page.locator("#toast .onthaal-toast").waitFor();
  await until(async () => (await employee.here()).role !== "RootWebArea", "focus after the transfer");
  const { role, name } = await employee.here();
  employee.tell(`the question went on → ${role} “${name}”`);
  await employee.tabTo("Haal terug");
  await employee.press("Enter");
  await page.getByText("Teruggehaald").first().waitFor();
  employee.tell(`hears: taken back (${number} still waits)`);
}
