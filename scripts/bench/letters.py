"""How long a single letter waits while an edition goes out at full speed."""

import contextlib
import os
import sqlite3
import statistics
import subprocess
import time
import urllib.error
import urllib.request

from . import ground
from .ground import Sink, run, say, stop
from .station import GRIOT, NEWSLETTER


def measure(asked, station, peers, figures):
    about = f"a daemon sends to {asked.recipients:,} recipients over 16 connections; {asked.letters} letters of each kind"
    figures.section("letters", about)
    busy = {"test": [], "confirmation": []}
    editions = 0
    # An edition may be over before the letters are: then another is begun.
    while any(len(times) < asked.letters for times in busy.values()):
        editions += 1
        if editions > 50:
            raise SystemExit("The edition is over before letters can be sent: take more --recipients.")
        with daemon(asked, station) as (folder, sink):
            run([GRIOT, "send", NEWSLETTER, "--json"], folder)
            until(lambda: sink.stat().get("accepted", 0) > 0, "the daemon sends")
            write_letters(folder, asked.letters, busy, lambda: is_sending(folder))
        say(f"   edition {editions}: {', '.join(f'{len(times)} {kind}' for kind, times in busy.items())}")
    idle = {"test": [], "confirmation": []}
    with daemon(asked, station) as (folder, _):
        write_letters(folder, asked.letters, idle, lambda: True)

    for kind in busy:
        for percent in (50, 95):
            figures.ratio(f"a {kind}, p{percent}, while sending ÷ idle", [at(percent, busy[kind])], [at(percent, idle[kind])])
    for when, letters in (("while sending", busy), ("idle", idle)):
        for kind, times in letters.items():
            figures.values(f"a {kind}, {when}, p50", [at(50, times) * 1000], "ms")
            figures.values(f"a {kind}, {when}, p95", [at(95, times) * 1000], "ms")
            figures.values(f"a {kind}, {when}, all", [time * 1000 for time in times], "ms")


@contextlib.contextmanager
def daemon(asked, station):
    """A running daemon with a store of readers and a sink."""
    with station.folder_with(asked.recipients) as folder, Sink(folder) as sink:
        web_port = ground.free_port()
        station.configure(folder, sink.port, depth=asked.depth, web_port=web_port)
        with open(os.path.join(folder, "daemon.log"), "w") as log:
            process = subprocess.Popen([GRIOT, "daemon"], cwd=folder, stdout=log, stderr=log)
        try:
            until(lambda: answers(web_port), "the daemon is up")
            yield folder, sink
        finally:
            stop(process)


def answers(port):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def until(is_so, what, patience=30):
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > patience:
            raise SystemExit(f"Waited {patience} seconds in vain until {what}.")
        time.sleep(0.02)


def is_sending(folder):
    store = os.path.join(folder, "griot.db")
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)) as db:
        return db.execute("SELECT count(*) FROM editions WHERE state = 'sending'").fetchone()[0] > 0


def write_letters(folder, letters, times, goes_on):
    """Appends the seconds of each letter, the two kinds in turn, until there are enough or it goes on no longer."""
    while any(len(of_kind) < letters for of_kind in times.values()):
        for kind, of_kind in times.items():
            address = f"{kind}{len(of_kind)}@letters.example"
            words = ["send", NEWSLETTER, "--test", address] if kind == "test" else ["subscribers", "add", address, "--newsletter", NEWSLETTER]
            seconds = run([GRIOT, *words], folder, every=0.0005).seconds
            # One that ended after the edition did may have waited for nothing.
            if not goes_on():
                return
            of_kind.append(seconds)


def at(percent, times):
    """The time that so many percent of the letters stayed within."""
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]
