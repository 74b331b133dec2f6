"""Feeds of two platforms that fail and lie."""

import collections
import datetime
import email.utils
import http.server
import random
import threading
import time

# Of a hundred answers, so many are of each kind; the others are as they should be.
MISDEEDS = {
    "error 500": 8,
    "error 503, come again": 4,
    "silence": 3,
    "cut off": 6,
    "a page instead": 5,
    "empty": 4,
    "not modified, though it is": 5,
    "dates of next year": 4,
    "broken XML": 6,
    "a redirect to itself": 3,
    "connection closed": 4,
}


class Feeds:
    """A server of both feeds, with a new story in each for every hour of `clock`."""

    def __init__(self, clock, seed):
        self.clock, self.dice = clock, random.Random(f"feeds {seed}")
        self.answers = collections.Counter()
        self.lock = threading.Lock()
        feeds = self

        class Feed(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                feeds.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def misdeed(self):
        with self.lock:
            rolled = self.dice.randrange(100)
            for name, odds in MISDEEDS.items():
                if rolled < odds:
                    break
                rolled -= odds
            else:
                name = "as it should be"
            self.answers[name] += 1
            return name

    def answer(self, request):
        kind, platform = self.misdeed(), request.path.strip("/")
        body, status, headers = self.feed(platform, lies=kind == "dates of next year"), 200, {}
        if kind == "error 500":
            status, body = 500, b"no"
        elif kind == "error 503, come again":
            status, body, headers = 503, b"later", {"Retry-After": "60"}
        elif kind == "silence":
            time.sleep(15)
        elif kind == "a page instead":
            body = b"<!doctype html><title>Sign in</title><p>Sign in to go on."
        elif kind == "empty":
            body = b"<rss version='2.0'><channel><title>Nothing</title></channel></rss>"
        elif kind == "not modified, though it is":
            status, body = 304, b""
        elif kind == "broken XML":
            body = body.replace(b"</title>", b"&nbsp;<", 3).replace(b"<item>", b"<item><&>", 2)
        elif kind == "a redirect to itself":
            status, body, headers = 301, b"", {"Location": request.path}
        elif kind == "connection closed":
            request.close_connection = True
            return
        try:
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body[: len(body) // 2] if kind == "cut off" else body)
        except OSError:
            pass
        request.close_connection = request.close_connection or kind == "cut off"

    def feed(self, platform, lies):
        """The stories of the last day and a half."""
        now = self.clock()
        items = ""
        for ago in range(36):
            hour = int(now // 3600) - ago
            at = datetime.datetime.fromtimestamp(hour * 3600, datetime.timezone.utc)
            if lies:
                at = at.replace(year=at.year + 1)
            link = f"https://{platform}.example.org/{hour}"
            words = random.Random(f"{platform} {hour}").sample(WORDS, 5)
            items += (
                f"<item><guid>{link}</guid><title>{' '.join(words).capitalize()}</title><link>{link}</link>"
                f"<pubDate>{email.utils.format_datetime(at)}</pubDate></item>"
            )
        return f"<rss version='2.0'><channel><title>{platform}</title>{items}</channel></rss>".encode()


WORDS = """harbour ferry council school market river bridge choir museum library festival doctor nurse farmer rain drought
election court police teacher student railway airport factory bakery painter novel film stadium coach striker keeper budget
bank wages strike union island mountain forest fishing cocoa coffee solar battery satellite garden theatre radio archive
""".split()
