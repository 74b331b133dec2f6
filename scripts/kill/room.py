"""A griot with readers in a folder of its own, and the sink it sends to."""

import datetime
import email.utils
import http.server
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time

STATES = ["accepted", "failed", "skipped", "unknown", "queued", "deferred", "sending"]
EDITION = "weekly-brief/1"
CONNECTIONS = 16
DEPTH = 4
# What the store says of a delivery whose sender was killed over it.
ORPHANED = "the sending process ended before the answer came"

CONFIGURATION = """
[publisher]
name = "Harmattan Press"
website = "https://example.org"
address = "1 Example Street, Accra"

[web]
public_url = "http://127.0.0.1:8080"

[smtp]
url = "smtp://127.0.0.1:{relay_port}?tls=none"
connections = {connections}
depth = {depth}

[smtp.timeouts]
connect = "1s"
greeting = "1s"
mail = "1s"
rcpt = "1s"
data = "1s"
block = "1s"
dot = "1s"

[delivery]
retry = ["1s"]
retry_then = "1s"
retry_unknown = "1s"
resume_refused = "1s"

[feeds]
allow_private = true

[[platform]]
id = "harmattan"
name = "Harmattan"
website = "https://example.org"
feeds = ["http://127.0.0.1:{feed_port}/feed"]

[[newsletter]]
id = "weekly-brief"
name = "The Weekly Brief"
from = "Harmattan Press <brief@example.org>"
schedule = "0 8 * * FRI"
timezone = "Africa/Accra"
"""


def reader(number):
    """All of one length, so that the size of a list of them tells how many there are."""
    return f"reader{number:06}@readers.example"


