// Every page of the desk as who works there sees it: `node desk-look.mjs STEPS ROUTES [FOLDER]`.
// STEPS is JSON, [{ name, url, status, as, … }, …] with what `take` does before a page is looked at; `as` is the cookie of
// who is signed in. ROUTES is JSON, [[method, pattern], …]: what the desk answers to. Each page is judged wide by day and
// narrow by night, where colours and widths do not meet in the stylesheet, and once more without scripts: every button
// belongs to a form, every link leads to something, and every form, sent as it stands, is understood. With
// GRIOT_LOOK=all it is judged in both sizes by day and by night, and pictures of each view go into FOLDER.
import { picture, takePicture, withBrowser } from './chromium.mjs';
import { judgeShown, judgeText } from './judge.mjs';
import { take } from './steps.mjs';

const [steps, routes] = process.argv.slice(2, 4).map((text) => JSON.parse(text));
const folder = process.argv[4];
const all = process.env.GRIOT_LOOK === 'all';
const LARGEST = 100_000;

let found = 0;
const say = (text) => {
  found += 1;
  console.log(text);
};
const validated = new Set();
const patterns = routes.map(([method, pattern]) => [method, new RegExp(`^${pattern.replace(/\{\*\w+\}/g, '.+').replace(/\{\w+\}/g, '[^/]+')}$`)]);
// The route for whatever is no other page.
const leads = (method, path) => patterns.some(([of, pattern], index) => of === method && !routes[index][1].includes('{*') && pattern.test(path));

async function sign(context, { url, as }) {
  await context.clearCookies();
  if (as) await context.addCookies([{ name: 'griot', value: as, url: new URL('/', url).href }]);
}

async function prepare(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  Object.assign(page, { asked: [], answers: [] });
  await page.route('https://images.example.org/**', (route) =>
    route.fulfill({ contentType: 'image/svg+xml', body: picture(route.request().url()) }));
  page.on('request', (request) => page.asked.push(request));
  page.on('response', (response) => page.answers.push(response));
  return page;
}

// With all that a page shows and runs.
async function see(context, view, where) {
  const page = await prepare(context);
  let at = '';
  const complain = (text) => say(`${at}: ${text}`);
  page.on('console', (message) => {
    // Chromium reports a status of 4xx as an error too.
    if (message.type() === 'error' && !message.text().includes('the server responded with a status')) complain(message.text());
  });
  page.on('pageerror', (error) => complain(error.message));
  for (const step of steps) {
    at = `${step.name}, ${where}`;
    page.asked.length = 0;
    await sign(context, step);
    const response = await take(page, step, view).catch((error) => complain(error.message));
    if (!response) continue;
    if (response.status() !== step.status) complain(`status ${response.status()} instead of ${step.status}`);
    if (folder && all) await takePicture(page, `${folder}/${step.name}.${where}.png`, { fullPage: true });
    const ours = new URL(step.url).origin;
    for (const request of page.asked) {
      // The pictures of a brief are its publisher's.
      const isElsewhere = new URL(request.url()).origin !== ours && !request.url().startsWith('data:');
      if (isElsewhere && request.resourceType() !== 'image') complain(`asks ${request.url()}`);
    }
    if (step.isText) continue;
    await judgeShown(page, complain, view > 1);
    if (validated.has(step.name)) continue;
    validated.add(step.name);
    const html = await response.text();
    if (html.length === 0 || html.length >= LARGEST) complain(`${html.length} characters`);
    await judgeText(html, step.name, complain);
  }
}

