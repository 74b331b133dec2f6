"""How fast links that count clicks are answered, alone and while an edition goes out at full speed."""

import contextlib
import os
import re
import sqlite3
import subprocess
import time

from . import ground
from .ground import run, say
from .letters import daemon, until
from .station import GRIOT, NEWSLETTER

# Seconds: an edition takes half of it on a quick machine.
WHILE_SENDING = 8
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"


def measure(asked, station, figures):
    station.more = f'clicks = "{asked.mode}"\n'
    about = f"{asked.recipients:,} recipients, {asked.mode}"
    figures.section("clicks", about)
    alone = [alone_by_wrk(asked, station) for _ in range(asked.runs)]
    figures.values(f"alone, wrk, {asked.connections} connections", [one["rate"] for one in alone], "requests/s")
    for percent in ("50%", "99%"):
        figures.values(f"alone, wrk, p{percent[:-1]}", [one[percent] for one in alone], "ms")
    figures.values("alone, griot's CPU", [one["cpu"] for one in alone], "µs/request")
    figures.values("alone, counted ÷ answered", [one["counted"] for one in alone], "×")
    idle, sending = [], []
    for _ in range(asked.runs):
        idle.append(while_idle(asked, station))
        sending.append(while_sending(asked, station))
    for name, runs in (("idle", idle), ("while sending", sending)):
        for percent in (50, 99, 99.9):
            figures.values(f"{asked.rate}/s, {name}, p{percent}", [at(percent, one["times"]) for one in runs], "ms")
        figures.values(f"{asked.rate}/s, {name}, the slowest", [max(one["times"]) for one in runs], "ms")
        figures.values(f"{asked.rate}/s, {name}, requests", [len(one["times"]) for one in runs], "requests")
    figures.values("sent meanwhile, by the sink", [one["rate"] for one in sending], "messages/s")


def alone_by_wrk(asked, station):
    """wrk follows the links of an edition that is out, as fast as it can."""
    wrk = ground.program("wrk", "wrk")
    with daemon(asked, station) as (folder, sink):
        links = send(folder, sink, asked.recipients)
        script = os.path.join(folder, "links.lua")
        with open(script, "w") as file:
            listed = ", ".join(f'"{path}"' for path in links)
            file.write(f"local links = {{{listed}}}\nlocal n = 0\n")
            file.write("request = function()\n  n = n % #links + 1\n  return wrk.format(nil, links[n])\nend\n")
        words = [wrk, "-t1", f"-c{asked.connections}", f"-d{asked.seconds}s", "--latency", "-s", script]
        process = process_in(folder)
        spent = cpu(process)
        said = run([*words, "-H", f"User-Agent: {BROWSER}", base(folder)]).output
        spent = cpu(process) - spent
        if "Non-2xx" in said or "Socket errors" in said:
            raise SystemExit(f"Not every link was answered:\n{said}")
        answered = int(re.search(r"(\d+) requests in", said).group(1))
        # The writer comes by twice a second.
        time.sleep(1.5)
        told = {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1)), "counted": clicks(folder) / answered}
        told["cpu"] = spent / answered * 1e6
        for percent, value, unit in re.findall(r"(\d+%)\s+([\d.]+)(us|ms|s)\b", said):
            told[percent] = float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
        say(f"alone: {told}")
        return told


def while_idle(asked, station):
    with daemon(asked, station) as (folder, sink):
        links = send(folder, sink, asked.recipients)
        times = [took for _, took in steady(asked, folder, links, 10)]
        say(f"idle: p50 {at(50, times):.2f} ms, p99 {at(99, times):.2f} ms, of {len(times)}")
        return {"times": times}


def while_sending(asked, station):
    """Editions are over soon, so that it takes several; requests that had their moment outside of one are left out."""
    times, rates = [], []
    for _ in range(asked.editions):
        with daemon(asked, station) as (folder, sink):
            run([GRIOT, "draft", NEWSLETTER], folder)
            run([GRIOT, "approve", NEWSLETTER], folder)
            links = links_of(folder)
            load = begin_steady(asked, folder, links, WHILE_SENDING)
            run([GRIOT, "send", NEWSLETTER, "--json"], folder)
            until(lambda: sink.stat().get("accepted", 0) >= asked.recipients, "the edition is out", patience=120)
            rate, _ = sink.rate(asked.recipients)
            stat = sink.stat()
            begins = stat["first_at"]
            ends = begins + stat["seconds"]
            took = [took for moment, took in read(load) if begins <= moment <= ends]
            rates.append(rate)
            times += took
            say(f"sending: p99 {at(99, took):.2f} ms of {len(took)}, while {rate:,.0f} messages/s went out")
    return {"times": times, "rate": sum(rates) / len(rates)}


def send(folder, sink, recipients):
    """Sends an edition to its end; the paths of its links."""
    run([GRIOT, "send", NEWSLETTER, "--json"], folder)
    until(lambda: sink.stat().get("accepted", 0) >= recipients, "the edition is out", patience=120)
    return links_of(folder)


def process_in(folder):
    """The daemon that runs there."""
    folder = os.path.realpath(folder)
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            is_griot = os.path.basename(os.readlink(f"/proc/{process}/exe")) == "griot"
            if is_griot and os.readlink(f"/proc/{process}/cwd") == folder:
                return process
    raise SystemExit(f"No daemon runs in {folder}.")


def cpu(process):
    """Seconds it has spent, its threads together."""
    with open(f"/proc/{process}/stat") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def links_of(folder):
    with store(folder) as db:
        html = db.execute("SELECT html FROM editions ORDER BY id DESC LIMIT 1").fetchone()[0]
    return sorted(set(re.findall(r"/r/[A-Za-z0-9_-]+", html)))


def clicks(folder):
    with store(folder) as db:
        return db.execute("SELECT coalesce(sum(readers + scanners), 0) FROM clicks").fetchone()[0]


def store(folder):
    path = os.path.join(folder, "griot.db")
    return contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10))


def base(folder):
    with open(os.path.join(folder, "griot.toml")) as file:
        return re.search(r'public_url = "([^"]+)"', file.read()).group(1)


def steady(asked, folder, links, seconds):
    return read(begin_steady(asked, folder, links, seconds))


def begin_steady(asked, folder, links, seconds):
    words = [ground.example("steady-load"), base(folder).removeprefix("http://"), str(asked.rate), str(seconds)]
    load = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    load.stdin.write("\n".join(links))
    load.stdin.close()
    return load


def read(load):
    """The moment of each request, in seconds since 1970, and the milliseconds it took."""
    told = []
    for line in load.stdout:
        moment, microseconds, status = line.split()
        if status != "302":
            raise SystemExit(f"A link was answered with {status}.")
        told.append((float(moment), int(microseconds) / 1000))
    load.wait()
    return told


def at(percent, times):
    """The time that so many percent stayed within."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
