"""What is killed, filled or moody, and how it is gone about. Each scenario returns its tallies."""

import collections
import os
import subprocess
import time

from room import CONNECTIONS, DEPTH, Room, Sink
from tally import Tally

# So many that an edition takes about a second.
RECIPIENTS = 20_000


class Setting:
    """What all scenarios need."""

    def __init__(self, binaries, folder, dice, kills):
        self.binaries, self.folder, self.dice, self.kills = binaries, folder, dice, kills
        self.rooms = 0
        self.template = None

    def room(self, sink, folder=None):
        """A room that has not begun to send."""
        if self.template is None:
            self.template = Room.set_up(self.binaries, os.path.join(self.folder, "template"), RECIPIENTS)
        self.rooms += 1
        return self.template.copy(folder or os.path.join(self.folder, f"room-{self.rooms}"), sink.port)

    def sink(self, name, *options):
        return Sink(self.binaries, os.path.join(self.folder, f"sink-{name}"), *options)


def griot(setting):
    """The sender is killed with SIGKILL, with CHUNKING and without, early and late."""
    chunks = Tally("griot, CHUNKING", most_at_once=CONNECTIONS * DEPTH)
    lines = Tally("griot, DATA", most_at_once=CONNECTIONS)
    return [kill_griot(setting, chunks, setting.kills), kill_griot(setting, lines, setting.kills, "--hide", "CHUNKING")]


