"""griot in a folder of its own: a feed, a configuration, a store with readers, and an edition that is sent."""

import contextlib
import datetime
import email
import email.policy
import email.utils
import http.server
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from functools import cached_property

from . import ground
from .ground import RELEASE, run, say

GRIOT = os.path.join(RELEASE, "griot")
NEWSLETTER = "weekly-brief"

CONFIGURATION = """
[publisher]
name = "Harmattan Press"
website = "https://example.org"
address = "1 Example Street, Accra"

[web]
listen = "127.0.0.1:{web_port}"
public_url = "http://127.0.0.1:{web_port}"

[smtp]
url = "smtp://127.0.0.1:{relay_port}?tls=none"
connections = {connections}
{smtp}
[feeds]
allow_private = true
{dkim}
[[platform]]
id = "harmattan"
name = "Harmattan"
website = "https://example.org/harmattan"
feeds = ["http://127.0.0.1:{feed_port}/feed"]

[[newsletter]]
id = "weekly-brief"
name = "The Weekly Brief"
description = "The week's top stories, every Friday."
from = "Harmattan Press <brief@example.org>"
reply_to = "editors@example.org"
# On a leap day, so that no daemon makes an edition by itself.
schedule = "0 3 29 2 *"
grace = "0s"
timezone = "Africa/Accra"
{more}"""

# As many and as long as make a message of some 25 KB: 19 KB of HTML and 3 KB of text before encoding.
STORIES = 10
PICTURES = 3
SECTIONS = ["Economy", "Culture", "Science", "Sport", "Politics"]
HEADLINE = "What {n} fishing towns agreed on"
STANDFIRST = "The harbour opened and {n} boats were back by noon."


def feed():
    now = datetime.datetime.now(datetime.timezone.utc)
    items = ""
    for n in range(1, STORIES + 1):
        published = email.utils.format_datetime(now - datetime.timedelta(hours=n))
        # Words of each story's own, or the ten would be taken for one.
        own = " ".join(f"w{n * 97 + k:x}" for k in range(3))
        items += (
            f"<item><title>{HEADLINE.format(n=n * 7)} {own}</title><link>https://example.org/story-{n}</link>"
            f"<category>{SECTIONS[n % len(SECTIONS)]}</category><dc:creator>Ama Owusu</dc:creator>"
            f"<description>{STANDFIRST.format(n=n * 11)}</description><pubDate>{published}</pubDate>"
        )
        if n <= PICTURES:
            items += f"<media:content url='https://example.org/{n}.jpg' medium='image' width='1200' height='800'/>"
        items += "</item>"
    names = "xmlns:media='http://search.yahoo.com/mrss/' xmlns:dc='http://purl.org/dc/elements/1.1/'"
    return f"<rss version='2.0' {names}><channel><title>Harmattan</title>{items}</channel></rss>".encode()


class Message:
    """An edition's message: its size, and its parts for the peers to send."""

    def __init__(self, eml):
        self.size = len(eml)
        parsed = email.message_from_bytes(eml, policy=email.policy.default)
        self.html = parsed.get_body(("html",)).get_content().replace("\r\n", "\n")
        self.text = parsed.get_body(("plain",)).get_content().replace("\r\n", "\n")


class Station:
    """Stores with readers, made once a size and copied for each run, and the feed they were filled from."""

    def __init__(self, per_connection):
        self.per_connection = per_connection
        self.stores = {}
        # Lines of the newsletter.
        self.more = ""
        os.makedirs(ground.GROUND, exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="stores-", dir=ground.GROUND)
        self.feed_port = self._serve(feed())

    def close(self):
        shutil.rmtree(self.folder)

    def _serve(self, content):
        class Feed(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_port

    def configure(self, folder, relay_port, connections=16, depth=None, dkim="", web_port=8080):
        """Writes griot.toml. A depth is asked for where this griot knows the key."""
        smtp = f"messages_per_connection = {self.per_connection}\n" if self.per_connection else ""
        if depth and self.knows_depth:
            smtp += f"depth = {depth}\n"
        self._write(folder, relay_port=relay_port, connections=connections, smtp=smtp, dkim=dkim, web_port=web_port)

    def _write(self, folder, **values):
        with open(os.path.join(folder, "griot.toml"), "w") as file:
            file.write(CONFIGURATION.format(feed_port=self.feed_port, more=self.more, **values))

    @cached_property
    def knows_depth(self):
        with ground.workspace() as folder:
            self._write(folder, relay_port=25, connections=4, smtp="depth = 4\n", dkim="", web_port=8080)
            known = subprocess.run([GRIOT, "check"], cwd=folder, capture_output=True).returncode == 0
        if not known:
            say("This griot has no key smtp.depth: what is called CHUNKING is what it does by itself.")
        return known

    def store(self, recipients):
        """The file of a store with so many confirmed readers and no edition."""
        if recipients not in self.stores:
            folder = os.path.join(self.folder, str(recipients))
            os.mkdir(folder)
            run([GRIOT, "init"], folder)
            self.configure(folder, relay_port=25)
            run([GRIOT, "fetch"], folder)
            rows = os.path.join(folder, "readers.csv")
            with open(rows, "w") as file:
                file.write("email,name\n")
                file.writelines(f"reader{n:08}@readers.example,Reader {n}\n" for n in range(recipients))
            run([GRIOT, "subscribers", "import", rows, "--newsletter", NEWSLETTER, "--confirmed"], folder)
            os.remove(rows)
            store = os.path.join(folder, "griot.db")
            checkpoint(store)
            self.stores[recipients] = store
        return self.stores[recipients]

    @contextlib.contextmanager
    def folder_with(self, recipients):
        """A folder with a copy of the store, all on disk before anything is measured."""
        with ground.workspace() as folder:
            copy = os.path.join(folder, "griot.db")
            shutil.copyfile(self.store(recipients), copy)
            with open(copy, "rb+") as file:
                os.fsync(file.fileno())
            yield folder

    @cached_property
    def message(self):
        with self.folder_with(1) as folder:
            self.configure(folder, relay_port=25)
            run([GRIOT, "draft", NEWSLETTER], folder)
            eml = os.path.join(folder, "one.eml")
            run([GRIOT, "preview", NEWSLETTER, "--eml", eml], folder)
            with open(eml, "rb") as file:
                return Message(file.read())

    def send(self, folder, recipients, prefix=(), **watching):
        """Sends an edition to its end and checks the account. Returns how the process ended, and what it said."""
        ended = run([*prefix, GRIOT, "send", NEWSLETTER, "--wait", "--json"], folder, **watching)
        edition = json.loads(ended.output)
        if edition["state"] != "sent" or edition["accepted"] != recipients:
            raise SystemExit(f"The edition did not go out to {recipients:,} readers: {ended.output}")
        return ended, edition


def checkpoint(store):
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
