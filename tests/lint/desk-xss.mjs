// Whether anything that people wrote runs at the desk: `node desk-xss.mjs COOKIE URL…`. The pages are opened without their
// Content-Security-Policy, so that it hides nothing, with all that is folded away unfolded; what an attacker wrote sets
// `window.__pwned`.
import { withBrowser } from './chromium.mjs';

const [cookie, ...urls] = process.argv.slice(2);
let found = 0;
const say = (text) => {
  found += 1;
  console.log(text);
};
const look = () => {
  const all = [...document.querySelectorAll('*')];
  const leads = /^\s*(javascript|vbscript|data:text|data:image\/svg)/i;
  const isOurs = (element) =>
    (element.tagName === 'SCRIPT' && element.getAttribute('src')?.startsWith('/desk/asset/')) ||
    (element.tagName === 'IFRAME' && element.hasAttribute('sandbox') && element.getAttribute('src')?.startsWith('/desk/'));
  const bad = all.filter((element) =>
    (['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'BASE', 'MATH'].includes(element.tagName.toUpperCase()) && !isOurs(element)) ||
    [...element.attributes].some(({ name, value }) => name.startsWith('on') || leads.test(value)));
  return { pwned: window.__pwned, bad: bad.map((element) => element.outerHTML.slice(0, 200)), shown: document.documentElement.outerHTML.includes('__pwned') };
};
const control = '<!DOCTYPE html><title>x</title><img src="https://nowhere.example/x" onerror="window.__pwned=1"><a href="javascript:1">x</a>';

await withBrowser(async (browser) => {
  const context = await browser.newContext({ bypassCSP: true });
  await context.addCookies([{ name: 'griot', value: cookie, url: new URL('/', urls[0]).href }]);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.route((url) => url.origin !== new URL(urls[0]).origin, (route) => route.abort());
  page.on('dialog', (dialog) => { say(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  // A page of ours that the probe has to find something on, or it proves nothing.
  await page.setContent(control);
  await page.waitForFunction('window.__pwned === 1');
  if ((await page.evaluate(look)).bad.length !== 2) say('the probe finds nothing');
  let shown = 0;
  for (const url of urls) {
    const answer = await page.goto(url);
    if (answer.status() !== 200) say(`${url}: ${answer.status()}`);
    await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
    const frames = await Promise.all(page.frames().map((frame) => frame.evaluate(look).catch(() => null)));
    for (const seen of frames.filter(Boolean)) {
      if (seen.pwned) say(`${url}: a script ran`);
      for (const one of seen.bad) say(`${url}: ${one}`);
      shown += seen.shown;
    }
  }
  // What was planted has to be there to be harmless.
  if (shown < urls.length / 2) say(`only ${shown} of ${urls.length} pages show what was planted`);
});
process.exit(found ? 1 : 0);
