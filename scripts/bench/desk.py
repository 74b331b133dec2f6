"""How long the pages of the desk take, with many readers, editions and stories."""

import http.client
import os
import random
import sqlite3
import statistics
import subprocess
import time
import urllib.parse

from . import ground
from .ground import run, say
from .letters import answers, until
from .station import GRIOT, NEWSLETTER, checkpoint

WEEK = 7 * 24 * 3600
PASSWORD = "harmattan kettle orbit plum"
WORDS = (
    "harbour ferry budget choir market drum museum railway harvest election rain night radio teacher strike visa "
    "festival recipe solar village stadium court school bridge river trade film song doctor engineer farmer minister"
).split()
# At the server, warm; and octets.
SLOWEST = 150
LARGEST = 100_000


def measure(asked, station):
    with station.folder_with(asked.readers) as folder:
        port = ground.free_port()
        station.configure(folder, relay_port=25, web_port=port)
        fill(asked, os.path.join(folder, "griot.db"))
        run([GRIOT, "draft", NEWSLETTER], folder)
        said = run([GRIOT, "desk", "invite", "Yaw", "--role", "operator"], folder).output
        link = urllib.parse.urlparse(said.split()[0]).path
        with open(os.path.join(folder, "daemon.log"), "w") as log:
            daemon = subprocess.Popen([GRIOT, "daemon"], cwd=folder, stdout=log, stderr=log)
        try:
            until(lambda: answers(port), "the daemon's pages answer")
            browser = Browser(port)
            browser.sign_in(link)
            ground.look_for_others()
            table([page(browser, asked, path) for path in paths(asked)])
        finally:
            daemon.terminate()
            daemon.wait()


def paths(asked):
    last = f"/desk/editions/{NEWSLETTER}/{asked.editions}"
    draft = f"/desk/editions/{NEWSLETTER}/{asked.editions + 1}"
    return [
        "/desk", draft, f"{draft}/preview", f"{draft}/approve", f"{draft}/send", last, f"{last}/results",
        f"{last}/results/map", f"/desk/newsletters/{NEWSLETTER}", f"/desk/newsletters/{NEWSLETTER}/sponsors",
        "/desk/readers", f"/desk/readers?newsletter={NEWSLETTER}&state=ended", "/desk/readers?q=k",
        "/desk/readers?q=reader00000012", "/desk/readers?q=readers.example", "/desk/readers?q=reader%20000",
        "/desk/readers/1", "/desk/stories", "/desk/stories?q=harbour", "/desk/stories?q=harbour%20ferry",
        "/desk/stories?q=harbour&platform=harmattan", "/desk/stories/1", "/desk/events", "/desk/feeds",
        "/desk/settings", "/desk/webhooks", "/desk/tokens", "/desk/staff", "/desk/audit", "/desk/account",
    ]


def fill(asked, path):
    """What years of work leave behind, written by the rows: griot itself would need those years."""
    chance, now = random.Random(7), int(time.time())
    say(f"filling the store: {asked.stories:,} stories, {asked.editions} editions to {asked.readers:,} readers")
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN")
    (number,) = db.execute("SELECT id FROM newsletters WHERE slug = ?", (NEWSLETTER,)).fetchone()
    of_edition = stories(db, asked, chance, now)
    # Whose addresses turned out to be nobody's.
    db.execute("INSERT INTO suppressions SELECT email, 'hard bounce', ? FROM subscribers WHERE id % 50 = 0", (now,))
    for edition in range(1, asked.editions + 1):
        at = now - (asked.editions - edition + 1) * WEEK
        sent(db, asked, chance, number, edition, at, of_edition[edition - 1])
        say(f"edition {edition} of {asked.editions}")
    db.execute("COMMIT")
    db.execute("ANALYZE")
    db.close()
    checkpoint(path)


