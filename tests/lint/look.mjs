// Takes pictures of every page of a folder, to be looked at: `node look.mjs FOLDER`.
// Wide and narrow, by day and by night, and without images. The pictures inside are drawn, not fetched.
import { withPage } from './chromium.mjs';
import { pagesOf } from './pages.mjs';

const folder = process.argv[2];
const views = [
  ['1200-day', { width: 1200, colorScheme: 'light' }],
  ['375-day', { width: 375, colorScheme: 'light' }],
  ['1200-night', { width: 1200, colorScheme: 'dark' }],
  ['375-night', { width: 375, colorScheme: 'dark' }],
  ['1200-no-images', { width: 1200, colorScheme: 'light', images: false }],
  ['375-no-style', { width: 375, colorScheme: 'light', style: false }],
];
for (const [view, options] of views) {
  await withPage(options, async (page) => {
    for (const { name, html } of pagesOf(folder)) {
      await page.setContent(options.style === false ? html.replace(/<style>.*?<\/style>/s, '') : html);
      await page.waitForLoadState('load');
      await page.screenshot({ path: `${folder}/${name}.${view}.png`, fullPage: true });
    }
  });
}
