// What is done on a page before it is looked at.
const button = (press) => (/[[#.]/.test(press) ? press : `button:text-is("${press}")`);

// Opens the address of a step (one of several, by `view`), fills in, checks and presses; the answer at its end. `view` is
// also another word in what is filled in, at `{view}`.
export async function take(page, { url, fill = {}, check = [], file, edit, leave, press = [] }, view) {
  const before = async () => {
    // What is folded away is opened as a reader would.
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
    for (const [field, text] of Object.entries(fill)) await page.fill(field, text.replace('{view}', `view${view}`));
    for (const box of check) await page.setChecked(box, !(await page.isChecked(box)));
    if (file) await page.setInputFiles('#file', { ...file, buffer: Buffer.from(file.text) });
    if (edit) await page.evaluate(edit);
  };
  const presses = [press].flat().filter(Boolean);
  let response = await page.goto([url].flat().at((view - 1) % [url].flat().length));
  await before();
  for (const one of presses) {
    page.answers.length = 0;
    [response] = await Promise.all([page.waitForNavigation(), page.click(button(one))]);
  }
  // By a script that leads to another page.
  if (leave) [response] = await Promise.all([page.waitForNavigation(), page.evaluate(leave)]);
  return response;
}