def journal(setting):
    """The same, and the journal is lost or damaged after each kill: what was claimed ahead is unknown then."""
    return [kill_griot(setting, Tally("journal"), max(1, setting.kills // 3), spoil=spoil_journal)]


def kill_griot(setting, tally, kills, *options, spoil=None):
    sink = setting.sink(tally.name.split()[-1], *options)
    early = 0
    try:
        while tally.kills < kills:
            room, begin, cuts, orphans = setting.room(sink), sink.count(), [], 0
            while tally.kills < kills:
                before = sink.count()
                sender = room.send()
                wait_for_moment(setting.dice, sink, sender, before)
                if sender.poll() is not None:
                    if room.account()["state"] == "sent":
                        break
                    continue
                sender.kill()
                sender.wait()
                sink.settle()
                cuts.append(sink.count() - begin)
                if sink.count() > before:
                    tally.killed(room)
                else:
                    # It had not come to send: that its end does no harm is to be seen, yet it is none of the kills.
                    early += 1
                    tally.look(room)
                # What the process before this one left behind was found by this one.
                orphans = count_orphans(tally, room, orphans)
                if spoil:
                    spoil(setting.dice, room.store + "-sending")
            room.finish()
            count_orphans(tally, room, orphans)
            tally.close(room, cut(sink.lines()[begin:], cuts))
    finally:
        sink.kill()
    print(f"{tally.name}: and {early} kills before the first message was accepted")
    return tally


def spoil_journal(dice, path):
    if not os.path.exists(path):
        return
    how = dice.choice(["lost", "cut", "empty", "garbled", "before a restart"])
    if how == "lost":
        os.remove(path)
        return
    with open(path, "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        if how == "cut":
            file.truncate(dice.randrange(size))
        elif how == "empty":
            file.truncate(0)
        elif how == "garbled":
            file.seek(256)
            file.write(dice.randbytes(size - 256))
        else:
            # The second line is the kernel's name for this run of the machine.
            begin = len(file.readline())
            file.seek(begin)
            file.write(b"00000000")


def count_orphans(tally, room, before):
    after = room.orphans()
    tally.unknown(after - before)
    return after


def count_unknown(tally, room, before):
    after = room.count("SELECT count(*) FROM attempts WHERE outcome = 'unknown'")
    tally.unknown(after - before)
    return after


def wait_for_moment(dice, sink, sender, before):
    """Until the sink has accepted so many, or for so long."""
    kind = dice.random()
    if kind < 0.2:
        # About the time it takes to open the store and to settle what the last one left.
        time.sleep(dice.uniform(0, 0.06))
        return
    until = time.monotonic() + (dice.uniform(0, 0.8) if kind < 0.5 else 60)
    # Most moments are early ones, so that an edition has several.
    wanted = before + int(RECIPIENTS ** dice.uniform(0, 1)) if kind >= 0.5 else float("inf")
    while sender.poll() is None and time.monotonic() < until and sink.count() < wanted:
        time.sleep(0.0002)


def cut(lines, cuts):
    edges = [0, *cuts, len(lines)]
    return [lines[start:end] for start, end in zip(edges, edges[1:])]


def sink(setting):
    """The relay is killed and comes back, while griot goes on."""
    tally = Tally("sink", most_at_once=CONNECTIONS * DEPTH)
    # Answers leave late, so that there is something to be lost: messages that were accepted and not answered.
    relay = setting.sink("killed", "--delay", "5")
    try:
        while tally.kills < setting.kills:
            room, segments = setting.room(relay), []
            sender = room.send()
            unknown = 0
            for _ in range(5):
                wanted = relay.count() + setting.dice.randrange(1, RECIPIENTS // 6)
                while relay.count() < wanted:
                    if sender.poll() is not None:
                        # Without its relay, or with nothing due at the moment: the next one goes on.
                        if room.account()["state"] == "sent":
                            break
                        sender = room.send()
                    time.sleep(0.0002)
                relay.kill()
                segments.append(relay.lines())
                time.sleep(setting.dice.uniform(0, 0.3))
                relay.start()
                tally.killed(room)
                # Those that are sent once more, a second later at the soonest, have had their answer by then.
                time.sleep(0.3)
                unknown = count_unknown(tally, room, unknown)
            sender.wait()
            room.finish()
            segments.append(relay.lines())
            tally.close(room, segments)
            # The next edition's list begins anew.
            relay.kill()
            relay.start()
    finally:
        relay.kill()
    return [tally]


def disk(setting):
    """The disk fills up and has room again, and now and then griot is killed while it is full."""
    tally = Tally("disk", most_at_once=CONNECTIONS * DEPTH)
    ends = collections.Counter()
    relay = setting.sink("disk")
    small = os.path.join(setting.folder, "small")
    os.mkdir(small)
    try:
        while tally.kills < max(1, setting.kills // 2):
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", small], check=True)
            try:
                fill_often(setting, tally, ends, relay, setting.room(relay, small))
            finally:
                subprocess.run(["umount", "--lazy", small], check=True)
    finally:
        relay.kill()
    print("disk: " + ", ".join(f"{many} {how}" for how, many in sorted(ends.items())))
    return [tally]


def fill_often(setting, tally, ends, relay, room):
    begin, cuts, orphans = relay.count(), [], 0
    for _ in range(6):
        sender = room.send()
        wanted = relay.count() + setting.dice.randrange(0, RECIPIENTS // 8)
        while sender.poll() is None and relay.count() < wanted:
            time.sleep(0.0002)
        if sender.poll() is not None:
            if room.account()["state"] == "sent":
                break
            continue
        ballast = os.path.join(room.folder, "ballast")
        fill(ballast, spare=setting.dice.choice([0, 0, 4_096, 65_536, 500_000]))
        if setting.dice.random() < 0.5:
            time.sleep(setting.dice.choice([0, setting.dice.uniform(0, 0.1)]))
            sender.kill()
        try:
            sender.wait(10)
        except subprocess.TimeoutExpired:
            ends["were waited out"] += 1
        os.remove(ballast)
        # Where the log of the store has room enough of its own, a full disk is no hindrance.
        ends[{1: "ended by the full disk", 0: "unhindered"}.get(sender.wait(), "killed")] += 1
        relay.settle()
        cuts.append(relay.count() - begin)
        tally.killed(room)
        orphans = count_orphans(tally, room, orphans)
    room.finish()
    count_orphans(tally, room, orphans)
    tally.close(room, cut(relay.lines()[begin:], cuts))


def fill(path, spare):
    """Leaves `spare` octets of the disk."""
    with open(path, "wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(65_536))
        except OSError:
            pass
        ballast.truncate(max(0, os.fstat(ballast.fileno()).st_size - spare))


def moody(setting):
    """The relay refuses, closes and falls silent at random, at every command."""
    return [moody_relay(setting, *way) for way in [("moody, CHUNKING",), ("moody, DATA", "--hide", "CHUNKING")]]


def moody_relay(setting, name, *options):
    tally = Tally(name)
    seed = str(setting.dice.randrange(1_000_000))
    relay = setting.sink(name.replace(", ", "-"), "--moody", seed, *options)
    try:
        room = setting.room(relay)
        room.finish()
        relay.settle()
        tally.close(room, [relay.lines()])
    finally:
        relay.kill()
    return tally


ALL = {"griot": griot, "journal": journal, "sink": sink, "disk": disk, "moody": moody}
