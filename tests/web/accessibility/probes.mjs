/** What is looked at in one state of a page: axe, and what axe cannot see. Each probe gives a list of faults in words. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { NARROW, WIDE, picture } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const OF_COLOUR = ["color-contrast", "link-in-text-block"];
const MUST = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Every state in these looks. A dark page differs from a light one in colour only, so there only that is looked at. */
export const LOOKS = [
  { name: "light, 1440 px", colorScheme: "light", viewport: WIDE },
  { name: "light, 320 px", colorScheme: "light", viewport: NARROW },
  { name: "dark, 320 px", colorScheme: "dark", viewport: NARROW, isColourOnly: true },
  { name: "dark, 1440 px", colorScheme: "dark", viewport: WIDE, isColourOnly: true },
];

/** What was found, for the report. */
export const report = { states: 0, looks: 0, rules: new Set(), faults: [], advice: new Map(), undecided: new Map(), stops: 0, walks: 0 };

/** Look at a state in every look. `within` limits axe to a part of which the rest was seen before. */
export async function look(page, what, { within = null } = {}) {
  report.states += 1;
  for (const { name, colorScheme, viewport, isColourOnly } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    report.looks += 1;
    const faults = isColourOnly ? await axe(page, within, OF_COLOUR) : [...(await axe(page, within)), ...(await shape(page, viewport === NARROW))];
    report.faults.push(...faults.map((fault) => `${what} (${name}): ${fault}`));
    await picture(page, `${what} ${name}`);
  }
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light" });
}

async function axe(page, within, rules = null) {
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(AXE);
  const found = await page.evaluate(
    async ([tags, part, only]) => {
      const runOnly = only ? { type: "rule", values: only } : [...tags, "best-practice"];
      const options = { runOnly, rules: only ? {} : { "target-size": { enabled: true } }, resultTypes: ["violations", "incomplete"] };
      const result = await window.axe.run(part ? { include: [part] } : document, options);
      const brief = (one) => ({ id: one.id, tags: one.tags, where: one.nodes.map((node) => `${node.target.flat().join(" ")} [${node.any[0]?.message ?? node.all[0]?.message ?? ""}]`) });
      return {
        rules: [...result.passes, ...result.violations].map((one) => one.id),
        violations: result.violations.map(brief),
        incomplete: result.incomplete.map(brief),
      };
    },
    [MUST, within, rules],
  );
  for (const rule of found.rules) report.rules.add(rule);
  for (const one of found.incomplete) report.undecided.set(one.id, (report.undecided.get(one.id) ?? 0) + one.where.length);
  const isMust = (one) => one.tags.some((tag) => MUST.includes(tag));
  for (const one of found.violations.filter((each) => !isMust(each))) report.advice.set(`${one.id}: ${one.where[0]}`, true);
  return found.violations.filter(isMust).map((one) => `axe ${one.id}: ${one.where.slice(0, 4).join("; ")}`);
}

/** Size of targets, sideways scroll, names, language, title; at 320 px also the text spacing of WCAG 1.4.12. */
async function shape(page, isNarrow) {
  const faults = await page.evaluate(shapeFaults, isNarrow);
  return isNarrow ? [...faults, ...(await spacing(page))] : faults;
}

