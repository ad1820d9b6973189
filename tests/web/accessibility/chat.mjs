/** Every state of the chat on the city's page, one citizen per language. */

import { go, lever, person, until } from "./browser.mjs";
import { forced, look, report, tabWalk } from "./probes.mjs";

const WORDS = {
  nl: {
    path: "/", human: "Spreek een medewerker", unsure: "Ik ben mijn rijbewijs kwijt", sure: "rijbewijs", fold: "Voorwaarden",
    send: "Verstuur gegevens", typing: "is aan het typen", failed: "Niet verstuurd", offline: "Geen verbinding.", employee: "U chat met een medewerker", close: "Chat sluiten",
  },
  en: {
    path: "/?taal=en", human: "Talk to an employee", unsure: "I lost my licence", sure: "driving licence", fold: "Conditions",
    send: "Send details", typing: "is typing", failed: "Not sent", offline: "No connection.", employee: "You are chatting with an employee", close: "Close chat",
  },
};

export async function chatStates(browser, language) {
  const words = WORDS[language];
  const page = await person(browser, null, { locale: language === "nl" ? "nl-BE" : "en-GB" });
  await go(page, words.path);
  const chat = { within: "onthaal-chat" };
  const button = (name) => page.getByRole("button", { name, exact: true });
  const input = page.locator("onthaal-chat #text");
  const say = async (text) => {
    await input.fill(text);
    await input.press("Enter");
  };
  const seen = (state, more = chat) => look(page, `chat ${state}, ${language}`, more);

  await page.locator(".onthaal-launcher").click();
  await page.locator("onthaal-chat .onthaal-say").first().waitFor();
  await seen("open", {});
  await say(words.unsure);
  await page.locator(".onthaal-choices").first().waitFor();
  await seen("with did-you-mean");
  await page.locator(".onthaal-choices button").first().click();
  await page.locator(".onthaal-answer").waitFor();
  await page.getByText(words.fold).last().click();
  await seen("with answer card");
  await checkLanguage(page, language);
  await tabWalk(page, `chat with answer card, ${language}`);
  await forced(page, `chat, ${language}`);
  await button(words.human).click();
  await page.locator(".onthaal-details").waitFor();
  await seen("waiting, with details form");
  await button(words.send).click();
  await page.locator(".onthaal-details .onthaal-error:visible").waitFor();
  await seen("details, wrong");
  await page.locator(".onthaal-details input[type=email]").fill(`els.${language}@example.org`);
  await button(words.send).click();
  await page.locator(".onthaal-details").waitFor({ state: "detached" });
  await seen("details sent");
  const number = await until(async () => (await page.locator(".onthaal-widget__number b").textContent()).replace(/\D/g, ""), "a number");
  await lever("claim", { number });
  await lever("reply", { number, text: "Dag, ik ben Tom. Zie https://stad.example/rijbewijs" });
  await page.getByText("ik ben Tom").waitFor();
  await page.getByText(words.employee).waitFor();
  await until(async () => {
    await lever("typing", { number });
    return page.getByText(words.typing).isVisible();
  }, "the hint that somebody types");
  await seen("person typing");
  await input.fill("a".repeat(4003));
  await seen("too long");
  await input.fill("");
  await lever("finish", { number, then: "closed" });
  await page.locator(".onthaal-widget__head p").filter({ hasText: language === "nl" ? "afgerond" : "finished" }).waitFor();
  await seen("closed by the employee");
  await lever("chat down");
  await page.getByText(words.offline).waitFor();
  await say("bent u er nog?");
  await seen("connection lost");
  await lever("chat up");
  await page.getByText(words.offline).waitFor({ state: "hidden", timeout: 30_000 });
  await button(words.close).click();
  await seen("closed again");
  await page.context().close();
}

/** The catalogue's text is Dutch: inside an English chat that is said, so that a screen reader reads it as Dutch. */
async function checkLanguage(page, language) {
  if (language === "nl") return;
  const found = await page.locator(".onthaal-answer__text").evaluate((node) => node.closest("[lang]")?.lang ?? "");
  if (found !== "nl") report.faults.push(`chat in English: the Dutch text of a card says lang="${found}"`);
  const says = await page.locator(".onthaal-answer__note").evaluate((node) => node.closest("[lang]")?.lang ?? "");
  if (says !== "en") report.faults.push(`chat in English: the English note of a card says lang="${says}"`);
}
