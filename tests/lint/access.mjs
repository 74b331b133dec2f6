// axe-core in Chromium, by day and by night: can it be read by everyone?
import axe from 'axe-core';
import { withPage } from './chromium.mjs';
import { pagesOf } from './pages.mjs';

const rules = {
  // WCAG 2.2, 2.5.8; off unless asked for.
  'target-size': { enabled: true },
  // Landmarks are the mail client's: a message is an article within its page.
  region: { enabled: false },
  'landmark-one-main': { enabled: false },
};
let found = 0;
const views = [375, 1200].flatMap((width) => ['light', 'dark'].map((colorScheme) => ({ width, colorScheme })));
for (const view of views) {
  await withPage(view, async (page) => {
    for (const { name, html } of pagesOf(process.argv[2])) {
      const where = `${name}.html, ${view.colorScheme}, ${view.width} px`;
      await page.setContent(html);
      await page.evaluate(axe.source);
      const { violations, passes } = await page.evaluate((options) => window.axe.run(document, options), { rules });
      for (const id of ['color-contrast', 'target-size']) {
        if (!passes.some((pass) => pass.id === id)) throw new Error(`${where}: axe did not measure ${id}`);
      }
      for (const { id, help, nodes } of violations) {
        found += nodes.length;
        for (const node of nodes) console.log(`${where}: ${help} (${id}): ${node.html}`);
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (overflow > 0) {
        found += 1;
        console.log(`${where}: the page is ${overflow} px too wide`);
      }
    }
  });
}
process.exit(found ? 1 : 0);
