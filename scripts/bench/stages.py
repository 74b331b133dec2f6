"""Where griot's CPU goes: by thread as the kernel counts it, and by stage as valgrind counts instructions."""

import collections
import contextlib
import os
import re
import subprocess

from . import ground
from .figures import in_turn
from .ground import NotRun, program, say, say_not_run
from .sending import by_griot

# The first that is found in "file:function" names the stage. A function that was inlined counts where it was put, but
# its lines keep their file, so files are asked as well.
STAGES = [
    ("memcpy and its like", r"\b(__)?mem(cpy|move|set|cmp|chr|rchr)|compiler_builtins.*mem"),
    ("allocator", r"malloc|calloc|realloc|cfree|:free\b|_int_free|__rust_(de)?alloc|__rdl_|alloc::alloc|raw_vec"),
    ("sign", r"griot::dkim|src/dkim/|\bring\b|ring_core|\bring::|bn_mul|x25519|GFp_|sha256_block|/ring-"),
    ("claim and record", r"griot::store|src/store/|sqlite3|rusqlite|/libsqlite3"),
    ("wire", r"griot::delivery::smtp|src/delivery/smtp"),
    ("engine", r"griot::delivery|src/delivery/"),
    ("links and digests", r"griot::token|src/token/|\bsha2\b|\bhmac\b|hmac::|sha2::|/sha2-|/hmac-|data_encoding"),
    ("compose", r"griot::composition|src/composition/|griot::publishing|src/publishing/|griot::address|src/address/"),
    ("runtime", r"tokio|\bmio\b|mio::|/mio-|futures|parking_lot|std::sync|std/src/sync|crossbeam|pthread|futex"),
    ("system calls' shells", r":(__)?(libc_)?(p?read|p?write|send|recv|epoll|syscall|fdatasync)\w*"),
]
SMALL = 500


def measure(asked, station, peers, figures):
    about = f"{asked.recipients:,} recipients by thread; {asked.instructions:,} by stage under valgrind"
    figures.section("stages", about)
    by_thread(asked, station, figures)
    by_stage(asked, station, figures)


def by_thread(asked, station, figures):
    def contestant():
        threads = Threads()
        sent = by_griot(station, asked.recipients, depth=asked.depth, watch=threads)
        sent.threads = threads.by_name()
        sent.threads["(not seen: threads that ended between two looks)"] = sent.cpu - sum(sent.threads.values())
        return sent

    sends = in_turn(asked.runs, {"griot": contestant})["griot"]
    figures.values("CPU, all threads", [sent.cpu / sent.messages * 1e6 for sent in sends], "µs/message")
    names = sorted({name for sent in sends for name in sent.threads}, key=lambda name: -sends[0].threads.get(name, 0))
    for name in names:
        spent = [sent.threads.get(name, 0) / sent.messages * 1e6 for sent in sends]
        figures.values(f"CPU, threads named {name}" if name[0] != "(" else f"CPU {name}", spent, "µs/message")


class Threads:
    """CPU seconds of each thread of a process, as of the last look at it."""

    def __init__(self):
        self.spent = {}

    def __call__(self, pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for thread in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    self.spent[thread] = look(f"/proc/{pid}/task/{thread}")

    def by_name(self):
        total = collections.Counter()
        for name, seconds in self.spent.values():
            total[name] += seconds
        return dict(total)


def look(folder):
    with open(f"{folder}/stat") as file:
        stat = file.read()
    # The name stands in parentheses and may hold any character.
    name = stat[stat.index("(") + 1 : stat.rindex(")")]
    try:
        with open(f"{folder}/schedstat") as file:
            return name, int(file.read().split()[0]) / 1e9
    except FileNotFoundError:
        utime, stime = stat[stat.rindex(")") + 2 :].split()[11:13]
        return name, (int(utime) + int(stime)) / os.sysconf("SC_CLK_TCK")


def by_stage(asked, station, figures):
    """Two sends of different length: what both spend on starting, drafting and composing the edition cancels out."""
    try:
        valgrind = program("valgrind", "valgrind")
    except NotRun as reason:
        say_not_run("instructions by stage", reason)
        return
    few, many = (instructions(valgrind, station, asked, size) for size in (SMALL, SMALL + asked.instructions))
    stages, rest = collections.Counter(), collections.Counter()
    for place in many.keys() | few.keys():
        a_message = (many[place] - few[place]) / asked.instructions
        stage = stage_of(place)
        stages[stage] += a_message
        if stage == "other":
            rest[place] += a_message
    figures.values("instructions, all stages", [sum(stages.values())], "instructions/message")
    for stage, spent in stages.most_common():
        figures.values(f"instructions, {stage}", [spent], "instructions/message")
    say("   the most of what is called other:")
    for place, spent in rest.most_common(8):
        say(f"   {spent:>10,.0f}  {place}")


def instructions(valgrind, station, asked, recipients):
    """Instructions of a whole send by "file:function"."""
    log = os.path.join(ground.GROUND, f"callgrind.{recipients}")
    say(f"   {recipients:,} recipients under valgrind, which takes its time")

    def prefix(_):
        return [valgrind, "--tool=callgrind", f"--callgrind-out-file={log}", "--quiet"]

    by_griot(station, recipients, depth=asked.depth, prefix=prefix)
    words = ["callgrind_annotate", "--inclusive=no", "--threshold=100", "--auto=no", "--show-percs=no", log]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    os.remove(log)
    counts = collections.Counter()
    for line in told.splitlines():
        found = re.match(r"\s*([\d,]+)\s+(?:\([\d. ]+%\)\s+)?(\S.*?:.*?)(?: \[[^\]]*\])?$", line)
        if found:
            counts[found[2]] += int(found[1].replace(",", ""))
    if not counts:
        raise SystemExit("callgrind_annotate told nothing that could be read")
    return counts


def stage_of(place):
    return next((stage for stage, pattern in STAGES if re.search(pattern, place)), "other")
