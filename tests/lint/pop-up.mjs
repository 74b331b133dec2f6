// The pop-up, the form in place and the frame on a publisher's page, in Chromium: when it opens, how it behaves, what it
// leaves behind, what axe-core finds, and that the page is none the worse where we cannot be reached.
// `node pop-up.mjs GRIOT FOLDER`: into FOLDER go pictures, to be looked at.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import axe from 'axe-core';
import { takePicture, withBrowser } from './chromium.mjs';
import { withHost } from './host.mjs';

const [griot, folder] = process.argv.slice(2);
const SECOND = 1000;
const DAY = 86_400 * SECOND;
const wide = { width: 1280, colorScheme: 'light' };
const phone = { width: 375, colorScheme: 'light' };
const popUp = { popup: '' };

// Time stands still until `runFor`; `inDays` from now.
async function open(page, url, inDays = 0) {
  const time = Date.now() + inDays * DAY;
  await page.clock.install({ time });
  await visit(page, url);
  return { asked: time, loaded: await page.evaluate(() => Date.now()) };
}

// Until the script has asked what it is to show, and has it; or knows that it need not ask.
async function visit(page, url) {
  await page.goto(url);
  await page.waitForLoadState('networkidle');
}

// Whether it is open then. The clock stands from then on: it had run beside, and a busy machine takes seconds for a page and
// for a look.
async function isOpenAt(page, time) {
  await page.clock.pauseAt(time);
  return isOpen(page);
}

const dialog = (page) => page.getByRole('dialog', { name: 'News that travels' });
const isOpen = (page) => dialog(page).isVisible();
const scrollTo = (page, share) =>
  page.evaluate((share) => window.scrollTo(0, (document.documentElement.scrollHeight - innerHeight) * share), share);
// Scroll events come with a frame, and frames keep the real time.
const afterScroll = (page) => page.waitForTimeout(0).then(() => page.screenshot());
const stored = (page) => page.evaluate(() => Object.keys(localStorage));

async function lookAt(page, name) {
  await takePicture(page, `${folder}/${name}.png`);
}

// What axe finds, wherever it stands.
async function axeFindsNothing(page, where) {
  await page.evaluate(axe.source);
  const options = { rules: { 'target-size': { enabled: true } }, iframes: false };
  const { violations, passes } = await page.evaluate((options) => window.axe.run(document, options), options);
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), [], where);
  assert.ok(passes.some((pass) => pass.id === 'color-contrast'), `${where}: the contrast was not measured`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `${where}: ${overflow} px too wide`);
}

