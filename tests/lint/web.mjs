// The pages as they are served, in Chromium: every button pressed, by day and by night, wide and narrow. Looks for what
// the Content-Security-Policy refused, what axe-core finds, what is too wide, and what html-validate does not like.
// `node web.mjs STEPS [FOLDER]`: STEPS is JSON, [{ name, url, press, status, isBrief }, …]; into FOLDER go pictures, to be looked at.
// A brief has linters of its own; here it is only served, under a policy and in a width.
import axe from 'axe-core';
import { HtmlValidate } from 'html-validate';
import { withPage } from './chromium.mjs';

const steps = JSON.parse(process.argv[2]);
const folder = process.argv[3];
const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended', 'html-validate:document'],
  rules: {
    // The one stylesheet stands in the page, its hash in the policy.
    'no-inline-style': 'off',
    'long-title': 'off',
    // A button in a form submits it, which is what HTML says.
    'no-implicit-button-type': 'off',
  },
});
// A frame without scripts cannot answer axe; what is in one is looked at by itself.
const axeOptions = { rules: { 'target-size': { enabled: true } }, iframes: false };
const validated = new Set();
let found = 0;
const say = (text) => {
  found += 1;
  console.log(text);
};

for (const width of [1200, 375]) {
  for (const colorScheme of ['light', 'dark']) {
    await withPage({ width, colorScheme }, async (page) => {
      await page.unroute('**/*');
      let where = '';
      page.on('console', (message) => {
        // Chromium reports a status of 4xx as an error too.
        if (message.type() === 'error' && !message.text().includes('the server responded with a status')) {
          say(`${where}: ${message.text()}`);
        }
      });
      for (const { name, url, press, status, isBrief } of steps) {
        where = `${name}, ${colorScheme}, ${width} px`;
        let response = await page.goto(url);
        if (press) [response] = await Promise.all([page.waitForNavigation(), page.click(`button:text-is("${press}")`)]);
        if (response.status() !== status) say(`${where}: status ${response.status()} instead of ${status}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (overflow > 0) say(`${where}: the page is ${overflow} px too wide`);
        if (folder) await page.screenshot({ path: `${folder}/${name}.${width}-${colorScheme}.png`, fullPage: true });
        if (isBrief) continue;
        await page.evaluate(axe.source);
        const { violations, passes } = await page.evaluate((options) => window.axe.run(document, options), axeOptions);
        if (!passes.some((pass) => pass.id === 'color-contrast')) say(`${where}: axe did not measure the contrast`);
        for (const { id, help, nodes } of violations) {
          for (const node of nodes) say(`${where}: ${help} (${id}): ${node.html}`);
        }
        if (validated.has(name)) continue;
        // The same bytes in every view.
        validated.add(name);
        const report = await validator.validateString(await response.text(), `${name}.html`);
        for (const { line, column, message, ruleId } of report.results.flatMap((result) => result.messages)) {
          say(`${where}:${line}:${column}: ${message} (${ruleId})`);
        }
      }
    });
  }
}
process.exit(found ? 1 : 0);
