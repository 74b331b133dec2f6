// A publisher's page that our script stands on: on an origin of its own, under a strict Content-Security-Policy.
import { createServer } from 'node:http';

const paragraph = 'The ferry had not sailed for eleven years when the harbour council met, and nobody expected it to sail that spring. ';
const story = Array.from({ length: 14 }, () => `<p>${paragraph.repeat(4)}</p>`).join('\n');
const css = `body{max-width:640px;margin:0 auto;padding:20px;font:18px/28px Georgia,serif;color:#222;background:#fff}h1{font-size:36px;line-height:42px}
@media (prefers-color-scheme:dark){body{color:#eee;background:#111}a{color:#9cf}}`;

// `use` gets a function from what a page is to have to its address: attributes of the script, `form` for a place in
// the page, `frame` for a frame.
export async function withHost(griot, use) {
  const policy = (frame) =>
    `default-src 'none'; script-src ${griot}; connect-src ${griot}; style-src 'self'; base-uri 'none'${frame ? `; frame-src ${griot}` : ''}`;
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://host.example');
    if (url.pathname === '/style.css') return response.writeHead(200, { 'content-type': 'text/css' }).end(css);
    if (url.pathname !== '/story') return response.writeHead(404).end();
    const asked = Object.fromEntries(url.searchParams);
    const { form, frame, ...set } = asked;
    const attributes = Object.entries(set).map(([name, value]) => ` data-${name}="${value}"`).join('');
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy(frame !== undefined) });
    response.end(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>The ferry sails again</title>
<link rel="stylesheet" href="/style.css">
<script src="${griot}/embed.js" async${attributes}></script></head>
<body><main><h1>The ferry sails again</h1>
<p><a href="${griot}/">Our newsletters</a></p>
${form === undefined ? '' : '<div data-griot-form></div>'}
${frame === undefined ? '' : `<iframe src="${griot}/embed?newsletter=weekly-brief" title="Sign up" width="100%" height="760"></iframe>`}
${story}
<p><a href="#end" id="end">The end</a></p></main></body></html>`);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    await use((asked) => `http://localhost:${server.address().port}/story?${new URLSearchParams(asked)}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
