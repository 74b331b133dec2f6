"""How long a single letter waits while an edition goes out at full speed."""

import contextlib
import os
import sqlite3
import statistics
import subprocess
import time
import urllib.error
import urllib.request
from functools import partial

from . import ground
from .figures import in_turn
from .ground import Sink, run, stop
from .station import GRIOT, NEWSLETTER

# What is written, and the words that make griot write it.
KINDS = {
    "test": lambda address: ["send", NEWSLETTER, "--test", address],
    "confirmation": lambda address: ["subscribers", "add", address, "--newsletter", NEWSLETTER],
}


def measure(asked, station, peers, figures):
    about = f"a daemon sends to {asked.recipients:,} recipients over 16 connections"
    figures.section("letters", f"{about}; {asked.letters} letters of each kind a run")
    contestants = {"while sending": partial(while_sending, asked, station), "idle": partial(while_idle, asked, station)}
    results = in_turn(asked.runs, contestants)
    for kind in KINDS:
        for percent in (50, 95):
            busy, idle = ([letters.at(percent, kind) for letters in results[when]] for when in contestants)
            figures.ratio(f"a {kind}, p{percent}, while sending ÷ idle", busy, idle)
    for when, runs in results.items():
        for kind in KINDS:
            for percent in (50, 95):
                times = [letters.at(percent, kind) * 1000 for letters in runs]
                figures.values(f"a {kind}, {when}, p{percent}", times, "ms")
            slowest = [max(letters.times[kind]) * 1000 for letters in runs]
            figures.values(f"a {kind}, {when}, the slowest", slowest, "ms")


class Letters:
    """Seconds from the start of the command to its exit, by kind."""

    def __init__(self):
        self.times = {kind: [] for kind in KINDS}

    def at(self, percent, kind):
        """The time that so many percent of the letters stayed within."""
        times = self.times[kind]
        return statistics.quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]

    def are_fewer_than(self, wanted):
        return any(len(times) < wanted for times in self.times.values())

    def __str__(self):
        p50, p95 = ({kind: self.at(percent, kind) * 1000 for kind in KINDS} for percent in (50, 95))
        return "; ".join(f"{kind} p50 {p50[kind]:.1f} ms, p95 {p95[kind]:.1f} ms" for kind in KINDS)


def while_sending(asked, station):
    letters, editions = Letters(), 0
    # An edition may be over before the letters are: then another is begun.
    while letters.are_fewer_than(asked.letters):
        editions += 1
        if editions > 50:
            raise SystemExit("The edition is over before letters can be sent: take more --recipients.")
        with daemon(asked, station) as (folder, sink):
            run([GRIOT, "send", NEWSLETTER, "--json"], folder)
            until(lambda: sink.stat().get("accepted", 0) > 0, "the daemon sends")
            write(letters, asked.letters, folder, lambda: is_sending(folder))
    return letters


def while_idle(asked, station):
    letters = Letters()
    with daemon(asked, station) as (folder, _):
        write(letters, asked.letters, folder, lambda: True)
    return letters


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


def write(letters, wanted, folder, goes_on):
    """Sends letters of the two kinds in turn until there are enough, or it goes on no longer."""
    while letters.are_fewer_than(wanted):
        for kind, times in letters.times.items():
            address = f"{kind}{len(times)}@letters.example"
            seconds = run([GRIOT, *KINDS[kind](address)], folder, every=0.0005).seconds
            # One that ended after the edition did may have waited for nothing.
            if not goes_on():
                return
            times.append(seconds)
