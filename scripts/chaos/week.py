"""A week of griot, hurried: its clock, its folder, the daemon that is killed, and all that befalls it meanwhile."""

import os
import re
import signal
import subprocess
import sys
import time

from room import CONNECTIONS, DEPTH, Room, Sink
from scenarios import fill

DAY = 86_400

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
depth = {depth}
rate = "{rate}/s"

[smtp.timeouts]
connect = "1s"
greeting = "2s"
mail = "2s"
rcpt = "2s"
data = "2s"
block = "2s"
dot = "2s"

[delivery]
give_up = "7d"

[bounces]
domain = "bounce.example.org"

[feeds]
allow_private = true

[[platform]]
id = "harmattan"
name = "Harmattan"
website = "https://harmattan.example.org"
feeds = ["http://127.0.0.1:{feed_port}/harmattan"]

[[platform]]
id = "sirocco"
name = "Sirocco"
website = "https://sirocco.example.org"
feeds = ["http://127.0.0.1:{feed_port}/sirocco"]

[[newsletter]]
id = "daily-brief"
name = "The Daily Brief"
from = "Harmattan Press <daily@example.org>"
schedule = "30 2 * * *"
timezone = "Europe/Berlin"
window = "1d"
grace = "12h"
stories = 8
min_stories = 1

[[newsletter]]
id = "weekly-brief"
name = "The Weekly Brief"
from = "Harmattan Press <weekly@example.org>"
schedule = "30 2 * * SUN"
timezone = "Europe/Berlin"
window = "7d"
grace = "12h"
stories = 10
min_stories = 1
"""


class Clock:
    """Runs `speed` times as fast as the real one, from `began_as` on."""

    def __init__(self, speed, began_as):
        self.speed, self.began_as, self.begun = speed, began_as, time.time()

    def __call__(self):
        return self.began_as + (time.time() - self.begun) * self.speed


class Week:
    def __init__(self, binaries, folder, clock, readers, feeds, relay, rate, web_port):
        self.binaries, self.folder, self.clock, self.feeds, self.relay = binaries, folder, clock, feeds, relay
        self.room = Room(binaries, folder)
        self.lives, self.daemon, self.account_held = [], None, True
        self.did = []
        self.room.run("init")
        text = CONFIGURATION.format(
            web_port=web_port, relay_port=relay.port, feed_port=feeds.port, connections=CONNECTIONS, depth=DEPTH, rate=rate
        )
        with open(os.path.join(folder, "griot.toml"), "w") as file:
            file.write(text)
        with open(os.path.join(folder, "readers.csv"), "w") as file:
            file.write("email\n" + "".join(f"{reader(number)}\n" for number in range(readers)))
        for newsletter in ["daily-brief", "weekly-brief"]:
            self.room.run("subscribers", "import", "readers.csv", "--newsletter", newsletter, "--confirmed")

    def say(self, what):
        passed = self.clock() - self.clock.began_as
        print(f"  day {passed / DAY:4.1f}  {what}", flush=True)

    # The daemon

    def start(self):
        words = [str(self.clock.speed), f"{self.clock.begun:.6f}", f"{self.clock.began_as:.6f}"]
        log = open(os.path.join(self.folder, "log"), "a")
        program = os.path.join(self.binaries, "examples", "fast-daemon")
        self.daemon = subprocess.Popen([program, *words], cwd=self.folder, stdout=log, stderr=log)
        self.lives.append({"memory": [], "ended": None})

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()
        self.lives[-1]["ended"] = "killed"
        # What it left in the wire is read before it is counted.
        self.relay.settle()
        self.look()
        self.start()

    def look(self):
        """Whether the store is whole and every edition's account holds; the daemon is dead or idle meanwhile."""
        command = [self.room.binary, "store", "check", "--json"]
        checked = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        found = re.findall(r'"wrong":"([^"]*)"', checked.stdout)
        # The key was made by a command, whose clock is the real one.
        expected = ("under way, and nobody sends", "its first key is younger than editions that went out with links")
        faults = [fault for fault in found if not fault.endswith(expected)]
        if faults or not checked.stdout.strip().startswith("{"):
            self.account_held = False
            self.say(f"the store is not whole: {faults or checked.stdout + checked.stderr}")

    def watch(self):
        """A look at the daemon's memory, and at whether it lives; one that ended by itself is started again."""
        if self.daemon.poll() is not None:
            self.lives[-1]["ended"] = f"ended by itself with {self.daemon.returncode}"
            self.did.append(self.lives[-1]["ended"])
            self.say(self.lives[-1]["ended"])
            self.start()
            return
        with open(f"/proc/{self.daemon.pid}/status") as file:
            found = re.search(r"RssAnon:\s+(\d+)", file.read())
        if found:
            self.lives[-1]["memory"].append((self.clock() - self.clock.began_as, int(found.group(1)) / 1024))

    def stop(self):
        self.daemon.terminate()
        try:
            self.daemon.wait(60)
        except subprocess.TimeoutExpired:
            sys.exit("the daemon does not stop within a minute of SIGTERM")
        self.lives[-1]["ended"] = "stopped"

    # What befalls it

    def befall(self, what, seconds):
        self.did.append(what)
        self.say(f"{what} for {seconds:.0f} s")
        getattr(self, what.replace(" ", "_"))(seconds)

    def relay_down(self, seconds):
        self.relay.kill()
        self.live(seconds)
        self.relay.start()

    def relay_silent(self, seconds):
        self.relay.process.send_signal(signal.SIGSTOP)
        self.live(seconds)
        self.relay.process.send_signal(signal.SIGCONT)

    def disk_full(self, seconds):
        ballast = os.path.join(self.folder, "ballast")
        fill(ballast, spare=0)
        self.live(seconds)
        os.remove(ballast)

    def live(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.watch()
            time.sleep(min(1, max(0, until - time.monotonic())))

    # The end

    def editions(self):
        return self.room.rows(
            "SELECT e.id, n.slug || '/' || e.number, e.state, e.slot_at, e.reason FROM editions AS e"
            " JOIN newsletters AS n ON n.id = e.newsletter_id WHERE e.state <> 'draft' ORDER BY e.slot_at, n.slug"
        )

    def resume(self):
        """What an operator does who has read why an edition is paused."""
        for _, name, state, _, reason in self.editions():
            if state == "paused":
                self.say(f"{name} is paused: {reason}; an operator lets it go on")
                self.room.run("edition", "resume", name)

    def is_over(self):
        return all(state in ("sent", "skipped", "cancelled") for _, _, state, _, _ in self.editions())


def reader(number):
    return f"reader{number:06}@readers.example"
