// Those who work at the desk, on their way through a browser: `node desk-way.mjs STEP WAY`.
// WAY is JSON: { folder, link, editor, stay }: where pictures go, the invitation, whom tests are sent to. Every page on the way is judged by day
// and by night, in the width that the step is taken in.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { takePicture, withPage } from './chromium.mjs';
import { judgeShown, judgeText } from './judge.mjs';

const [step, way] = process.argv.slice(2);
const { folder, link, editor } = JSON.parse(way);
const PASSWORD = 'harmattan kettle orbit plum';
const problems = [];
const judged = new Set();

const headlines = (page) => page.locator('#brief-list h3').allTextContents();
const notice = (page, text) => page.locator('#notice', { hasText: text }).waitFor();

// Waits until the brief's stories stand in this order.
async function ordered(page, expected) {
  await page.waitForFunction(
    (wanted) => JSON.stringify([...document.querySelectorAll('#brief-list h3')].map((h) => h.textContent)) === wanted,
    JSON.stringify(expected),
  );
}

const moved = (list, from, to) => {
  const copy = [...list];
  copy.splice(to, 0, ...copy.splice(from, 1));
  return copy;
};

// By mouse, from one story to above another, in steps as a hand does.
async function drag(page, from, to) {
  await page.locator(from).scrollIntoViewIfNeeded();
  const [start, end] = [await page.locator(from).boundingBox(), await page.locator(to).boundingBox()];
  await page.mouse.move(start.x + 10, start.y + 30);
  await page.mouse.down();
  await page.mouse.move(end.x + 20, end.y + 40, { steps: 8 });
  await page.mouse.move(end.x + 20, end.y + 6, { steps: 4 });
  await page.mouse.up();
}

// From one thing to the next as a keyboard does, until the focus is on what has this name.
async function tabTo(page, name) {
  for (let presses = 0; presses < 400; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    if ((await focused.count()) && (await nameOf(focused)) === name) return;
  }
  throw new Error(`no Tab leads to ${name}`);
}

const nameOf = (element) =>
  element.evaluate((one) => (one.getAttribute('aria-label') ?? one.labels?.[0]?.firstChild?.textContent ?? one.textContent).trim());

async function enter(page, look) {
  await page.goto(link);
  await look('invitation');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  await look('today');
}