/* Runs in the page. */
function shapeFaults(isNarrow) {
  const faults = [];
  const deep = (root) => [...root.querySelectorAll("*")].flatMap((node) => [node, ...(node.shadowRoot ? deep(node.shadowRoot) : [])]);
  const all = deep(document);
  const say = (node) => `${node.tagName.toLowerCase()}${node.id ? `#${node.id}` : ""} “${(node.getAttribute("aria-label") ?? node.textContent).trim().replace(/\s+/g, " ").slice(0, 40)}”`;
  const isSeen = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && node.getBoundingClientRect().width > 1;
  const controls = all.filter((node) => node.matches("a[href], button, input:not([type=hidden]), select, textarea, summary") && isSeen(node));
  for (const node of controls) {
    const { width, height } = node.getBoundingClientRect();
    const isInText = node.matches("a") && getComputedStyle(node).display === "inline"; // WCAG 2.5.8, exception "inline"
    if (!isInText && (width < 23.9 || height < 23.9)) faults.push(`target of ${Math.round(width)} × ${Math.round(height)} px: ${say(node)}`);
  }
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) faults.push(`scrolls sideways: ${root.scrollWidth} px on ${root.clientWidth}`);
  for (const node of isNarrow ? all : []) {
    const style = getComputedStyle(node);
    const hasBar = style.overflowX === "auto" || style.overflowX === "scroll";
    if (hasBar && isSeen(node) && node.scrollWidth > node.clientWidth + 1 && !node.matches(".onthaal-scroll-x")) faults.push(`a part scrolls sideways: ${say(node)}`);
  }
  if (!root.lang) faults.push("no language");
  if (document.title.trim().split(" · ").length < 2) faults.push(`a title that does not say which page and which site: ${document.title}`);
  const ids = all.filter((node) => node.id && node.getRootNode() === document).map((node) => node.id);
  for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index))) faults.push(`two elements with id ${id}`);
  for (const node of all.filter((one) => one.getAttribute("aria-invalid") === "true" && isSeen(one))) {
    const about = (node.getAttribute("aria-describedby") ?? "").split(" ").map((id) => node.getRootNode().getElementById?.(id)?.textContent ?? "");
    if (!about.join("").trim()) faults.push(`wrong without a reason: ${say(node)}`);
  }
  return faults;
}

/** The text spacing that a reader may set: nothing may be cut off or lie over something else. */
function spacing(page) {
  return page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
    const roots = [document, ...[...document.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean)];
    for (const root of roots) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    const faults = [];
    const nodes = roots.flatMap((root) => [...root.querySelectorAll("*")]);
    for (const node of nodes) {
      const style = getComputedStyle(node);
      if (!node.checkVisibility() || !["hidden", "clip"].includes(style.overflowY) || style.textOverflow === "ellipsis") continue;
      if (node.clientWidth <= 1 || node.matches("svg, svg *, iframe, dialog, .onthaal-app")) continue;
      const isCut = node.scrollHeight > node.clientHeight + 2 || node.scrollWidth > node.clientWidth + 2;
      if (isCut && node.textContent.trim()) faults.push(`cut off by wider text: ${node.className || node.tagName}`);
    }
    const page_ = document.documentElement;
    if (page_.scrollWidth > page_.clientWidth) faults.push(`scrolls sideways with wider text: ${page_.scrollWidth} px`);
    for (const root of roots) root.adoptedStyleSheets = root.adoptedStyleSheets.filter((one) => one !== sheet);
    return faults;
  });
}

/**
 * Walk with Tab through everything: each control is reached (no trap), shows a ring of at least 3:1 and is not covered.
 *
 * Gives the names of the stops. A widget that keeps the keyboard on purpose is a modal dialog; `inside` names it. A page
 * that a live update changed during the walk is walked again: what is new there was not passed.
 */
export async function tabWalk(page, what, { inside = null, most = 250 } = {}) {
  let walked;
  for (let time = 0; time < 3; time += 1) {
    walked = await walkOnce(page, what, inside, most);
    if (!walked.isChanged) break;
  }
  report.walks += 1;
  report.stops += walked.names.length;
  report.faults.push(...walked.faults);
  return walked.names;
}

async function walkOnce(page, what, inside, most) {
  await page.evaluate((part) => {
    window.walked = new Set();
    document.activeElement?.blur();
    getSelection().removeAllRanges();
    if (part) return;
    document.body.tabIndex = -1;
    document.body.focus({ preventScroll: true });
    document.body.removeAttribute("tabindex");
  }, inside);
  const names = [];
  const faults = [];
  for (let step = 0; step < most; step += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(stopFaults);
    if (stop === null) continue; // On the page itself, or in a frame.
    if (stop.isBack) break;
    names.push(stop.name);
    faults.push(...stop.faults.map((fault) => `${what}, Tab ${step + 1}, ${stop.name}: ${fault}`));
  }
  const missed = await page.evaluate(missedControls, inside);
  faults.push(...missed.map((name) => `${what}: Tab never reaches ${name}`));
  return { names, faults, isChanged: await page.evaluate(() => [...window.walked].some((node) => !node.isConnected)) };
}

