"""How many sign-ups a second are taken, each durable before it is answered, and how soon their letters are out."""

import os
import re
import signal
import subprocess
import time
import urllib.request

from . import ground
from .clicks import at, base, process_in, store
from .ground import say
from .letters import daemon

# Nobody is turned away, and no form comes back too soon.
FORM = """
[sign_up]
min_time = "0s"
per_address = "1000000/s"
per_domain = "1000000/s"
overall = "1000000/s"
"""
# What the answer waits for so that it takes the same time for everybody.
ANSWER_AFTER = 250


def measure(asked, station, figures):
    station.more = FORM
    figures.section("sign-ups", f"{asked.rate} a second for {asked.seconds} s, each another address")
    runs = [once(asked, station) for _ in range(asked.runs)]
    figures.values("answered", [len(one["times"]) / asked.seconds for one in runs], "sign-ups/s")
    for percent in (50, 99):
        figures.values(f"p{percent}, of it {ANSWER_AFTER} ms on purpose", [at(percent, one["times"]) for one in runs], "ms")
    figures.values("kept after a kill -9 ÷ answered", [one["kept"] / len(one["times"]) for one in runs], "×")
    figures.values("letters out by then", [one["letters"] for one in runs], "letters")


def once(asked, station):
    with daemon(asked, station) as (folder, sink):
        with urllib.request.urlopen(base(folder) + "/") as answer:
            ticket = re.search(r'name="ticket" value="([^"]+)"', answer.read().decode()).group(1)
        count = asked.rate * asked.seconds
        forms = (f"/subscribe ticket={ticket}&newsletter=weekly-brief&email=reader-{n}%40example-{n % 97}.org" for n in range(count))
        words = [ground.example("steady-load"), base(folder).removeprefix("http://"), str(asked.rate), str(asked.seconds)]
        load = subprocess.Popen([*words, "--connections", "600"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        load.stdin.write("\n".join(forms))
        load.stdin.close()
        times = []
        for line in load.stdout:
            _, microseconds, status = line.split()
            if status != "200":
                raise SystemExit(f"A sign-up was answered with {status}.")
            times.append(int(microseconds) / 1000)
        load.wait()
        os.kill(int(process_in(folder)), signal.SIGKILL)
        time.sleep(0.2)
        with store(folder) as db:
            kept = db.execute("SELECT count(*) FROM subscriptions WHERE state = 'pending'").fetchone()[0]
            letters = db.execute("SELECT count(*) FROM letters WHERE sent_at IS NOT NULL").fetchone()[0]
        say(f"sign-ups: {len(times)} answered, {kept} kept, p99 {at(99, times):.0f} ms, {letters} letters out")
        return {"times": times, "kept": kept, "letters": letters}