class Room:
    """The binary in a folder, before or in the middle of sending its first edition."""

    def __init__(self, binaries, folder):
        self.binaries, self.folder = binaries, folder
        self.binary = os.path.join(binaries, "griot")
        self.store = os.path.join(folder, "griot.db")

    @classmethod
    def set_up(cls, binaries, folder, recipients):
        """With stories and readers; to be copied for each edition."""
        room = cls(binaries, folder)
        os.makedirs(folder)
        room.run("init")
        room.configure(relay_port=25, feed_port=serve_feed())
        with open(os.path.join(folder, "readers.csv"), "w") as file:
            file.write("email\n" + "".join(f"{reader(number)}\n" for number in range(recipients)))
        room.run("fetch")
        room.run("subscribers", "import", "readers.csv", "--newsletter", "weekly-brief", "--confirmed")
        return room

    def copy(self, folder, relay_port):
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        room = Room(self.binaries, folder)
        room.configure(relay_port)
        return room

    def configure(self, relay_port, feed_port=9):
        text = CONFIGURATION.format(
            relay_port=relay_port, feed_port=feed_port, connections=CONNECTIONS, depth=DEPTH
        )
        with open(os.path.join(self.folder, "griot.toml"), "w") as file:
            file.write(text)

    def send(self):
        """Begins to send, or goes on."""
        words = ["send", EDITION if self.has_edition() else "weekly-brief", "--wait"]
        log = open(os.path.join(self.folder, "log"), "a")
        return subprocess.Popen([self.binary, *words], cwd=self.folder, stdout=log, stderr=log)

    def log(self):
        with open(os.path.join(self.folder, "log")) as file:
            return file.read()

    def run(self, *words):
        ended = subprocess.run(
            [self.binary, *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if ended.returncode != 0:
            sys.exit(f"griot {' '.join(words)} failed: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def has_edition(self):
        return bool(self.rows("SELECT id FROM editions WHERE state <> 'draft'"))

    def account(self):
        """What griot says of the edition."""
        return json.loads(self.run("edition", "show", EDITION, "--json"))

    def account_holds(self):
        """Whether the states add up to the recipients, and griot finds nothing wrong but that its sender is dead."""
        if not self.has_edition():
            return True
        account = self.account()
        command = [self.binary, "store", "check", "--json"]
        checked = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            faults = [fault["wrong"] for fault in json.loads(checked.stdout)["faults"]]
        except (ValueError, KeyError):
            faults = [checked.stdout + checked.stderr]
        faults = [fault for fault in faults if not fault.endswith("under way, and nobody sends")]
        holds = sum(account[state] for state in STATES) == account["recipients"] and not faults
        if not holds:
            print(f"the account does not hold: {account} {faults}", file=sys.stderr)
        return holds

    def rows(self, query, *values):
        store = sqlite3.connect(self.store, timeout=30)
        try:
            return store.execute(query, values).fetchall()
        finally:
            store.close()

    def count(self, query, *values):
        return self.rows(query, *values)[0][0]

    def orphans(self):
        """How many tries were found unknown because their process had been killed."""
        return self.count("SELECT count(*) FROM attempts WHERE outcome = 'unknown' AND reply = ?", ORPHANED)

    def finish(self):
        """Sends until nothing is left to try. Whoever is unknown for good is sent it once more, as an operator would."""
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            self.send().wait()
            account = self.account()
            if account["state"] == "paused":
                self.run("edition", "resume", EDITION)
            elif account["state"] == "sent" and account["unknown"]:
                self.run("edition", "resend-unknown", EDITION)
            elif account["state"] == "sent":
                return account
            else:
                time.sleep(0.1)
        sys.exit(f"the edition is never done: {self.account()}\n{self.log()[-2000:]}")


class Sink:
    """A relay that keeps nothing but the names of those whose messages it accepted."""

    def __init__(self, binaries, folder, *options, port=0):
        os.makedirs(folder, exist_ok=True)
        self.command = os.path.join(binaries, "examples", "smtp-sink")
        self.folder, self.options, self.port = folder, options, port
        self.lives = 0
        self.start()

    def start(self):
        self.lives += 1
        self.accepted = os.path.join(self.folder, f"accepted-{self.lives}")
        self.stat = os.path.join(self.folder, f"stat-{self.lives}")
        # A port that was just left may take a moment to be free.
        deadline = time.monotonic() + 10
        while True:
            self.process = subprocess.Popen(
                [self.command, str(self.port), "--accepted", self.accepted, "--stat", self.stat, *self.options],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            line = self.process.stdout.readline()
            if line:
                break
            error = self.process.communicate()[1]
            if time.monotonic() > deadline:
                sys.exit(f"the sink does not start: {error}")
            time.sleep(0.02)
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def count(self):
        """How many messages this life has accepted."""
        try:
            return os.stat(self.accepted).st_size // len(reader(0) + "\n")
        except FileNotFoundError:
            return 0

    def lines(self):
        """Whom this life has accepted."""
        with open(self.accepted) as file:
            return file.read().splitlines()

    def settle(self):
        """Waits until what a killed sender left in the wire has been read."""
        deadline = time.monotonic() + 30
        # Twice: the counts are written ten times a second.
        quiet = 0
        while quiet < 2:
            before = os.stat(self.stat).st_mtime_ns if os.path.exists(self.stat) else 0
            while not os.path.exists(self.stat) or os.stat(self.stat).st_mtime_ns == before:
                time.sleep(0.005)
            time.sleep(0.005)
            with open(self.stat) as file:
                words = file.read().split()
            is_quiet = "open" in words and words[words.index("open") + 1] == "0"
            quiet = quiet + 1 if is_quiet else 0
            if time.monotonic() > deadline:
                sys.exit("connections stay open although nobody sends")


def serve_feed():
    """Serves a feed of stories of the last hours and returns the port."""
    now = datetime.datetime.now(datetime.timezone.utc)
    items = ""
    for hours, headline in enumerate(["The hall opens", "The ferry sails", "A choir sings", "Rain comes early"], 1):
        published = email.utils.format_datetime(now - datetime.timedelta(hours=hours))
        link = f"https://example.org/{hours}"
        items += f"<item><title>{headline}</title><link>{link}</link><pubDate>{published}</pubDate></item>"
    feed = f"<rss version='2.0'><channel><title>Harmattan</title>{items}</channel></rss>".encode()

    class Feed(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(feed)))
            self.end_headers()
            self.wfile.write(feed)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port