/* Runs in the page: the element with the focus, and what is wrong with how it shows. */
function stopFaults() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  if (!node || node === document.body || node === document.documentElement) return null;
  if (window.walked.has(node)) return { isBack: true };
  window.walked.add(node);
  const name = `${node.tagName.toLowerCase()}${node.id ? `#${node.id}` : ""} “${(node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? node.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 40)}”`;
  if (node.tagName === "IFRAME") return { name, faults: [] };
  const faults = [];
  const style = getComputedStyle(node);
  const colour = (text) => {
    const paint = (window.paint ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = text;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const behind = (from) => {
    for (let one = from; one; one = one.parentElement ?? one.getRootNode().host) {
      const found = colour(getComputedStyle(one).backgroundColor);
      if (found[3] > 200) return found;
    }
    return colour("Canvas");
  };
  const around = parseFloat(style.outlineOffset) < 0 ? node : node.parentElement ?? node.getRootNode().host;
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) faults.push("no visible focus");
  else {
    const shown = ratio(colour(style.outlineColor), behind(around));
    if (shown < 3) faults.push(`focus ring of ${shown.toFixed(2)}:1`);
  }
  const box = node.getBoundingClientRect();
  const points = [0.5, 0.1, 0.9].flatMap((x) => [0.5, 0.15, 0.85].map((y) => [box.left + box.width * x, box.top + box.height * y]));
  const isOn = ([x, y]) => {
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return false;
    let top = document.elementFromPoint(x, y);
    while (top?.shadowRoot?.elementFromPoint(x, y) && top.shadowRoot.elementFromPoint(x, y) !== top) top = top.shadowRoot.elementFromPoint(x, y);
    return top && (node.contains(top) || top.contains(node) || [...(node.labels ?? [])].some((label) => label.contains(top)));
  };
  if (box.width < 2) faults.push("nothing to see at the focus");
  else if (!points.some(isOn)) faults.push("the focus is covered");
  return { name, faults };
}

/* Runs in the page: controls that can be seen and were not reached. Radio groups and frames have their own keys. */
function missedControls(inside) {
  const deep = (root) => [...root.querySelectorAll("*")].flatMap((node) => [node, ...(node.shadowRoot ? deep(node.shadowRoot) : [])]);
  const where = inside ? deep(document).filter((node) => node.matches(inside)).flatMap(deep) : deep(document);
  return where
    .filter((node) => node.matches("a[href], button, input:not([type=hidden], [type=radio]), select, textarea, summary, [tabindex='0']"))
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.disabled && !window.walked.has(node))
    .map((node) => `${node.tagName.toLowerCase()}${node.id ? `#${node.id}` : ""} “${node.textContent.trim().slice(0, 40)}”`);
}

/** In forced colours a control is known by a border, an underline or an outline, never by a background alone. */
export async function forced(page, what) {
  await page.emulateMedia({ forcedColors: "active" });
  const faults = await page.evaluate(() => {
    const deep = (root) => [...root.querySelectorAll("*")].flatMap((node) => [node, ...(node.shadowRoot ? deep(node.shadowRoot) : [])]);
    return deep(document)
      .filter((node) => node.matches("button, input:not([type=hidden]), select, textarea, a[aria-current]") && node.checkVisibility({ visibilityProperty: true }))
      .filter((node) => {
        const style = getComputedStyle(node);
        const hasBorder = ["Top", "Bottom", "Left"].some((side) => style[`border${side}Style`] !== "none" && parseFloat(style[`border${side}Width`]) > 0);
        const hasMark = getComputedStyle(node, "::before").forcedColorAdjust === "none" || style.outlineStyle !== "none";
        const isText = style.textDecorationLine.includes("underline") || node.matches("[type=checkbox], [type=radio]");
        return !hasBorder && !hasMark && !isText;
      })
      .map((node) => `${node.tagName.toLowerCase()}${node.id ? `#${node.id}` : ""}.${node.className} “${node.textContent.trim().replace(/\s+/g, " ").slice(0, 30)}”`);
  });
  report.faults.push(...faults.map((name) => `${what} (forced colours): no edge around ${name}`));
  await picture(page, `${what} forced`);
  await page.emulateMedia({ forcedColors: "none" });
}
