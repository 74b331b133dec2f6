"""How fast: griot with its ledger against senders that keep none, over 16 connections on one machine."""

import os
import re
from functools import partial

from . import ground
from .figures import in_turn
from .ground import NotRun, program, say_not_run
from .peers import lined_up
from .sending import NO_CHUNKING, by_griot, by_peer, rates

SOCKET_CALLS = "read,write,readv,writev,sendto,recvfrom,sendmsg,recvmsg,sendmmsg,recvmmsg"


def measure(asked, station, peers, figures):
    about = f"{asked.recipients:,} recipients, 16 connections, {peers.size / 1000:.1f} KB a message"
    figures.section("throughput", about)
    few = min(asked.slow, asked.recipients)
    contestants = {
        "griot, PIPELINING": partial(by_griot, station, asked.recipients, hide=NO_CHUNKING),
        "griot, CHUNKING": partial(by_griot, station, asked.recipients, depth=asked.depth),
        "bare client, overlapped": partial(by_peer, peers.bare, asked.recipients),
        "bare client, CHUNKING": partial(by_peer, partial(peers.bare, depth=asked.depth), asked.recipients, hide=()),
    }
    for name, command in lined_up(peers).items():
        is_fast = command == peers.smtp_source
        contestants[name] = partial(by_peer, command, asked.recipients if is_fast else few)
    results = in_turn(asked.runs, contestants)

    pipelining, chunking = results["griot, PIPELINING"], results["griot, CHUNKING"]
    for name in results:
        if name.startswith("griot") or name == "bare client, CHUNKING":
            continue
        figures.ratio(f"griot, PIPELINING ÷ {name}", rates(pipelining), rates(results[name]))
    for name in results:
        if name.startswith("griot"):
            continue
        figures.ratio(f"griot, CHUNKING ÷ {name}", rates(chunking), rates(results[name]))
    for name, sent in results.items():
        figures.values(name, rates(sent), "messages/s")
    for name in ("griot, PIPELINING", "griot, CHUNKING"):
        figures.values(f"{name}, command start to exit", [sent.seconds for sent in results[name]], "s")
        figures.values(f"{name}, end to end", [sent.messages / sent.seconds for sent in results[name]], "messages/s")
        figures.values(f"{name}, its CPU", [sent.cpu / sent.messages * 1e6 for sent in results[name]], "µs/message")
    for name, sent in results.items():
        figures.values(f"{name}, on the wire", [sent[0].wire / 1000] if sent else [], "KB/message")
    count_socket_calls(asked, station, peers, figures)


def count_socket_calls(asked, station, peers, figures):
    """Under strace, which slows everything: a run of its own, of which only the number of calls is kept."""
    try:
        strace = program("strace", "strace")
    except NotRun as reason:
        say_not_run("socket calls a message", reason)
        return
    log = os.path.join(ground.GROUND, "strace.log")
    many = min(5000, asked.recipients)
    prefixes = []

    def prefix(port):
        prefixes.append(port)
        return [strace, "-f", "-yy", "-e", f"trace={SOCKET_CALLS}", "-o", log]

    counted = {
        "griot, PIPELINING": partial(by_griot, station, many, hide=NO_CHUNKING, prefix=prefix),
        "griot, CHUNKING": partial(by_griot, station, many, depth=asked.depth, prefix=prefix),
        "bare client, overlapped": partial(by_peer, peers.bare, many, prefix=prefix),
        "Postfix's smtp-source": partial(by_peer, peers.smtp_source, many, prefix=prefix),
        "lettre's pool": partial(by_peer, peers.lettre, min(1000, many), prefix=prefix),
    }
    for name, contestant in counted.items():
        try:
            sent = contestant()
        except NotRun as reason:
            say_not_run(f"socket calls of {name}", reason)
            continue
        calls, idle = socket_calls(log, prefixes[-1])
        if not calls:
            say_not_run(f"socket calls of {name}", "this strace does not tell which descriptors are sockets")
            continue
        figures.values(f"{name}, socket calls", [calls / sent.messages], "calls/message")
        if name.startswith("griot"):
            figures.values(f"{name}, of these found nothing to do", [idle / sent.messages], "calls/message")
    if os.path.exists(log):
        os.remove(log)


def socket_calls(log, port):
    """Calls on connections to the relay, and how many of them ended with EAGAIN. Calls on files are not counted."""
    to_relay = re.compile(rf"^(\d+)\s+\w+\(\d+<TCP(v6)?:\[[^\]]*->127\.0\.0\.1:{port}\]")
    calls = idle = 0
    # Threads whose call on the relay stands on two lines, because another thread's came between.
    halfway = set()
    with open(log, errors="replace") as file:
        for line in file:
            found = to_relay.match(line)
            thread = line.split(" ", 1)[0]
            calls += bool(found)
            if found and "<unfinished" in line:
                halfway.add(thread)
            elif "EAGAIN" in line and (found or (thread in halfway and " resumed>" in line)):
                idle += 1
            if " resumed>" in line:
                halfway.discard(thread)
    return calls, idle