const steps = {
  // On a phone, by keyboard alone, without scripts.
  'edit-plain': {
    view: { width: 375, javaScriptEnabled: false },
    async go(page, look) {
      await enter(page, look);
      await tabTo(page, 'Look at the draft');
      await page.keyboard.press('Enter');
      await page.locator('#brief-list').waitFor();
      await look('draft');
      const before = await headlines(page);
      await tabTo(page, `Move ${before[2]} up to place 2`);
      await page.keyboard.press('Enter');
      await page.locator('#brief-list .story:nth-child(2) h3', { hasText: before[2] }).waitFor();
      assert.deepEqual(await headlines(page), moved(before, 2, 1));
      await tabTo(page, `Drop ${before[0]}`);
      await page.keyboard.press('Enter');
      await page.locator('#brief-list .story:nth-child(1) h3', { hasText: before[2] }).waitFor();
      assert.ok(!(await headlines(page)).includes(before[0]));
      await tabTo(page, `Undo: Dropped “${before[0]}”`);
      await page.keyboard.press('Enter');
      await notice(page, 'Taken back.');
      assert.deepEqual(await headlines(page), moved(before, 2, 1));
      await tabTo(page, 'Preheader');
      await page.keyboard.type('Rain, drums and what the budget means');
      await page.keyboard.press('Enter');
      await page.waitForLoadState();
      assert.equal(await page.getByLabel(/^Preheader/).inputValue(), 'Rain, drums and what the budget means');
      await look('draft-edited');
      await tabTo(page, 'Approve…');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: /^Approve/ }).waitFor();
      await look('approve');
      await tabTo(page, 'Not now');
      await page.keyboard.press('Enter');
      await page.locator('#brief-list').waitFor();
      await tabTo(page, await page.locator('.bar form a').textContent());
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
      await look('account');
      await tabTo(page, 'Sign out');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Sign in to the desk' }).waitFor();
      await look('sign-in');
    },
  },

  // On a laptop, with a mouse and scripts, up to the approval.
  edit: {
    view: { width: 1280 },
    async go(page, look) {
      await enter(page, look);
      await page.getByRole('link', { name: 'Look at the draft' }).click();
      await page.locator('#brief-list .story[draggable=true]').first().waitFor();
      await look('draft');
      let stands = await headlines(page);
      // Dragged to the top.
      await drag(page, '#brief-list .story:nth-child(4)', '#brief-list .story:nth-child(1)');
      await ordered(page, moved(stands, 3, 0));
      stands = await headlines(page);
      // By keyboard: Alt and an arrow, twice, on what has the focus.
      const down = page.getByRole('button', { name: `Move ${stands[1]} down to place 3` });
      await down.focus();
      await page.keyboard.press('Alt+ArrowDown');
      await ordered(page, moved(stands, 1, 2));
      await page.waitForFunction((id) => document.activeElement?.id === id, await page.locator('#brief-list .story:nth-child(3) button[id^=down]').getAttribute('id'));
      await page.keyboard.press('Alt+ArrowDown');
      await ordered(page, moved(stands, 1, 3));
      stands = await headlines(page);
      // A headline in place.
      const first = page.locator('#brief-list .story:nth-child(1)');
      await first.getByText('Edit', { exact: true }).click();
      await look('draft-editing');
      await first.getByLabel('Headline').fill('A headline of our own <b>');
      await first.getByRole('button', { name: /^Save/ }).click();
      stands[0] = 'A headline of our own <b>';
      await ordered(page, stands);
      // Two are dropped, and the next ones come in.
      for (const name of [stands[2], stands[3]]) {
        await page.getByRole('button', { name: `Drop ${name}` }).click();
        await page.waitForFunction((gone) => ![...document.querySelectorAll('#brief-list h3')].some((h) => h.textContent === gone), name);
      }
      // What is written is saved once it is left.
      await page.locator('#subject').fill('This week: rain, drums and a budget');
      await page.locator('#intro').fill('Dear reader,\n\nwhat a week.\n\n— Ama');
      await page.locator('#preheader').focus();
      await page.locator('#work .soft', { hasText: 'Edited the subject' }).first().waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.id), 'preheader', 'the focus was lost');
      // The preview is always true.
      const brief = page.frameLocator('iframe[name=brief]');
      await brief.getByText('A headline of our own <b>').first().waitFor();
      await brief.getByText('what a week.').waitFor();
      for (const view of ['Phone', 'Dark', 'Images off', 'Plain text', 'Desktop']) {
        await page.getByRole('link', { name: view, exact: true }).click();
        await page.waitForTimeout(300);
        await look(`preview-${view.toLowerCase().replace(' ', '-')}`, { judges: false });
      }
      await page.getByLabel('Send a test to').fill(editor);
      await page.getByRole('button', { name: 'Send the test' }).click();
      await notice(page, 'The test is on its way to you.');
      await look('draft-done');
      const preview = await page.context().request.get(`${page.url().split('?')[0]}/preview`);
      writeFileSync(`${folder}/preview.html`, await preview.text());
      await page.getByRole('link', { name: 'Approve…' }).click();
      await page.getByRole('button', { name: 'Approve' }).click();
      await notice(page, 'Approved. Its content is frozen now.');
      await look('approved');
    },
  },

  // On a laptop: sends it, watches it go, pauses, resumes, and reads what became of it.
  operate: {
    view: { width: 1280 },
    async go(page, look) {
      await enter(page, look);
      await page.getByRole('link', { name: 'Open it' }).click();
      await page.getByRole('link', { name: 'Send now…' }).click();
      await page.getByRole('heading', { level: 1, name: /to 24 readers now\?$/ }).waitFor();
      await look('send');
      await page.getByRole('button', { name: 'Send to 24 readers' }).click();
      await notice(page, 'It is on its way.');
      const accepted = async () => Number(await page.locator('.figures div', { has: page.locator('dt:text-is("accepted")') }).locator('dd').textContent());
      await page.waitForFunction(() => [...document.querySelectorAll('.figures dt')].some((dt) => dt.textContent === 'accepted' && Number(dt.nextElementSibling.textContent) >= 2));
      await look('sending', { judges: false });
      await page.getByRole('link', { name: 'Pause…' }).click();
      await page.getByRole('button', { name: 'Pause' }).click();
      await notice(page, 'Paused.');
      await page.waitForTimeout(1500);
      await page.reload();
      const paused = await accepted();
      assert.ok(paused >= 2 && paused < 24, `${paused} of 24 when it was paused`);
      await page.waitForTimeout(1500);
      await page.reload();
      assert.equal(await accepted(), paused, 'messages left while it was paused');
      await look('paused');
      await page.getByRole('link', { name: 'Resume…' }).click();
      await page.getByRole('button', { name: 'Resume' }).click();
      await notice(page, 'It goes on.');
      await page.getByText('sent', { exact: true }).first().waitFor({ timeout: 30_000 });
      assert.equal(await accepted(), 24);
      await look('sent');
      await page.getByRole('link', { name: 'Today', exact: true }).click();
      await page.getByText('went to 24 readers').waitFor();
      await look('today-after');
    },
  },
};

const { view, go } = steps[step];
await withPage({ colorScheme: 'light', locale: 'en', fetches: true, ...view }, async (page) => {
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  page.on('console', (message) => {
    // The policy of a message's frame keeps out what a brief brings from elsewhere; ours may refuse nothing.
    if (message.type() === 'error' && /Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  let number = 0;
  const look = async (name, { judges = true } = {}) => {
    number += 1;
    const where = `${step}-${String(number).padStart(2, '0')}-${name}`;
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      await takePicture(page, `${folder}/${where}-${colorScheme}.png`, { fullPage: judges });
      // Without scripts nothing can look from inside.
      if (judges && view.javaScriptEnabled !== false) await judgeShown(page, (text) => problems.push(`${where}, ${colorScheme}: ${text}`));
    }
    if (judges && !judged.has(name)) {
      judged.add(name);
      const answer = await page.context().request.get(page.url());
      if (answer.ok()) await judgeText(await answer.text(), where, (text) => problems.push(`${where}: ${text}`));
    }
  };
  try {
    await go(page, look);
  } catch (error) {
    await page.screenshot({ path: `${folder}/${step}-failed.png`, fullPage: true });
    problems.push(error.stack);
  }
});
for (const problem of problems) console.log(problem);
process.exit(problems.length ? 1 : 0);
