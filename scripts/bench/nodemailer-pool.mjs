// Sends personal messages through nodemailer's pool. scripts/bench-send runs it.
//
//     node nodemailer-pool.mjs MODULES PORT MESSAGES CONNECTIONS HTML TEXT
//
// MODULES is the folder nodemailer was installed into; HTML and TEXT are files in which @READER@ stands where each
// reader's own part belongs.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, port, messages, connections, html, text] = process.argv.slice(2);
const nodemailer = createRequire(join(modules, "from-here.js"))("nodemailer");
const [htmlTemplate, textTemplate] = [html, text].map((file) => readFileSync(file, "utf8"));

const pool = nodemailer.createTransport({
  pool: true,
  host: "127.0.0.1",
  port: Number(port),
  ignoreTLS: true,
  maxConnections: Number(connections),
  // Its default of 100 would make it connect anew that often.
  maxMessages: Infinity,
});

let next = 0;
async function keepSending() {
  while (next < Number(messages)) {
    const reader = `reader${String(next++).padStart(8, "0")}`;
    await pool.sendMail({
      from: "brief@example.org",
      to: `${reader}@readers.example`,
      subject: "The hall opens, the ferry sails, and eight more",
      messageId: `<${reader}@example.org>`,
      headers: { "List-Unsubscribe": `<https://example.org/u/${reader}>` },
      html: htmlTemplate.replaceAll("@READER@", reader),
      text: textTemplate.replaceAll("@READER@", reader),
      textEncoding: "quoted-printable",
    });
  }
}

// One more than connections, so that a connection never waits for the next message.
await Promise.all(Array.from({ length: Number(connections) + 1 }, keepSending));
pool.close();
