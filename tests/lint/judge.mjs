// What is wrong with a page: axe-core in the browser, html-validate on its text.
import axe from 'axe-core';
import { HtmlValidate } from 'html-validate';

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended', 'html-validate:document'],
  rules: {
    // The one stylesheet stands in the page, its hash in the policy.
    'no-inline-style': 'off',
    'long-title': 'off',
    // What comes from here is as trustworthy as the page.
    'require-sri': ['error', { target: 'crossorigin' }],
    // A button in a form submits it, which is what HTML says.
    'no-implicit-button-type': 'off',
    // One box of several is one of the values that a field may have.
    'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'submit', 'button', 'reset'] }],
  },
});
// A frame without scripts cannot answer axe; what is in one is looked at by itself.
const axeOptions = { rules: { 'target-size': { enabled: true } }, iframes: false };

// What the size of the window or the colours change; all else is the same in every view of a page.
const inEachView = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size'];

// Whether everyone can use it, and whether it fits. With `again` it was judged in another view before.
export async function judgeShown(page, complain, again = false) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) complain(`the page is ${overflow} px too wide`);
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate((options) => window.axe.run(document, options), again ? { ...axeOptions, runOnly: inEachView } : axeOptions);
  if (!passes.some((pass) => pass.id === 'color-contrast')) complain('axe did not measure the contrast');
  for (const { id, help, nodes } of violations) {
    for (const node of nodes) complain(`${help} (${id}): ${node.html}`);
  }
}

// Whether it is HTML.
export async function judgeText(html, name, complain) {
  const report = await validator.validateString(html, `${name}.html`);
  for (const { line, column, message, ruleId } of report.results.flatMap((result) => result.messages)) {
    complain(`${line}:${column}: ${message} (${ruleId})`);
  }
}
