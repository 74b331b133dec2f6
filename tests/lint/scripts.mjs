// Opens every page of a folder without any Content-Security-Policy and looks for scripts: that ran, or that could.
// `node scripts.mjs FOLDER`; what an attacker wrote sets `window.__pwned`.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { withPage } from './chromium.mjs';
import { pagesOf } from './pages.mjs';

let found = 0;
const say = (text) => {
  found += 1;
  console.log(text);
};
const look = () => {
  const leads = /^\s*(javascript|vbscript|data:text|data:image\/svg)/i;
  const all = [...document.querySelectorAll('*')];
  const bad = all.filter((element) =>
    ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'BASE', 'SVG', 'MATH'].includes(element.tagName.toUpperCase()) ||
    [...element.attributes].some(({ name, value }) => name.startsWith('on') || leads.test(value)));
  return { pwned: window.__pwned, elements: all.length, bad: bad.map((element) => element.outerHTML.slice(0, 200)) };
};

// A page of ours that the probe has to find something on, or it proves nothing.
const control = '<!DOCTYPE html><title>x</title><img src="https://nowhere.example/x" onerror="window.__pwned=1"><a href="javascript:1">x</a>';
await withPage({ width: 1200, colorScheme: 'light', images: false }, async (page) => {
  await page.route('file://**', (route) => route.continue());
  page.on('dialog', (dialog) => { say(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.setContent(control);
  await page.waitForFunction('window.__pwned === 1');
  if ((await page.evaluate(look)).bad.length !== 2) say('the probe finds nothing');
  for (const { name } of pagesOf(process.argv[2])) {
    await page.goto(`${pathToFileURL(join(process.argv[2], `${name}.html`))}`);
    await page.waitForLoadState('load');
    for (const details of await page.$$('details')) await details.evaluate((one) => { one.open = true; });
    const { pwned, elements, bad } = await page.evaluate(look);
    if (pwned) say(`${name}: a script ran`);
    if (elements < 5) say(`${name}: ${elements} elements, nothing to look at`);
    for (const one of bad) say(`${name}: ${one}`);
  }
});
process.exit(found ? 1 : 0);