// Without scripts, whether everything leads somewhere.
async function seePlain(context) {
  const page = await prepare(context);
  const followed = new Set();
  const toSend = new Map();
  for (const step of steps.filter(({ press, leave, isText }) => !press && !leave && !isText)) {
    await sign(context, step);
    const response = await page.goto(step.url);
    const complain = (text) => say(`${step.name}, without scripts: ${text}`);
    if (response.status() !== step.status) complain(`status ${response.status()} instead of ${step.status}`);
    const { loose, unnamed, forms, sent, links } = await page.evaluate(() => {
      const visible = (one) => !one.closest('[hidden]');
      const outer = (one) => one.outerHTML.slice(0, 160);
      const fields = [...document.querySelectorAll('input, select, textarea')];
      return {
        loose: [...document.querySelectorAll('button')].filter((one) => visible(one) && !one.form).map(outer),
        // Who only shows something to be copied sends nothing.
        unnamed: fields.filter((one) => !one.name && !one.readOnly).map(outer),
        forms: [...document.forms].map((form) => [
          form.method.toUpperCase(), new URL(form.action).href, form.enctype,
          [...document.querySelectorAll('button')].some((one) => one.form === form), Boolean(form.querySelector('[type=file]')),
        ]),
        // What each button sends, but for files.
        sent: [...document.querySelectorAll('button')].filter((one) => visible(one) && one.form?.method === 'post').map((one) => ({
          action: one.form.action, isMultipart: one.form.enctype === 'multipart/form-data', button: `${one.name} ${one.value}`,
          fields: [...new FormData(one.form, one)].map(([name, value]) => [name, typeof value === 'string' ? value : '']),
        })),
        links: [...document.links].map((link) => link.href),
      };
    });
    for (const html of loose) complain(`a button without a form: ${html}`);
    for (const html of unnamed) complain(`a field without a name: ${html}`);
    const ours = new URL(step.url).origin;
    for (const [method, action, enctype, canSend, hasFile] of forms) {
      const { origin, pathname } = new URL(action);
      if (origin !== ours || !leads(method, pathname)) complain(`a form that leads nowhere: ${method} ${action}`);
      if (!canSend) complain(`a form without a button: ${method} ${action}`);
      if (hasFile !== (enctype === 'multipart/form-data')) complain(`a form of the wrong kind: ${enctype} ${action}`);
    }
    for (const one of sent) {
      // Of buttons that differ in a number only, one.
      const key = `${step.as} ${one.action} ${one.button}`.replace(/\/\d+|:\d+/g, '#');
      if (!toSend.has(key)) toSend.set(key, { ...one, step });
    }
    for (const link of links) {
      const { origin, pathname, search } = new URL(link);
      if (origin !== ours || !pathname.startsWith('/desk') || followed.has(pathname + search)) continue;
      followed.add(pathname + search);
      const answer = await context.request.get(link, { maxRedirects: 0 });
      if (![200, 303].includes(answer.status())) complain(`a link to nothing: ${link} (${answer.status()})`);
    }
  }
  // It may not be what is wanted, but it is what the desk knows: nothing is missing, and no name is another.
  for (const { step, action, isMultipart, fields } of toSend.values()) {
    // Those ask other machines, and these sign the browser out.
    if (/\/feeds\/|\/look$|\/sign-out$|\/sessions$|\/password$/.test(action)) continue;
    await sign(context, step);
    const body = isMultipart ? { multipart: Object.fromEntries(fields) } : { data: new URLSearchParams(fields).toString() };
    const headers = { 'sec-fetch-site': 'same-origin' };
    if (!isMultipart) headers['content-type'] = 'application/x-www-form-urlencoded';
    const answer = await context.request.post(action, { ...body, headers, maxRedirects: 0 });
    const isUnderstood = [200, 303, 409, 422, 429].includes(answer.status()) && !answer.headers().location?.includes('/sign-in');
    if (!isUnderstood) say(`${step.name}, without scripts: ${answer.status()} for ${action} with ${JSON.stringify(fields).slice(0, 300)}`);
  }
  if (toSend.size < 30) say(`only ${toSend.size} forms were sent`);
}

await withBrowser(async (browser) => {
  const views = [[1280, 'light'], [375, 'dark'], [375, 'light'], [1280, 'dark']].slice(0, all ? 4 : 2);
  const looks = views.map(async ([width, colorScheme], index) => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    await see(context, index + 1, `${width}-${colorScheme}`);
    await context.close();
  });
  await Promise.all(looks);
  const context = await browser.newContext({ viewport: { width: 375, height: 800 }, javaScriptEnabled: false });
  await seePlain(context);
});
process.exit(found ? 1 : 0);
