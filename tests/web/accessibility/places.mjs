/**
 * Every page of the site and the states it has. A route that gives HTML and stands not here fails the test.
 *
 * A state: `as` (who looks; nobody is logged in when absent), `path`, and `then` (what happens before the look).
 */

import { CITY_ENGLISH, CITY_MARKUP, CITY_STORY, lever, question } from "./browser.mjs";

const KARIN = "karin@stad.example";
const TOM = "tom@stad.example";
const CONNY = "conny@stad.example";

const inBoth = (states) =>
  Object.entries(states).flatMap(([name, path]) => [
    { name, path },
    { name: `${name}, English`, path: `${path}${path.includes("?") ? "&" : "?"}taal=en` },
  ]);

const at = (name, path, more = {}) => ({ name, as: KARIN, path, ...more });
const press = (key, wait) => async (page) => {
  await page.keyboard.press(key);
  await page.locator(wait).waitFor();
};

/** A fresh question in hand: claimed by Karin, opened. */
const inHand = (subject, then = async () => undefined) => ({
  as: KARIN,
  prepare: async () => {
    const number = await question(subject);
    await lever("claim", { number, who: "karin" });
    return `/werkplek/${number}?lijst=mijn`;
  },
  then,
});

/** Sends a form of our own as a browser without script does. */
const bare = (action, fields = {}) => async (page) => {
  await page.evaluate(
    ([to, values]) => {
      const form = document.createElement("form");
      Object.assign(form, { method: "post", action: to });
      const token = document.querySelector("[name=csrf]")?.value ?? "";
      for (const [name, value] of Object.entries({ csrf: token, ...values })) {
        const input = document.createElement("input");
        Object.assign(input, { name, value, type: "hidden" });
        form.append(input);
      }
      document.body.append(form);
      HTMLFormElement.prototype.submit.call(form);
    },
    [action, fields],
  );
  await page.waitForURL((address) => address.pathname === action);
};

const tries = (count) => async (page) => {
  for (let one = 0; one < count; one += 1) {
    await page.fill("#email", count > 1 ? "geblokkeerd@stad.example" : "fout@stad.example");
    await page.fill("#password", "niet goed");
    await Promise.all([page.waitForResponse((answer) => answer.request().method() === "POST"), page.keyboard.press("Enter")]);
    await page.locator("#password-problem").waitFor();
  }
};

