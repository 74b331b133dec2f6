// html-validate: is a page the document its author meant?
import { HtmlValidate } from 'html-validate';
import { pagesOf } from './pages.mjs';

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended', 'html-validate:document'],
  rules: {
    // Mail clients drop or rewrite <style>, so every style stands inline.
    'no-inline-style': 'off',
    // Outlook on Windows lays out by the attributes of old, and by tables of its own in conditional comments.
    'no-deprecated-attr': 'off',
    'no-conditional-comment': 'off',
    // Clients that know no <article> drop it with its styles; its role survives on a <div>.
    'prefer-native-element': 'off',
    // A layout table has no sections, and every reader would pay for the bytes.
    'prefer-tbody': 'off',
    // No search engine cuts the title of a message.
    'long-title': 'off',
  },
});
let found = 0;
for (const { name, html } of pagesOf(process.argv[2])) {
  const report = await validator.validateString(html, `${name}.html`);
  for (const result of report.results) {
    for (const message of result.messages) {
      found += 1;
      console.log(`${name}.html:${message.line}:${message.column}: ${message.message} (${message.ruleId})`);
    }
  }
}
process.exit(found ? 1 : 0);
