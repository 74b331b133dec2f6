// Asks caniemail's data whether Gmail, Outlook on Windows, Apple Mail and Yahoo know what a page uses.
// `node clients.mjs FOLDER [--some]`: with --some the folder holds not every kind of page.
import { caniemail } from 'caniemail';
import { pagesOf } from './pages.mjs';

// What one of them lacks and the brief uses all the same, with how it looks there. An exemption nobody needs any more
// is an error too, so that this list stays the truth.
const degradesWell = {
  '<style> element': 'Gmail on the mobile web drops it: every rule that is needed stands inline',
  '@media': 'dropped: the page is fluid by its inline styles, and light by its inline colours',
  'Class selector': 'only inside <style>',
  'Attribute selector': 'only inside <style>, for the dark mode of Outlook.com, which knows it',
  'Descendant combinator': 'only inside <style>, as above',
  'display:none': 'the preheader is also without height, and mso-hide',
  'overflow': 'Outlook hides the preheader by mso-hide',
  'table-layout': 'Outlook widens the page for a word longer than the page',
  'word-break': 'Yahoo widens the page for a word longer than the page',
  'height property': 'Yahoo drops height:auto and scales images by their attributes',
  '<body> element': 'Yahoo makes it a <div>: margin and ground are repeated on the outer table',
  'aria-label attribute': 'dropped: the headings say the same',
  'aria-hidden attribute': 'dropped: the thumbnail is then one more link',
  'transform': 'not used: the checker takes text-transform for it',
};

const needed = new Set();
const findings = new Set();
for (const { name, html } of pagesOf(process.argv[2])) {
  const { issues } = caniemail({ clients: ['gmail.*', 'outlook.windows', 'apple-mail.*', 'yahoo.*'], html });
  for (const [client, errors] of issues.errors) {
    for (const { title, position } of errors) {
      if (title in degradesWell) needed.add(title);
      else findings.add(`${name}.html:${position?.start?.line ?? 0}: ${client} does not know ${title}`);
    }
  }
}
for (const title of process.argv[3] === '--some' ? [] : Object.keys(degradesWell)) {
  if (!needed.has(title)) findings.add(`clients.mjs: nothing uses ${title} any more, take the exemption out`);
}
for (const finding of findings) console.log(finding);
process.exit(findings.size ? 1 : 0);