export const PAGES = {
  "/": inBoth({ "home": "/" }),
  "/producten": inBoth({ "all products": "/producten", "products found": "/producten?q=paspoort", "no product found": "/producten?q=bestaatniet" }),
  "/producten/{product}": inBoth({ "product": "/producten/rijbewijs", "short product": "/producten/paspoort" }),
  "/privacy": inBoth({ privacy: "/privacy" }),
  "/toegankelijkheid": inBoth({ accessibility: "/toegankelijkheid" }),
  "/inloggen": [
    { name: "log in", path: "/inloggen" },
    { name: "log in, wrong", path: "/inloggen", then: tries(1) },
    { name: "log in, blocked", path: "/inloggen", then: tries(6) },
  ],
  "/werkplek": [
    at("my work", "/werkplek?lijst=mijn#lijst"),
    at("my groups", "/werkplek?lijst=groepen#lijst"),
    at("unclaimed", "/werkplek?lijst=onverdeeld#lijst"),
    at("late", "/werkplek?lijst=te-laat#lijst"),
    at("waiting for the citizen", "/werkplek?lijst=wacht#lijst"),
    at("one group", "/werkplek?lijst=groep:burgerzaken#lijst"),
    at("found", "/werkplek?zoek=fietspad#lijst"),
    at("nothing found", "/werkplek?zoek=bestaatniet#lijst"),
    { name: "empty queue", as: CONNY, path: "/werkplek?lijst=mijn#lijst" },
    { name: "nothing open", as: TOM, path: "/werkplek#gesprek" },
    at("account menu", "/werkplek#gesprek", { then: (page) => page.locator(".onthaal-topbar summary").click() }),
    at("shortcuts", "/werkplek", { then: press("?", "#sneltoetsen:popover-open") }),
    at("no connection", "/werkplek", { then: (page) => page.evaluate(() => document.getElementById("verbinding").removeAttribute("hidden")) }),
  ],
  "/werkplek/deel/meer": [at("the next lines, without script", "/werkplek/deel/meer?lijst=groepen")],
  "/werkplek/onleesbaar": [
    { name: "parked, for a lead", as: TOM, path: "/werkplek/onleesbaar" },
    at("parked", "/werkplek/onleesbaar"),
  ],
  "/werkplek/{number}": [
    at("the whole story: mail, file, note, failed delivery", `/werkplek/${CITY_STORY}?lijst=groepen#gesprek`, {
      then: (page) => page.locator("#verloop details").evaluateAll((all) => all.forEach((one) => (one.open = true))),
    }),
    at("context", `/werkplek/${CITY_STORY}?lijst=groepen#context`),
    at("a note", `/werkplek/${CITY_STORY}?lijst=groepen&schrijf=notitie#schrijven`),
    at("unclaimed, in English", `/werkplek/${CITY_ENGLISH}?lijst=groepen#gesprek`),
    at("products found", `/werkplek/${CITY_STORY}?product=pas#context`),
    at("no product found", `/werkplek/${CITY_STORY}?product=bestaatniet#context`),
    {
      name: "of a colleague", as: KARIN,
      prepare: async () => {
        const number = await question("bij Tom");
        await lever("claim", { number });
        return `/werkplek/${number}?lijst=groepen#gesprek`;
      },
    },
    {
      name: "closed", as: KARIN,
      prepare: async () => {
        const number = await question("afgerond");
        await lever("claim", { number });
        await lever("reply", { number, text: "Dat is geregeld.", then: "closed" });
        return `/werkplek/${number}?lijst=groepen#gesprek`;
      },
    },
    {
      name: "waiting", as: KARIN,
      prepare: async () => {
        const number = await question("wacht op burger");
        await lever("claim", { number });
        await lever("reply", { number, text: "Welke straat is het?", then: "citizen" });
        return `/werkplek/${number}?lijst=groepen#gesprek`;
      },
    },
    at("answer with a product", `/werkplek/${CITY_STORY}?lijst=groepen`, {
      then: async (page) => {
        await page.locator("[data-onthaal-insert]").first().click();
        await page.locator("[data-onthaal-cite]:not([hidden])").waitFor();
      },
    }),
    { name: "transfer", ...inHand("doorsturen", (page) => page.locator("#doorsturen-knop").click()) },
    { name: "transferred", ...inHand("doorgestuurd", async (page) => {
      await page.locator("#doorsturen-knop").click();
      await page.selectOption("#naar-groep", "burgerzaken");
      await page.fill("#reden", "Gaat over een pas");
      await page.keyboard.press("Enter");
      await page.locator("#toast .onthaal-toast").waitFor();
    }) },
    { name: "more acts", ...inHand("meer acties", (page) => page.locator("#meer-acties-knop").click()) },
    { name: "put back", ...inHand("terug", async (page) => {
      await page.locator("#meer-acties-knop").click();
      await page.getByRole("button", { name: "Leg terug op de lijst" }).click();
      await page.locator("#toast .onthaal-toast").waitFor();
    }) },
    { name: "refused, nothing answered yet", ...inHand("te vroeg klaar", async (page) => {
      await page.locator("#afronden").click();
      await page.locator("#melding .onthaal-alert").waitFor();
    }) },
    { name: "answer without a word", ...inHand("leeg antwoord", async (page) => {
      await page.locator("[data-onthaal-send]").first().click();
      await page.locator("#melding .onthaal-alert, #schrijven .onthaal-alert").first().waitFor();
    }) },
  ],
  "/werkplek/bericht/{message}/opmaak": [at("mail with markup, on its own", `/werkplek/bericht/${CITY_MARKUP}/opmaak`, { isFrame: true })],
  "/demo/mail": [{ name: "caught mail", path: "/demo/mail" }],
  "/demo/mail/{name}": [
    { name: "one caught mail", path: "/demo/mail/20261123-0123456789ab.eml" },
    { name: "no such mail", path: "/demo/mail/20200101-000000000000.eml" },
  ],
  "/haken/fout/{kind}": ["403", "404", "409", "500", "503"].flatMap((kind) =>
    inBoth({ [`citizen's ${kind}`]: kind === "404" ? "/bestaat-niet" : `/haken/fout/${kind}` }),
  ),
  "/werkplek/fout/{kind}": [
    ...["403", "409", "422", "500", "503"].map((kind) => at(`employee's ${kind}`, `/werkplek/fout/${kind}`)),
    at("employee's 404", "/werkplek/1"),
    at("a form from an old page", "/werkplek", { then: bare("/werkplek/volgende", { csrf: "oud" }) }),
    { name: "an employee's error page, logged out", path: "/demo/mail/x" },
  ],
};

/** GET routes without a page: an address that exists, and what it gives instead. */
export const NOT_PAGES = {
  "/healthz": { path: "/healthz" },
  "/chat/socket": { path: "/chat/socket" },
  "/static/vendor/htmx.js": { path: "/static/vendor/htmx.js" },
  "/werkplek/gebeurtenissen": { path: "/werkplek/gebeurtenissen" },
  "/werkplek/deel/lijst": { path: "/werkplek/deel/lijst", isPart: true },
  "/werkplek/{number}/deel/verloop": { path: `/werkplek/${CITY_STORY}/deel/verloop`, isPart: true },
  "/werkplek/{number}/deel/producten": { path: `/werkplek/${CITY_STORY}/deel/producten`, isPart: true },
  "/werkplek/{number}/deel/product/{product}": { path: `/werkplek/${CITY_STORY}/deel/product/paspoort` },
  "/werkplek/bijlage/{attachment}": { of: ".onthaal-attachment" },
  "/werkplek/bron/{receipt}": { of: "a[href^='/werkplek/bron/']" },
};

