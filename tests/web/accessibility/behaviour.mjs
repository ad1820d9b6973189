/** Where the focus goes after each act, what live regions say, and that nobody is kept out or kept in. */

import { CITY_MARKUP, CITY_STORY, CITY_URL, another, equal, go, lever, person, question, until } from "./browser.mjs";
import { report } from "./probes.mjs";

const KARIN = "karin@stad.example";

/** The id, label or text of what has the focus, also inside a shadow root. */
const focused = (page) =>
  page.evaluate(() => {
    let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    return node === document.body ? "nothing" : node.id || node.getAttribute("aria-label") || node.textContent.trim().slice(0, 40);
  });

const lands = (page, wanted, what) =>
  until(async () => (await focused(page)) === wanted, what).catch(async () => {
    throw new Error(`${what}: focus should be on ${wanted} and is on ${await focused(page)}`);
  });

const checks = {
  "the log-in takes a pasted password, and asks for nothing to remember or solve": async ({ browser }) => {
    const page = await person(browser);
    await go(page, "/inloggen");
    equal(await page.locator("#email").getAttribute("autocomplete"), "username", "address");
    equal(await page.locator("#password").getAttribute("autocomplete"), "current-password", "password");
    await page.locator("#password").focus();
    const isRefused = await page.evaluate(() => !document.activeElement.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true })));
    equal(isRefused, false, "paste is refused");
    await page.fill("#email", "els@stad.example");
    await page.fill("#password", "fout");
    await page.keyboard.press("Enter");
    await page.locator("#password-problem[role=alert]").waitFor();
    equal(await page.locator("#password").getAttribute("aria-describedby"), "password-problem", "the fault belongs to its field");
    await lands(page, "password", "after a wrong password");
    await page.context().close();
  },

  "a dialog takes the focus, keeps it, and gives it back": async ({ page, number }) => {
    await go(page, `/werkplek/${number}?lijst=mijn`);
    await page.locator("#doorsturen-knop").focus();
    await page.keyboard.press("Enter");
    await lands(page, "naar-groep", "dialog open");
    for (let step = 0; step < 9; step += 1) {
      await page.keyboard.press(step < 6 ? "Tab" : "Shift+Tab");
      equal(await page.evaluate(() => Boolean(document.activeElement.closest("#doorsturen"))), true, `inside after ${step + 1} steps`);
    }
    await page.keyboard.press("Escape");
    await lands(page, "doorsturen-knop", "dialog closed");
    await page.keyboard.press("Enter");
    await lands(page, "naar-groep", "dialog open again");
    await page.evaluate(() => {
      const button = document.querySelector("#doorsturen-knop");
      button.replaceWith(button.cloneNode(true)); // As a live update does.
    });
    await page.keyboard.press("Escape");
    await lands(page, "doorsturen-knop", "dialog closed after its button was fetched again");
    await page.locator(".onthaal-pane__scroll[data-scroll]").focus();
    await page.keyboard.press("?");
    await until(() => page.locator("#sneltoetsen:popover-open").count(), "shortcuts");
    await page.keyboard.press("Escape");
    await lands(page, "Verloop van het gesprek", "shortcuts closed");
    await page.locator("#meer-acties-knop").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    await lands(page, "meer-acties-knop", "menu closed");
  },

  "each act leaves the focus where the work goes on": async ({ page }) => {
    const number = await question("wat de toetsen doen");
    const course = "Verloop van het gesprek";
    await go(page, `/werkplek/${number}?lijst=groepen`);
    const act = async (wanted, selector, what) => {
      await page.locator(selector).first().focus();
      await page.keyboard.press("Enter");
      await lands(page, wanted, what);
    };
    await act(course, "#neem", "taken");
    await page.locator("#tekst").fill("Dag, dit is het.");
    await page.keyboard.press("Control+Enter");
    await page.locator(".onthaal-message--employee").waitFor();
    await lands(page, "tekst", "sent");
    await page.locator("[data-onthaal-write=notitie]").focus();
    await page.keyboard.press("Enter");
    await lands(page, "notitie-tekst", "note");
    await page.keyboard.type("Nagekeken.");
    await page.keyboard.press("Control+Enter");
    await page.locator(".onthaal-message--note").waitFor();
    await until(async () => (await focused(page)) !== "nothing", "the focus after a note");
    await page.locator("#meer-acties-knop").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Leg terug op de lijst" }).focus();
    await another(number, "Nog iets erbij.");
    await page.locator("#verloop").getByText("Nog iets erbij.").waitFor();
    equal(await focused(page), "Leg terug op de lijst", "the menu stays open when something comes in");
    await page.keyboard.press("Enter");
    await lands(page, course, "put back");
    await act(course, "#neem", "taken again");
    await act(course, "#afronden", "closed");
  },

  "the queue changes under the focus: it stays, or goes to the next line": async ({ page }) => {
    const first = await question("de eerste regel");
    const second = await question("de tweede regel");
    await go(page, "/werkplek?lijst=onverdeeld");
    await page.locator(`#regel-${second}`).focus();
    await page.waitForTimeout(400);
    const third = await question("de derde regel");
    await page.locator(`#regel-${third}`).waitFor();
    equal(await focused(page), `regel-${second}`, "a new line does not take the focus");
    await until(async () => (await page.textContent("#nieuws")).includes("de derde regel"), "the new line is told");
    await lever("claim", { number: second });
    await page.locator(`#regel-${second}`).waitFor({ state: "detached" });
    await lands(page, `regel-${third}`, "the line is gone");
    await lever("claim", { number: first });
  },

  "what comes in is told, once, and errors at once": async ({ page, number }) => {
    await go(page, `/werkplek/${number}?lijst=mijn`);
    await page.locator("#tekst").focus();
    await page.waitForTimeout(400);
    await another(number, "Er is nog iets.");
    await until(async () => (await page.textContent("#nieuws")).startsWith("Nieuw bericht van"), "the new message is told");
    equal(await focused(page), "tekst", "while writing");
    for (const [id, role] of [["nieuws", "status"], ["toast", "status"], ["melding", "alert"], ["verbinding", "status"]]) {
      equal(await page.locator(`#${id}`).getAttribute("role"), role, id);
    }
    await page.locator("#afronden").focus();
    await page.keyboard.press("Enter");
    await page.locator("#melding .onthaal-alert").waitFor();
    await lands(page, "afronden", "a refusal");
    await page.locator("#melding [data-onthaal-dismiss]").focus();
    await page.keyboard.press("Enter");
    await until(async () => (await page.locator("#melding .onthaal-alert").count()) === 0, "dismissed");
    equal((await focused(page)) === "nothing", false, "focus after the message is closed");
  },

  "a link in a mail with markup opens in a tab of its own, without a way back": async ({ page }) => {
    await go(page, "/werkplek?lijst=groepen");
    const number = await page.locator(".onthaal-queue__item", { hasText: "Kaart" }).first().getAttribute("data-number");
    await go(page, `/werkplek/${number}?lijst=groepen`);
    await page.context().route("https://www.example.org/**", (route) => route.fulfill({ contentType: "text/html", body: "<title>kaart</title><script>document.title = `script ${window.opener} ${document.referrer}`</script>" }));
    await page.locator(`#opmaak-${CITY_MARKUP} summary`).click();
    const link = page.frameLocator(`#opmaak-${CITY_MARKUP} iframe`).locator("a");
    equal(await link.getAttribute("rel"), "noopener noreferrer nofollow", "rel");
    const opened = page.context().waitForEvent("page");
    await link.focus();
    await page.keyboard.press("Enter");
    const tab = await opened;
    await tab.waitForLoadState();
    equal([tab.url(), await tab.title()], ["https://www.example.org/kaart", "script null"], "the new tab");
    await tab.close();
    equal(await page.locator(`#opmaak-${CITY_MARKUP} iframe`).getAttribute("sandbox"), "allow-popups allow-popups-to-escape-sandbox", "sandbox");
  },

  "every page has a title of its own": async ({ page }) => {
    const titles = [];
    const paths = ["/", "/producten", "/producten/rijbewijs", "/privacy", "/toegankelijkheid", "/bestaat-niet", "/demo/mail", "/werkplek?lijst=mijn", "/werkplek?lijst=te-laat", `/werkplek/${CITY_STORY}`, "/werkplek/onleesbaar", "/werkplek/1"];
    for (const path of paths) {
      await page.goto(CITY_URL + path);
      titles.push(await page.title());
    }
    equal(new Set(titles).size, paths.length, `titles: ${titles.join(" | ")}`);
  },

  "opening hours stay in columns, also on a small screen": async ({ page }) => {
    for (const width of [1440, 360, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await go(page, "/");
      const found = await page.evaluate(() => {
        const starts = [...document.querySelectorAll(".onthaal-hours dd")].map((node) => Math.round(node.getBoundingClientRect().left));
        const spans = [...document.querySelectorAll(".onthaal-hours__span")].map((node) => node.getClientRects().length);
        return { columns: new Set(starts).size, broken: spans.filter((count) => count > 1).length };
      });
      equal(found, { columns: 1, broken: 0 }, `hours at ${width} px`);
    }
  },
};

export async function behaviour(browser) {
  const page = await person(browser, KARIN);
  const number = await question("voor de toetsen");
  await lever("claim", { number, who: "karin" });
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check({ browser, page, number });
      console.log(`ok     ${name}`);
    } catch (error) {
      report.faults.push(`${name}: ${error.message.split("\n")[0]}`);
    }
  }
  await page.context().close();
}
