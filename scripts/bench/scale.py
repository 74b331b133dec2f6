"""What grows with the readers and what must not: memory, CPU, bytes in the store, seconds, and the first message."""

import contextlib
import os
import sqlite3
import time
from functools import partial

from .figures import in_turn
from .ground import Sink
from .sending import Sent
from .station import checkpoint


def measure(asked, station, peers, figures):
    sizes = asked.sizes
    figures.section("scale", f"16 connections, {peers.size / 1000:.1f} KB a message, CHUNKING, depth {asked.depth}")
    results = in_turn(asked.runs, {size: partial(one_send, station, size, asked.depth) for size in sizes})
    for few, many in zip(sizes, sizes[1:]):
        above, below = results[many], results[few]
        pair = f"{many:,} ÷ {few:,} recipients"
        for what, of in (
            ("seconds a message", lambda sent: sent.seconds / sent.messages),
            ("CPU a message", lambda sent: sent.cpu / sent.messages),
            ("peak memory", lambda sent: sent.memory),
        ):
            figures.ratio(f"{what}, {pair}", [of(sent) for sent in above], [of(sent) for sent in below])
    for size in sizes:
        sends = results[size]

        def values(what, of, unit):
            figures.values(f"{size:,}: {what}", [of(sent) for sent in sends], unit)

        values("peak memory", lambda sent: sent.memory / 1e6, "MB")
        values("CPU, user and system", lambda sent: sent.cpu, "s")
        values("CPU a message", lambda sent: sent.cpu / sent.messages * 1e6, "µs/message")
        values("command start to exit", lambda sent: sent.seconds, "s")
        values("by the sink", lambda sent: sent.rate, "messages/s")
        values("command start to first accepted message", lambda sent: sent.first, "s")
        values("command start to all recipients recorded", lambda sent: sent.frozen, "s")
        values("growth of the store and its log", lambda sent: sent.grown / sent.messages, "bytes/delivery")
        values("the same after a checkpoint", lambda sent: sent.settled / sent.messages, "bytes/delivery")
        values("largest write-ahead log", lambda sent: sent.log / 1e6, "MB")
        values("written to disk", lambda sent: sent.written / sent.messages, "bytes/delivery")


class Watched(Sent):
    """A send, with what was seen while it ran. Memory, log and sizes in bytes; first and frozen in seconds."""

    def __str__(self):
        moments = f"first after {self.first:.2f} s, all recorded after {self.frozen:.2f} s"
        return f"{super().__str__()}, {moments}, {self.memory / 1e6:.0f} MB"


class Watch:
    """Looks at the process and its store now and then, and keeps the peaks."""

    def __init__(self, store):
        self.store, self.memory, self.log, self.written = store, 0, 0, 0
        self.began = time.time()
        self.frozen = None

    def __call__(self, pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            self.memory = max(self.memory, counted(f"/proc/{pid}/status", "VmHWM:") * 1024)
            self.written = max(self.written, counted(f"/proc/{pid}/io", "write_bytes:"))
        with contextlib.suppress(FileNotFoundError):
            self.log = max(self.log, os.path.getsize(self.store + "-wal"))
        if self.frozen is None and is_frozen(self.store):
            self.frozen = time.time() - self.began


def counted(path, name):
    with open(path) as file:
        return next((int(line.split()[1]) for line in file if line.startswith(name)), 0)


def is_frozen(store):
    """Asked over a connection of its own, so that griot is the last to close the store and tidies it as ever."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=0)) as db:
            return db.execute("SELECT count(*) FROM editions WHERE frozen_at IS NOT NULL").fetchone()[0] > 0
    except sqlite3.OperationalError:
        return False


def size_of(store):
    return sum(os.path.getsize(store + end) for end in ("", "-wal") if os.path.exists(store + end))


def one_send(station, recipients, depth):
    with station.folder_with(recipients) as folder, Sink(folder) as sink:
        station.configure(folder, sink.port, depth=depth)
        store = os.path.join(folder, "griot.db")
        before = size_of(store)
        watch = Watch(store)
        ended, _ = station.send(folder, recipients, watch=watch)
        sent = Watched(sink, recipients, ended)
        sent.memory, sent.log, sent.written = watch.memory, watch.log, watch.written
        sent.first = sink.stat()["first_at"] - watch.began
        # A send that was over between two looks was frozen by then.
        sent.frozen = watch.frozen if watch.frozen is not None else ended.seconds
        sent.grown = size_of(store) - before
        checkpoint(store)
        sent.settled = size_of(store) - before
        return sent