const tests = {
  async 'it opens after the time that is set, and not before'(host) {
    await on(wide, async (page) => {
      const { asked, loaded } = await open(page, host(popUp));
      assert.equal(await isOpenAt(page, asked + 29 * SECOND), false);
      assert.equal(await isOpenAt(page, loaded + 31 * SECOND), true);
    });
    await on(wide, async (page) => {
      const { asked, loaded } = await open(page, host({ popup: '', after: '20' }));
      assert.equal(await isOpenAt(page, asked + 19 * SECOND), false);
      assert.equal(await isOpenAt(page, loaded + 21 * SECOND), true);
    });
  },

  async 'it opens when so much was scrolled by'(host) {
    for (const [asked, before, behind] of [[popUp, 0.4, 0.6], [{ popup: '', scroll: '80' }, 0.7, 0.9]]) {
      await on(wide, async (page) => {
        await open(page, host(asked));
        await scrollTo(page, before);
        await afterScroll(page);
        assert.equal(await isOpen(page), false);
        await scrollTo(page, behind);
        await afterScroll(page);
        assert.equal(await isOpen(page), true);
      });
    }
  },

  async 'it opens when the pointer leaves at the top, and at no other edge'(host) {
    await on(wide, async (page) => {
      await open(page, host(popUp));
      const leave = (x, y) => page.evaluate(([clientX, clientY]) =>
        document.documentElement.dispatchEvent(new MouseEvent('mouseout', { bubbles: true, clientX, clientY, relatedTarget: null })), [x, y]);
      await leave(-1, 300);
      await leave(300, 901);
      assert.equal(await isOpen(page), false);
      await leave(300, -1);
      assert.equal(await isOpen(page), true);
    });
  },

  async 'on a phone it never opens in the first fifteen seconds'(host) {
    await on(phone, async (page) => {
      const { asked, loaded } = await open(page, host({ popup: '', after: '0' }));
      await scrollTo(page, 0.9);
      await afterScroll(page);
      assert.equal(await isOpenAt(page, asked + 14 * SECOND), false);
      assert.equal(await isOpenAt(page, loaded + 16 * SECOND), true);
      const { height, y } = await dialog(page).boundingBox();
      assert.ok(height <= 900 * 0.6 + 1 && Math.abs(y + height - 900) < 2, `it covers the page: ${y}, ${height}`);
    });
    // Nor by scrolling early, which later counts.
    await on(phone, async (page) => {
      await open(page, host({ popup: '', after: '600' }));
      await scrollTo(page, 0.9);
      await afterScroll(page);
      assert.equal(await isOpen(page), false);
      await page.clock.runFor(16 * SECOND);
      await scrollTo(page, 0.8);
      await afterScroll(page);
      assert.equal(await isOpen(page), true);
    });
  },

  async 'it has the focus and keeps it, has a name, and gives the focus back'(host) {
    for (const view of [wide, phone]) {
      await on(view, async (page) => {
        await open(page, host({ popup: '', after: '20' }));
        await page.focus('#end');
        await page.clock.runFor(21 * SECOND);
        await dialog(page).waitFor();
        const focused = () => page.evaluate(() => {
          const outer = document.activeElement;
          const inner = outer?.shadowRoot?.activeElement;
          return inner ? inner.tagName + (inner.name || inner.textContent) : `outside: ${outer?.outerHTML.slice(0, 60)}`;
        });
        assert.equal(await focused(), 'H2News that travels');
        const seen = new Set();
        for (const key of [...Array(14).fill('Tab'), ...Array(14).fill('Shift+Tab')]) {
          await page.keyboard.press(key);
          seen.add(await focused());
        }
        assert.deepEqual([...seen].filter((place) => place.startsWith('outside')), []);
        assert.ok(seen.has('BUTTONNo, Thank You') && seen.has('INPUTemail') && !seen.has('INPUTwebsite'), [...seen].join());
        // The page beneath cannot be clicked.
        const beneath = await page.getByRole('link', { name: 'Our newsletters' }).boundingBox();
        assert.equal(await page.evaluate(({ x, y }) => document.elementFromPoint(x + 5, y + 5)?.closest('a') ?? null, beneath), null);
        await page.keyboard.press('Escape');
        assert.equal(await isOpen(page), false);
        assert.equal(await page.evaluate(() => document.activeElement.id), 'end');
        assert.equal(await page.evaluate(() => document.querySelectorAll('dialog').length), 0);
      });
    }
  },

  async 'a refusal is remembered: in the browser, and by no cookie'(host) {
    for (const refuse of ['button', 'Escape']) {
      await on(wide, async (page, context) => {
        await open(page, host({ popup: '', after: '1' }));
        await page.clock.runFor(2 * SECOND);
        assert.deepEqual(await stored(page), []);
        if (refuse === 'button') await dialog(page).getByRole('button', { name: 'No, Thank You' }).click();
        else await page.keyboard.press(refuse);
        assert.equal(await isOpen(page), false);
        assert.deepEqual(await stored(page), [`griot:${griot}`]);
        // Neither after a while nor when the page is opened again; nor is anything fetched but the script then.
        const asked = [];
        page.on('request', (request) => asked.push(new URL(request.url()).pathname));
        await visit(page, host({ popup: '', after: '1' }));
        await page.clock.runFor(60 * SECOND);
        await scrollTo(page, 1);
        await afterScroll(page);
        assert.equal(await isOpen(page), false);
        assert.ok(asked.includes('/embed.js') && !asked.includes('/embed.json'), asked.join());
        assert.deepEqual(await context.cookies(), []);
        // Thirty days later it asks again.
        const later = await context.newPage();
        await open(later, host({ popup: '', after: '1' }), 31);
        await later.clock.runFor(2 * SECOND);
        assert.equal(await isOpen(later), true);
      });
    }
  },

  async 'data-remember says for how many days'(host) {
    await on(wide, async (page, context) => {
      await open(page, host({ popup: '', after: '1', remember: '2' }));
      await page.clock.runFor(2 * SECOND);
      await dialog(page).getByRole('button', { name: 'No, Thank You' }).click();
      for (const [days, opens] of [[1, false], [3, true]]) {
        const later = await context.newPage();
        await open(later, host({ popup: '', after: '1', remember: '2' }), days);
        await later.clock.runFor(2 * SECOND);
        assert.equal(await isOpen(later), opens, `after ${days} days`);
      }
    });
  },

  async 'a wrong address is told, a misspelt one asked about, and who signed up is not asked again'(host) {
    await on(wide, async (page) => {
      await open(page, host({ popup: '', after: '1' }));
      await page.clock.runFor(2 * SECOND);
      const field = dialog(page).getByLabel('E-mail address');
      const send = dialog(page).getByRole('button', { name: 'Sign up' });
      await field.fill('kofi@example');
      await send.click();
      await dialog(page).getByText('This is no complete e-mail address.').waitFor();
      assert.equal(await field.getAttribute('aria-invalid'), 'true');
      await lookAt(page, 'pop-up-problem');
      await axeFindsNothing(page, 'a problem in the pop-up');
      await field.fill('kofi@gmial.com');
      await send.click();
      const meant = dialog(page).getByRole('button', { name: 'I meant kofi@gmail.com' });
      await meant.waitFor();
      assert.equal(await field.getAttribute('aria-invalid'), 'false');
      assert.equal(await send.isVisible(), false, 'two buttons ask for the same');
      await lookAt(page, 'pop-up-misspelt');
      await axeFindsNothing(page, 'the question in the pop-up');
      await meant.click();
      const thanks = page.getByRole('dialog', { name: 'Look into your mailbox' });
      await thanks.getByText('We have sent a message to the address you gave.').waitFor();
      await lookAt(page, 'pop-up-taken');
      await axeFindsNothing(page, 'the thanks in the pop-up');
      await thanks.getByRole('button', { name: 'Close' }).click();
      await visit(page, host({ popup: '', after: '1' }));
      await page.clock.runFor(60 * SECOND);
      assert.equal(await isOpen(page), false);
    });
  },

  async 'the form stands in the page, and in a frame'(host) {
    for (const view of [wide, phone]) {
      await on(view, async (page) => {
        await visit(page, host({ form: '' }));
        await page.getByLabel('E-mail address').fill('esi@example.org');
        await lookAt(page, `form-${view.width}`);
        await axeFindsNothing(page, 'the form in place');
        await page.getByRole('button', { name: 'Sign up' }).click();
        await page.getByText('We have sent a message').waitFor();
        assert.deepEqual(await stored(page), []);
        await lookAt(page, `form-taken-${view.width}`);
      });
      await on({ ...view, javaScriptEnabled: false }, async (page) => {
        await page.goto(host({ frame: '' }));
        const frame = page.frameLocator('iframe');
        await frame.getByLabel('E-mail address').fill('yaw@example.org');
        await takePicture(page.locator('iframe'), `${folder}/frame-${view.width}.png`);
        await frame.getByRole('button', { name: 'Sign up' }).click();
        await frame.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
        assert.ok(page.url().includes('/story'), 'the answer left the frame');
      });
    }
  },

  async 'it reads well by day and night, from left and from right'(host) {
    for (const locale of ['en', 'fr', 'ar']) {
      for (const width of [1280, 375]) {
        for (const colorScheme of ['light', 'dark']) {
          await on({ width, colorScheme, locale }, async (page) => {
            await open(page, host({ popup: '', after: '20' }));
            await page.clock.runFor(21 * SECOND);
            await dialog(page).waitFor();
            assert.equal(await dialog(page).getAttribute('lang'), locale);
            assert.equal(await dialog(page).getAttribute('dir'), locale === 'ar' ? 'rtl' : 'ltr');
            await lookAt(page, `pop-up-${locale}-${width}-${colorScheme}`);
            await axeFindsNothing(page, `the pop-up, ${locale}, ${colorScheme}, ${width} px`);
          });
        }
      }
    }
  },

  async 'where we cannot be reached the page is as it would be without us'() {
    const nobody = await portOfNobody();
    await withHost(`http://127.0.0.1:${nobody}`, async (host) => {
      await on(wide, async (page) => {
        await page.goto(host({ popup: '', after: '0', form: '' }));
        await page.waitForLoadState('networkidle');
        await works(page);
      }, /ERR_CONNECTION_REFUSED/);
    });
  },

  async 'where we break off after the script, nothing shows'(host) {
    const answers = [
      (route) => route.abort(),
      (route) => route.fulfill({ status: 503, body: 'out of order' }),
      (route) => route.fulfill({ status: 200, body: '<html>', headers: { 'access-control-allow-origin': '*' } }),
    ];
    for (const answer of answers) {
      await on(wide, async (page) => {
        await page.route('**/embed.json*', answer);
        await page.goto(host({ popup: '', after: '0', form: '' }));
        await page.waitForLoadState('networkidle');
        await works(page);
      }, /ERR_FAILED|status of 503|CORS/);
    }
  },
};

async function works(page) {
  assert.equal(await page.evaluate(() => document.querySelectorAll('dialog, [data-griot-form] *').length), 0);
  await page.getByRole('link', { name: 'The end' }).click();
  assert.ok(page.url().endsWith('#end'));
}

async function portOfNobody() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((ready) => server.close(ready));
  return port;
}

// What the browser complains of fails the test, unless it is what the test is about.
async function on({ width, ...view }, use, expected = /status of 422/) {
  const context = await browser.newContext({ locale: 'en', viewport: { width, height: 900 }, ...view });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`${error}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) complaints.push(message.text());
  });
  await use(page, context);
  assert.deepEqual(complaints, []);
  await context.close();
}

let browser;
await withBrowser((launched) => withHost(griot, async (host) => {
  browser = launched;
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(host);
    } catch (error) {
      console.log(`${name}: ${error.stack}`);
      process.exitCode = 1;
    }
  }
}));
