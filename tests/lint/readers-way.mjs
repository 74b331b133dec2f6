// Readers on their way through a browser: `node readers-way.mjs STEP WAY` takes each of them a step further.
// WAY is JSON: { griot, folder, readers: [{ name, email, width, hasScripts, mail }] }. A mail is a file, the HTML of
// the message whose button is to be pressed. Into the folder go pictures, to be looked at.
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { takePicture, withPage } from './chromium.mjs';
import { withHost } from './host.mjs';

const [step, way] = process.argv.slice(2);
const { griot, folder, readers } = JSON.parse(way);
// A form that comes back sooner than two seconds was filled in by a program.
const READING = 2100;

const steps = {
  // On the publisher's page: in the pop-up, or without scripts by a plain link to the page of the form.
  async 'sign-up'(page, reader, look, host) {
    if (reader.hasScripts) {
      await page.clock.install();
      const offered = page.waitForResponse((response) => response.url().includes('/embed.json'));
      await page.goto(host({ popup: '' }));
      await (await offered).finished();
      await page.waitForLoadState('networkidle');
      assert.equal(await page.getByRole('dialog').count(), 0, 'it opened at once');
      await page.clock.runFor(31_000);
      const dialog = page.getByRole('dialog', { name: 'News that travels' });
      await dialog.getByLabel('E-mail address').fill(reader.email);
      await page.waitForTimeout(READING);
      await look('pop-up');
      await dialog.getByRole('button', { name: 'Sign up' }).click();
      const thanks = page.getByRole('dialog', { name: 'Look into your mailbox' });
      await thanks.getByText('We have sent a message').waitFor();
      await look('pop-up-taken');
      await thanks.getByRole('button', { name: 'Close' }).click();
      assert.equal(await page.getByRole('dialog').count(), 0);
      assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), [`griot:${griot}`]);
    } else {
      await page.goto(host({ popup: '' }));
      await look('host');
      await page.getByRole('link', { name: 'Our newsletters' }).click();
      assert.equal(await page.getByLabel('The Weekly Brief').isChecked(), true);
      assert.equal(await page.getByLabel('The Evening Note').isChecked(), false);
      await page.getByLabel('E-mail address').fill(reader.email);
      await page.getByLabel(/^Name/).fill('Ama Añuli');
      await page.waitForTimeout(READING);
      await look('sign-up');
      await page.getByRole('button', { name: 'Sign up' }).click();
      await heading(page, 'Look into your mailbox');
      await look('taken');
    }
  },

  // From the letter that asks; and on to the preferences, to do without a platform.
  async confirm(page, reader, look) {
    await openMail(page, reader, look, 'letter');
    await page.getByRole('link', { name: 'Confirm my subscription' }).click();
    await heading(page, 'Get The Weekly Brief?');
    await look('confirm');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await heading(page, 'Your subscription is confirmed');
    await look('confirmed');
    await page.getByRole('link', { name: 'See everything you get' }).click();
    await heading(page, 'What you get');
    await look('preferences');
    await page.getByText('Choose platforms').click();
    await page.getByLabel('Beatline').uncheck();
    await page.getByRole('button', { name: 'Save the platforms of The Weekly Brief' }).click();
    await page.getByText('comes to you with the platforms you chose').waitFor();
    assert.equal(await page.getByLabel('Beatline').isChecked(), false);
    assert.equal(await page.getByLabel('Harmattan', { exact: true }).isChecked(), true);
    await look('preferences-chosen');
  },

  // From the edition: online, and out.
  async leave(page, reader, look) {
    await openMail(page, reader, look, 'edition');
    await page.getByRole('link', { name: 'View online' }).first().click();
    await page.getByRole('link', { name: 'Link to this edition' }).waitFor();
    await look('online');
    await page.goBack();
    await page.getByRole('link', { name: 'Unsubscribe' }).first().click();
    await heading(page, 'Leave The Weekly Brief?');
    await look('leave');
    await page.getByRole('button', { name: 'Unsubscribe' }).click();
    await heading(page, 'You have left The Weekly Brief');
    await look('left');
    await page.getByLabel('It comes too often').check();
    await page.getByRole('button', { name: 'Tell' }).click();
    await page.getByText('Thank you for telling us.').waitFor();
    await look('told');
  },
};

async function openMail(page, { mail }, look, name) {
  await page.goto(`${pathToFileURL(mail)}`);
  await look(name);
}

async function heading(page, name) {
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

async function take(reader, host) {
  const { width, hasScripts, name } = reader;
  await withPage({ width, colorScheme: 'light', locale: 'en', fetches: true, javaScriptEnabled: hasScripts }, async (page) => {
    page.setDefaultTimeout(15_000);
    const allowed = [griot, new URL(host({})).origin, 'file://'];
    page.on('request', (request) => assert.ok(allowed.some((place) => request.url().startsWith(place)), request.url()));
    page.on('pageerror', (error) => { throw error; });
    let number = 0;
    const look = async (what) => {
      number += 1;
      await takePicture(page, `${folder}/${name}.${step}-${number}-${what}.png`, { fullPage: !what.startsWith('pop-up') });
      const overflow = hasScripts && (await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth));
      assert.ok(!(overflow > 0), `${what} is ${overflow} px too wide`);
    };
    try {
      await steps[step](page, reader, look, host);
      assert.deepEqual(await page.context().cookies(), []);
    } catch (error) {
      await page.screenshot({ path: `${folder}/${name}.${step}-failed.png` });
      throw new Error(`${name}, ${step}: ${error.stack}`);
    }
  });
}

await withHost(griot, async (host) => {
  for (const reader of readers) await take(reader, host);
});
