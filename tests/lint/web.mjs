// The pages as they are served, in Chromium: every button pressed, wide by day and narrow by night. Looks for what
// the Content-Security-Policy refused, what axe-core finds, what is too wide, what html-validate does not like, and whom
// else a page asks for something.
// `node web.mjs STEPS [FOLDER]`: STEPS is JSON, [{ name, url, …, status }, …]; into FOLDER go pictures, to be looked at.
// Before it is looked at, a step may `fill` fields and `check` boxes, each by its selector, change the page by a line of
// script (`edit`), and `press` a button, by its text or its selector, or several, one after the other. `{view}` in what is
// filled in is another word each time, and where there are several URLs each time takes another.
// With `languages` it is seen by a browser of each; such pages say in their head what a page has to say, and those that
// are `hidden` are kept out of search engines. In English they are seen wide by day and narrow by night, in further languages
// where it is narrow, Arabic by night. A brief (`isBrief`) has linters of its own; here it is only served, under a policy and
// in a width.
import { picture, takePicture, withBrowser } from './chromium.mjs';
import { judgeShown, judgeText } from './judge.mjs';
import { take } from './steps.mjs';

const steps = JSON.parse(process.argv[2]);
const folder = process.argv[3];
const LARGEST = 50_000;

const validated = new Set();
let found = 0;
const say = (text) => {
  found += 1;
  console.log(text);
};

// What the head of a reader's page says.
async function readHead(page, response, { hidden }, language, say) {
  const head = await page.evaluate(() => ({
    title: document.title.trim(),
    description: document.querySelector('meta[name=description]')?.content.trim(),
    viewport: document.querySelector('meta[name=viewport]')?.content,
    robots: document.querySelector('meta[name=robots]')?.content ?? '',
    lang: document.documentElement.lang,
    dir: document.documentElement.dir,
    headings: document.querySelectorAll('h1').length,
  }));
  if (!head.title || !head.description) say('no title, or no description');
  if (head.viewport !== 'width=device-width') say(`viewport ${head.viewport}`);
  if (head.lang !== language || head.dir !== (language === 'ar' ? 'rtl' : 'ltr')) say(`lang ${head.lang}, dir ${head.dir}`);
  if (head.headings !== 1) say(`${head.headings} headings of the first level`);
  const isHidden = head.robots.includes('noindex') || (response.headers()['x-robots-tag'] ?? '').includes('noindex');
  if (Boolean(hidden) !== isHidden) say(`noindex: ${isHidden}`);
}

async function see(page, width, colorScheme, locale, view) {
  const taken = steps.filter(({ languages = ['en'] }) => languages.includes(locale));
  page.setDefaultTimeout(15_000);
  Object.assign(page, { asked: [], answers: [] });
  let where = '';
  const complain = (text) => say(`${where}: ${text}`);
  page.on('console', (message) => {
    // Chromium reports a status of 4xx as an error too.
    if (message.type() === 'error' && !message.text().includes('the server responded with a status')) complain(message.text());
  });
  await page.route('https://images.example.org/**', (route) =>
    route.fulfill({ contentType: 'image/svg+xml', body: picture(route.request().url()) }));
  page.on('request', (request) => page.asked.push(request));
  page.on('response', (response) => page.answers.push(response));
  for (const step of taken) {
    const { name, url, status, isBrief, languages } = step;
    where = `${name}, ${locale}, ${colorScheme}, ${width} px`;
    page.asked.length = page.answers.length = 0;
    const response = await take(page, step, view).catch((error) => complain(error.message));
    if (!response) continue;
    if (response.status() !== status) complain(`status ${response.status()} instead of ${status}`);
    if (folder) await takePicture(page, `${folder}/${name}.${locale}.${width}-${colorScheme}.png`, { fullPage: true });
    if (languages) {
      // The pictures of an edition are its publisher's.
      const isPicture = (request) => isBrief && request.resourceType() === 'image';
      const ours = new URL([url].flat()[0]).origin;
      for (const request of page.asked) {
        if (new URL(request.url()).origin !== ours && !isPicture(request)) complain(`asks ${request.url()}`);
      }
      let bytes = 0;
      for (const answer of page.answers) {
        if (!isPicture(answer.request())) bytes += (await answer.body()).length;
      }
      if (bytes === 0 || bytes >= LARGEST) complain(`${bytes} bytes`);
      if (!isBrief) await readHead(page, response, step, locale, complain);
    }
    if (isBrief) {
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (overflow > 0) complain(`the page is ${overflow} px too wide`);
      continue;
    }
    await judgeShown(page, complain, validated.has(name + locale));
    if (validated.has(name + locale)) continue;
    // The same bytes in every view.
    validated.add(name + locale);
    await judgeText(await response.text(), name, complain);
  }
}

await withBrowser(async (browser) => {
  let view = 0;
  for (const width of [1200, 375]) {
    for (const colorScheme of ['light', 'dark']) {
      for (const locale of new Set(steps.flatMap(({ languages = ['en'] }) => languages))) {
        // Wide by day and narrow by night: colours and widths do not meet in the stylesheet.
        if (locale === 'en' && (width > 375) !== (colorScheme === 'light')) continue;
        if (locale !== 'en' && (width > 375 || (locale === 'ar') !== (colorScheme === 'dark'))) continue;
        view += 1;
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, locale });
        await see(await context.newPage(), width, colorScheme, locale, view);
        await context.close();
      }
    }
  }
});
process.exit(found ? 1 : 0);
