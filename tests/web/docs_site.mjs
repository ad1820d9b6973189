// Every page of the built documentation in a real browser: nothing is asked of another server, nothing fails.
// SITE is the folder; PAGES are the pages, one per line.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png" };
const server = createServer(async (request, response) => {
  try {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)).replace(/\/$/, "/index.html");
    const content = await readFile(join(process.env.SITE, path));
    response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" }).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const faults = [];
const found = [];
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.route("**", (route) => (route.request().url().startsWith(`${base}/`) ? route.continue() : route.abort()));
  const page = await context.newPage();
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${base}/`) && !/^(data|blob):/.test(url)) faults.push(`${page.url()} asks ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${page.url()} misses ${response.url()}`);
  });
  page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.message}`));
  for (const path of process.env.PAGES.split("\n")) {
    await page.goto(`${base}/${path}`, { waitUntil: "networkidle" });
    const broken = await page.$$eval("main img", (all) => all.filter((one) => one.naturalWidth === 0).map((one) => one.src));
    faults.push(...broken.map((src) => `${path} shows nothing for ${src}`));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) faults.push(`${path} scrolls sideways`);
  }
  await page.goto(`${base}/index.html`);
  await page.locator(".md-search__input").fill("trusted proxies");
  const first = page.locator(".md-search-result__item").first();
  await first.waitFor({ timeout: 30_000 });
  found.push(await first.innerText());
  const folder = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await folder.goto(pathToFileURL(join(process.env.SITE, "how-to/go-live.html")).href);
  await folder.locator(".md-search__input").fill("trusted proxies");
  const there = folder.locator(".md-search-result__item").first();
  await there.waitFor({ timeout: 30_000 });
  found.push(await there.innerText());
} finally {
  await browser.close();
  server.close();
}
for (const one of found) if (!/settings/i.test(one)) faults.push(`the search found ${JSON.stringify(one)}`);
console.log(faults.length ? faults.join("\n") : "all pages hold");
process.exitCode = faults.length ? 1 : 0;
