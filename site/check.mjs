// Opens every page of the built site in Chromium: no console error, no failed request, no link to a page or heading that is not there;
// the search finds a word. Usage: node check.mjs FOLDER
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { chromium } from 'playwright-core';

const root = path.resolve(process.argv[2]);
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.png': 'image/png' };

const server = http.createServer((request, response) => {
  const file = path.join(root, decodeURIComponent(new URL(request.url, 'http://localhost').pathname).replace(/\/$/, '/index.html'));
  if (!file.startsWith(root + path.sep) || !fs.existsSync(file) || fs.statSync(file).isDirectory()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
  fs.createReadStream(file).pipe(response);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const origin = `http://127.0.0.1:${server.address().port}`;

const problems = [];
const anchors = new Map(); // page to the ids in it
const links = [];          // page, target
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
const page = await browser.newPage();
let at = '';
page.on('console', (message) => message.type() === 'error' && problems.push(`${at}: console: ${message.text()}`));
page.on('pageerror', (error) => problems.push(`${at}: ${error.message}`));
page.on('requestfailed', (request) => request.url().startsWith(origin) && !request.failure()?.errorText.includes('ERR_ABORTED')
  && problems.push(`${at}: ${request.url()} failed`));

const html = fs.readdirSync(root, { recursive: true }).filter((name) => name.endsWith('.html') && name !== '404.html').sort();
for (const name of html) {
  at = '/' + name;
  const response = await page.goto(origin + at, { waitUntil: 'load' });
  if (!response.ok()) problems.push(`${at}: HTTP ${response.status()}`);
  const seen = await page.evaluate(() => ({
    heading: document.querySelector('h1')?.textContent ?? '',
    ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
    links: [...document.querySelectorAll('a[href]')].map((element) => element.href),
    images: [...document.images].filter((image) => image.complete && image.naturalWidth === 0).map((image) => image.src),
  }));
  if (!seen.heading.trim()) problems.push(`${at}: no heading`);
  seen.images.forEach((source) => problems.push(`${at}: image ${source} is not there`));
  anchors.set(at, new Set(seen.ids));
  seen.links.filter((target) => target.startsWith(origin)).forEach((target) => links.push([at, new URL(target)]));
}
for (const [from, target] of links) {
  const to = target.pathname.replace(/\/$/, '/index.html');
  const ids = anchors.get(to);
  if (!ids) problems.push(`${from}: dead link to ${target.pathname}`);
  else if (target.hash && !ids.has(decodeURIComponent(target.hash.slice(1)))) problems.push(`${from}: no heading ${target.hash} in ${to}`);
}

at = 'search';
await page.goto(origin + '/index.html', { waitUntil: 'load' });
await page.locator('.VPNavBarSearch button').first().click();
await page.locator('#localsearch-input').fill('shootdown');
await page.locator('#localsearch-list a').first().waitFor({ timeout: 20000 })
  .catch(() => problems.push('search: nothing found for "shootdown"'));

await browser.close();
server.close();
[...new Set(problems)].forEach((problem) => console.error(problem));
console.error(`${html.length} pages opened, ${links.length} links followed, ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
