// A passkey's whole life in Chromium, on an authenticator that Chromium plays: `node passkey.mjs WAY`.
// WAY is JSON: { desk, invitation, password, pictures? }: where the desk is, and the path of a one-time link.
import assert from 'node:assert/strict';
import { withPage } from './chromium.mjs';

const { desk, invitation, password, pictures } = JSON.parse(process.argv[2]);
const at = (path) => `${desk}${path}`;

await withPage({ width: 1280, fetches: true }, async (page) => {
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  // What is refused on purpose is told in the console too.
  page.on('console', (message) => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && wrong.push(message.text()));
  const look = async (name) => pictures && page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
  const heading = (name) => page.getByRole('heading', { level: 1, name }).waitFor();
  const account = async () => {
    await page.goto(at('/desk/account'));
    return { name: page.locator('#passkey-name'), present: page.locator('#passkey-present'), add: page.getByRole('button', { name: 'Add a passkey' }) };
  };
  const offer = page.getByRole('button', { name: 'Sign in with a passkey' });

  const authenticator = await page.context().newCDPSession(page);
  await authenticator.send('WebAuthn.enable');
  const { authenticatorId } = await authenticator.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  const verifies = (isUserVerified) => authenticator.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });

  await page.goto(at(invitation));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Choose it and sign in' }).click();
  await heading('Today');

  // Nothing is asked of the authenticator before the password is right.
  let form = await account();
  await form.name.fill('My laptop');
  await form.present.fill('a wrong password');
  await form.add.click();
  await page.getByText('Your present password is another one.').waitFor();
  let { credentials } = await authenticator.send('WebAuthn.getCredentials', { authenticatorId });
  assert.equal(credentials.length, 0);
  await form.present.fill(password);
  await form.add.click();
  await page.getByText('The passkey is added.').waitFor();
  await page.getByText('My laptop').waitFor();
  await page.getByText('not used yet').waitFor();
  await look('account');
  ({ credentials } = await authenticator.send('WebAuthn.getCredentials', { authenticatorId }));
  assert.equal(credentials.length, 1);
  assert.equal(credentials[0].rpId, 'localhost');
  assert.equal(credentials[0].isResidentCredential, true, 'it can be found without a name');

  // None twice on one device.
  form = await account();
  await form.name.fill('Again');
  await form.present.fill(password);
  await form.add.click();
  await page.getByText('This device has a passkey for the desk already.').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await heading('Sign in to the desk');
  await look('sign-in');

  // A device that does not look who holds it is not enough.
  await verifies(false);
  await offer.click();
  await page.getByText('It was cancelled, or took too long.').waitFor();
  await verifies(true);

  const sent = page.waitForRequest((request) => request.method() === 'POST' && new URL(request.url()).pathname === '/desk/sign-in/passkey');
  await offer.click();
  await heading('Today');
  const answer = (await sent).postData();
  await page.goto(at('/desk/account'));
  await page.getByText(/last used/).first().waitFor();

  // What was sent once opens nothing a second time, nor with another ticket.
  const again = (body) =>
    page.evaluate(async (text) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const response = await fetch('/desk/sign-in/passkey', { method: 'POST', body: text, headers, redirect: 'manual' });
      return response.status;
    }, body);
  assert.equal(await again(answer), 422, 'an answer was taken twice');
  const begun = await page.evaluate(async () => (await fetch('/desk/sign-in/passkey/begin', { method: 'POST' })).json());
  const moved = new URLSearchParams(answer);
  moved.set('ticket', begun.ticket);
  assert.equal(await again(moved.toString()), 422, 'an answer was taken for another challenge');

  // Where it was wanted.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(at('/desk/account'));
  await heading('Sign in to the desk');
  await offer.click();
  await heading('Your account');

  await page.getByRole('button', { name: 'Remove the passkey My laptop' }).click();
  await page.getByText('That passkey signs nobody in any more.').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await offer.click();
  await page.getByText('No account here knows that passkey').waitFor();
  assert.deepEqual(wrong, []);
});

// Without scripts there is nothing that would not work.
await withPage({ width: 375, fetches: true, javaScriptEnabled: false }, async (page) => {
  await page.goto(at('/desk/sign-in'));
  assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0);
  await page.getByLabel('Name').fill('Ama');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.goto(at('/desk/account'));
  assert.equal(await page.getByRole('button', { name: 'Add a passkey' }).count(), 0);
  await page.getByText('Adding one needs scripts').waitFor();
});