def stories(db, asked, chance, now):
    """Spread over the weeks of the editions; the ids of those of each."""
    (first,) = db.execute("SELECT 1 + max(id) FROM stories").fetchone()
    rows, of_edition = [], [[] for _ in range(asked.editions)]
    for n in range(asked.stories):
        week = n % asked.editions
        at = now - (asked.editions - week) * WEEK - chance.randrange(WEEK)
        headline = " ".join(chance.choices(WORDS, k=6)).capitalize() + f" {n}"
        url = f"https://example.org/older-{n}"
        rows.append((first + n, "harmattan", url, url, headline, "What was seen, and why it matters.", at, at, 300))
        if len(of_edition[week]) < 10:
            of_edition[week].append(first + n)
    db.executemany(
        "INSERT INTO stories (id, platform, guid, url, headline, standfirst, published_at, first_seen_at, words) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return of_edition


def sent(db, asked, chance, number, edition, at, ids):
    db.execute(
        "INSERT INTO editions (newsletter_id, number, state, slot_at, window_start, window_end, created_at, approved_at, "
        "started_at, finished_at, subject, html, text, online, frozen_to, frozen_at) VALUES "
        "(?1, ?2, 'sent', ?3, ?3 - 604800, ?3, ?3, ?3, ?3, ?3 + 90, 'The week', '<html><body>' || ?4 || '</body></html>', "
        "'text', '<html></html>', 9223372036854775807, ?3)",
        (number, edition, at, "".join(f'<a href="https://example.org/older-{i}">one</a>' for i in ids)))
    (row,) = db.execute("SELECT last_insert_rowid()").fetchone()
    accepted = asked.readers - asked.readers // 200
    for state, many in (("accepted", accepted), ("failed", asked.readers - accepted)):
        db.execute("INSERT INTO delivery_counts VALUES (?, ?, ?)", (row, state, many))
    outcome = "CASE WHEN id % 200 = 0 THEN 'failed' ELSE 'accepted' END"
    db.execute(
        "INSERT INTO deliveries (edition_id, subscriber_id, state, attempts, changed_at) "
        f"SELECT ?1, id, {outcome}, 1, ?2 FROM subscribers", (row, at))
    db.execute(
        "INSERT INTO attempts (edition_id, subscriber_id, number, finished_at, outcome, code, enhanced, reply) "
        f"SELECT ?1, id, 1, ?2, {outcome}, 250, '2.0.0', 'ok' FROM subscribers", (row, at))
    db.execute("INSERT INTO domain_counts VALUES (?, 'readers.example', ?, 0, ?, 0)", (row, accepted, asked.readers - accepted))
    for place, story in enumerate(ids, 1):
        db.execute("INSERT INTO edition_stories (edition_id, position, story_id) VALUES (?, ?, ?)", (row, place, story))
        clicks = chance.randrange(asked.readers // 100 + 1)
        db.execute(
            "INSERT INTO links (edition_id, url, story_id, readers) VALUES (?, ?, ?, ?)",
            (row, f"https://example.org/story-of-{story}", story, clicks))
        (link,) = db.execute("SELECT last_insert_rowid()").fetchone()
        for hour in range(48):
            db.execute("INSERT INTO clicks VALUES (?, ?, ?, 0)", (link, at // 3600 * 3600 + hour * 3600, clicks // 48))


class Browser:
    def __init__(self, port):
        self.port, self.cookie = port, ""

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": self.cookie, "Sec-Fetch-Site": "same-origin"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        octets = answer.read()
        spent = (time.perf_counter() - began) * 1000
        connection.close()
        return answer, octets, spent

    def sign_in(self, link):
        answer, octets, _ = self.ask("POST", link, urllib.parse.urlencode({"password": PASSWORD}))
        if answer.status != 303:
            raise SystemExit(f"signing in was answered by {answer.status}: {octets[:400]}")
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]


def page(browser, asked, path):
    times = []
    for _ in range(asked.times + 1):
        answer, octets, spent = browser.ask("GET", path)
        if answer.status != 200:
            raise SystemExit(f"{path} was answered by {answer.status}")
        times.append(spent)
    # The first one warms the caches; it is told apart.
    return path, times[0], statistics.median(times[1:]), max(times[1:]), len(octets)


def table(rows):
    print("| page | first, ms | median, ms | slowest, ms | octets |")
    print("|---|---:|---:|---:|---:|")
    for path, first, median, slowest, octets in rows:
        print(f"| {path} | {first:.1f} | {median:.1f} | {slowest:.1f} | {octets:,} |")
    over = [path for path, _, _, slowest, octets in rows if slowest > SLOWEST or octets > LARGEST]
    if over:
        ground.warn(f"over {SLOWEST} ms or {LARGEST:,} octets: {', '.join(over)}")
