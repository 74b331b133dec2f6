"""The ground that is measured on: what is built, what is installed, the sink, and processes with their accounts."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TARGET = os.path.abspath(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")))
RELEASE = os.path.join(TARGET, "release")
# Not in /tmp, which may be memory: a store that need not reach a disk would be flattered.
GROUND = os.path.join(TARGET, "bench")
PATIENCE = 3600

loud_lines = []


class NotRun(Exception):
    """Something can't be measured here; its text says why."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def say_not_run(what, why):
    warn(f"NOT RUN: {what}, because {why}")


def warn(line):
    """Says it now, and once more beneath the table."""
    if line not in loud_lines:
        loud_lines.append(line)
        say(f"\n!!! {line}\n")


def look_for_others(seconds=2):
    """Warns if something else is using the processors: rates would come out too low, and ratios at random."""
    before = processor_times()
    time.sleep(seconds)
    spent = [after - then for after, then in zip(processor_times(), before)]
    # user, nice, system, idle, iowait, irq, softirq, steal
    busy = 1 - (spent[3] + spent[4]) / max(sum(spent), 1)
    if busy > 0.05:
        warn(f"NOT QUIET: something else used {busy:.0%} of the processors before the first run; trust no number here")


def processor_times():
    with open("/proc/stat") as file:
        return [int(word) for word in file.readline().split()[1:9]]


def build(*more):
    names = ["smtp-sink", "bare-client", "raw-signing", *more]
    examples = [word for name in names for word in ("--example", name)]
    subprocess.run(["cargo", "build", "--release", "--locked", "--bin", "griot", *examples], cwd=ROOT, check=True)
    os.makedirs(GROUND, exist_ok=True)


def example(name):
    return os.path.join(RELEASE, "examples", name)


def program(name, package):
    """The path of a program, installed from Debian's package where it is missing and we may do so."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which(name, path=path)
    if not found:
        install(package)
        found = shutil.which(name, path=path)
    if not found:
        raise NotRun(f"there is no {name} and Debian's {package} brought none")
    return found


def install(package):
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NotRun(f"Debian's {package} is missing and only root can install it")
    say(f"installing {package}")
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    get = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run([*get, "update", "-qq"], **quiet)
    words = [*get, "install", "-y", "-qq", "--no-install-recommends", package]
    if subprocess.run(words, **quiet).returncode != 0:
        raise NotRun(f"apt-get could not install Debian's {package}")


def workspace():
    """A folder on disk that is gone afterwards."""
    return tempfile.TemporaryDirectory(prefix="run-", dir=GROUND)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Ended:
    """What became of a process. CPU and seconds are its own and those of the children it waited for."""

    def __init__(self, seconds, usage, output):
        self.seconds, self.output = seconds, output
        self.cpu = usage.ru_utime + usage.ru_stime


def run(command, folder=None, watch=None, every=0.02, env=None):
    """Runs a command to its end and fails with what it said if it fails. `watch(pid)` is called while it runs."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=env)
        try:
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() - began > PATIENCE:
                    raise TimeoutError(f"{' '.join(command)} did not end within {PATIENCE} seconds")
                if watch:
                    watch(process.pid)
                time.sleep(every)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)}\nended with {process.returncode}:\n{out.read()[-2000:]}{err.read()[-2000:]}")
        return Ended(seconds, usage, out.read())


class Sink:
    """The repository's SMTP sink on a free port, as `with Sink(…) as sink`."""

    def __init__(self, folder, delay=0, hide=()):
        self.stat_file = os.path.join(folder, "stat")
        self.command = [example("smtp-sink"), "0", "--stat", self.stat_file]
        if delay:
            self.command += ["--delay", str(delay)]
        for extension in hide:
            self.command += ["--hide", extension]

    def __enter__(self):
        if os.path.exists(self.stat_file):
            os.remove(self.stat_file)
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stat(self):
        """Its counts; none yet or half written ones are told as an empty table."""
        try:
            with open(self.stat_file) as file:
                words = file.read().split()
        except FileNotFoundError:
            return {}
        if len(words) < 12:
            return {}
        return {name: float(value) for name, value in zip(words[::2], words[1::2])}

    def wait_for(self, messages):
        """Its counts once so many messages are accepted. The file is some tenths of a second behind."""
        began = time.monotonic()
        while time.monotonic() - began < 5:
            stat = self.stat()
            if stat.get("accepted", 0) >= messages:
                if stat["accepted"] > messages:
                    sys.exit(f"The sink took {stat['accepted']:,.0f} messages where {messages:,} were sent.")
                return stat
            time.sleep(0.02)
        sys.exit(f"The sink took {self.stat().get('accepted', 0):,.0f} of {messages:,} messages.")

    def rate(self, messages):
        """Messages a second from the first accepted to the last, and bytes on the wire of one."""
        stat = self.wait_for(messages)
        return (messages - 1) / max(stat["seconds"], 0.001), stat["bytes"] / messages


def stop(process, patience=60):
    """Asks a process that we started to end."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
