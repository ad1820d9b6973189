/**
 * Looks at every page and state of the site with axe and with eyes of its own, and walks the main job by keyboard.
 *
 * Run by test_accessibility.py, which starts the site. An argument (a regular expression) picks parts by name: routes,
 * pages, chat, behaviour, walk; a second one picks states of pages. With CITY_PICTURES=<folder> every look is kept as a picture. The last line is the report.
 */

import { behaviour } from "./behaviour.mjs";
import { CITY_URL, go, launch, person } from "./browser.mjs";
import { chatStates } from "./chat.mjs";
import { NOT_PAGES, PAGES } from "./places.mjs";
import { LOOKS, forced, look, report, tabWalk } from "./probes.mjs";
import { walk } from "./walk.mjs";

const wanted = new RegExp(process.argv[2] ?? "");
const browser = await launch();
const people = new Map();
const spent = {};

const note = (text) => process.env.CITY_TRACE && console.error(text);

let told = 0;
/** As soon as they are known: a run that is cut short still says what it found. */
function tellFaults() {
  for (const line of report.faults.slice(told)) console.log(`FAIL   ${line}`);
  told = report.faults.length;
}

async function part(name, work) {
  if (!wanted.test(name)) return;
  note(name);
  const start = Date.now();
  try {
    await work();
  } catch (error) {
    report.faults.push(`${name}: ${error.message.split("\n").slice(0, 3).join(" ")}`);
  }
  spent[name] = (Date.now() - start) / 1000;
}

/** The same markup without its sandbox, in which no script runs, and so no axe either. */
async function outsideItsSandbox(page, path) {
  const answer = await page.request.get(CITY_URL + path);
  await page.goto("about:blank");
  await page.setContent(await answer.text());
}

async function as(who = null) {
  if (!people.has(who)) people.set(who, await person(browser, who));
  return people.get(who);
}

await part("routes", async () => {
  const page = await as("karin@stad.example");
  await go(page, `/werkplek/${process.env.CITY_STORY}`);
  for (const route of JSON.parse(process.env.CITY_ROUTES)) {
    if (route in PAGES) continue;
    note(`  ${route}`);
    const known = NOT_PAGES[route] ?? { path: route.replace(/\{[^}]+\}/g, "1") };
    const path = known.of ? await page.locator(known.of).first().getAttribute("href") : known.path;
    const { type, text } = await page.evaluate(async (address) => {
      const stop = new AbortController();
      const answer = await fetch(address, { signal: stop.signal, redirect: "manual" });
      const kind = !answer.ok ? "" : answer.headers.get("content-type") ?? "";
      const body = kind.startsWith("text/html") ? await answer.text() : "";
      stop.abort();
      return { type: kind, text: body };
    }, CITY_URL + path);
    const isPage = type.startsWith("text/html") && !(known.isPart && !/<html/i.test(text));
    if (isPage) report.faults.push(`GET ${route} gives HTML and has no states in tests/web/accessibility/places.mjs`);
  }
});

await part("pages", async () => {
  for (const [route, states] of Object.entries(PAGES)) {
    for (const [index, { name, as: who, path, prepare, then, isFrame }] of states.entries()) {
      if (!new RegExp(process.argv[3] ?? "").test(name)) continue;
      const page = await as(who);
      try {
        note(`  ${name}`);
        if (isFrame) await outsideItsSandbox(page, path);
        else await go(page, prepare ? await prepare() : path);
        await then?.(page);
        await look(page, name);
        if (index === 0 && !isFrame) {
          await tabWalk(page, name);
          await forced(page, name);
        }
      } catch (error) {
        report.faults.push(`${route}, ${name}: ${error.message.split("\n")[0]}`);
      }
      tellFaults();
    }
  }
});

for (const language of ["nl", "en"]) await part(`chat ${language}`, () => chatStates(browser, language));
await part("behaviour", () => behaviour(browser));
await part("walk", () => walk(browser));
await browser.close();

for (const line of [...report.advice.keys()]) console.log(`advice ${line}`);
tellFaults();
console.log(
  JSON.stringify({
    states: report.states,
    looks_per_state: LOOKS.length,
    looks: report.looks,
    rules: report.rules.size,
    faults: report.faults.length,
    tab_stops: report.stops,
    tab_walks: report.walks,
    undecided: Object.fromEntries(report.undecided),
    seconds: spent,
  }),
);
process.exit(report.faults.length ? 1 : 0);
