"""How fast over a long wire, where round trips are what costs."""

from functools import partial

from .figures import in_turn
from .ground import say
from .sending import NO_CHUNKING, by_griot, by_peer, rates


def measure(asked, station, peers, figures):
    about = f"every reply {asked.delay} ms late, {peers.size / 1000:.1f} KB a message"
    figures.section("distance", about)
    connections = [4, 16, 64]
    modes = {"PIPELINING": {"hide": NO_CHUNKING}, "CHUNKING": {"depth": asked.depth}}
    contestants = {}
    for mode, how in modes.items():
        for many in connections:
            send = partial(by_griot, station, connections=many, delay=asked.delay, **how)
            contestants[named(mode, many)] = long_enough(f"griot, {mode}, {many}", send, many, asked.seconds)
    send = partial(by_peer, peers.lettre, connections=4, delay=asked.delay)
    contestants["lettre's pool, 4 connections"] = long_enough("lettre, 4", send, 4, asked.seconds)
    results = in_turn(asked.runs, contestants)

    lettre = results.get("lettre's pool, 4 connections", [])
    for mode in modes:
        figures.ratio(f"{named(mode, 4)} ÷ lettre's pool, 4", rates(results[named(mode, 4)]), rates(lettre))
    chunking, pipelining = (rates(results[named(mode, 4)]) for mode in ("CHUNKING", "PIPELINING"))
    figures.ratio("griot, CHUNKING ÷ PIPELINING, 4 connections", chunking, pipelining)
    for mode in modes:
        for few, many in ((4, 16), (16, 64)):
            above, below = results[named(mode, many)], results[named(mode, few)]
            figures.ratio(f"griot, {mode}, {many} ÷ {few} connections (4 is linear)", rates(above), rates(below))
    for name, sent in results.items():
        figures.values(name, rates(sent), "messages/s")
    for name, sent in results.items():
        per_connection = int(name.rsplit(" ", 2)[1])
        turns = [per_connection * 1000 / asked.delay / one.rate for one in sent]
        figures.values(f"{name}: round trips a message", turns, "round trips")


def named(mode, connections):
    return f"griot, {mode}, {connections} connections"


def long_enough(name, send, connections, seconds):
    """Wraps `send(messages)` so that a run takes about so many seconds, by what a short first run achieved."""
    found = []

    def contestant():
        if not found:
            sent = send(connections * 10)
            found.append(max(connections * 10, round(sent.rate * seconds, -2)))
            say(f"   {name}: a first {sent}; {found[0]:,.0f} messages from now on")
        return send(int(found[0]))

    return contestant
