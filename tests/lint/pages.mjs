// The pages a linter looks at: every .html of the folder it is given.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

export function pagesOf(folder) {
  const pages = readdirSync(folder)
    .filter((file) => file.endsWith('.html'))
    .sort()
    .map((file) => ({ name: basename(file, '.html'), html: readFileSync(join(folder, file), 'utf8') }));
  if (pages.length === 0) throw new Error(`${folder} holds no pages to look at`);
  return pages;
}
