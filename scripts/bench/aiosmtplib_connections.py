"""Sends personal messages with aiosmtplib over held connections. scripts/bench-send runs it.

    aiosmtplib_connections.py PORT MESSAGES CONNECTIONS HTML TEXT

HTML and TEXT are files in which @READER@ stands where each reader's own part belongs.
"""

import asyncio
import itertools
import sys
from email.message import EmailMessage

import aiosmtplib


def message(number, html, text):
    reader = f"reader{number:08}"
    brief = EmailMessage()
    brief["From"] = "brief@example.org"
    brief["To"] = f"{reader}@readers.example"
    brief["Subject"] = "The hall opens, the ferry sails, and eight more"
    brief["Message-ID"] = f"<{reader}@example.org>"
    brief["List-Unsubscribe"] = f"<https://example.org/u/{reader}>"
    brief.set_content(text.replace("@READER@", reader), cte="quoted-printable")
    brief.add_alternative(html.replace("@READER@", reader), subtype="html", cte="quoted-printable")
    return brief


async def keep_sending(port, numbers, html, text):
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as connection:
        for number in numbers:
            await connection.send_message(message(number, html, text))


async def main():
    port, messages, connections = map(int, sys.argv[1:4])
    html, text = (open(file, encoding="utf-8").read() for file in sys.argv[4:6])
    # One event loop, so that handing numbers out needs no lock.
    numbers = itertools.chain(range(messages))
    await asyncio.gather(*(keep_sending(port, numbers, html, text) for _ in range(connections)))


asyncio.run(main())
