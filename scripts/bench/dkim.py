"""What signing costs, and how much of the machine's raw signing rate is reached."""

import os
import subprocess
from functools import partial

from . import ground
from .figures import in_turn
from .ground import NotRun, program, run, say_not_run
from .sending import by_griot, rates

THREADS = 2
ALGORITHMS = {
    "RSA-2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "Ed25519": ["-algorithm", "ed25519"],
}


def measure(asked, station, peers, figures):
    recipients = max(1000, asked.recipients // 5)
    figures.section("dkim", f"{recipients:,} recipients, 16 connections, {peers.size / 1000:.1f} KB a message unsigned")
    try:
        openssl = program("openssl", "openssl")
    except NotRun as reason:
        say_not_run("dkim", reason)
        return
    contestants = {"unsigned": partial(by_griot, station, recipients)}
    for name, words in ALGORITHMS.items():
        key = os.path.join(ground.GROUND, f"{name}.pem")
        subprocess.run([openssl, "genpkey", *words, "-out", key], check=True, stderr=subprocess.DEVNULL)
        # griot signs with no key that others can read.
        os.chmod(key, 0o600)
        dkim = f'\n[dkim]\ndomain = "example.org"\nselector = "bench"\nkey_file = "{key}"\n'
        contestants[f"signed, {name}"] = partial(by_griot, station, recipients, dkim=dkim)
    contestants["raw"] = partial(raw_signing, asked.signing)
    results = in_turn(asked.runs, contestants)

    unsigned = rates(results["unsigned"])
    for name in ALGORITHMS:
        signed, raw = rates(results[f"signed, {name}"]), [rate[name] for rate in results["raw"]]
        figures.ratio(f"griot signing, {name} ÷ ring alone on two threads", signed, raw)
        figures.ratio(f"griot signing, {name} ÷ griot unsigned", signed, unsigned)
    for name, sent in results.items():
        if name != "raw":
            figures.values(f"griot, {name}", rates(sent), "messages/s")
            figures.values(f"griot, {name}, its CPU", [one.cpu / one.messages * 1e6 for one in sent], "µs/message")
    for name in ALGORITHMS:
        figures.values(f"ring alone on two threads, {name}", [rate[name] for rate in results["raw"]], "signatures/s")
    shares = [rate["share"] * 100 for rate in results["raw"]]
    figures.values("ring alone on two threads, of the processor time it asked for", shares, "%")


def raw_signing(seconds):
    ended = run([ground.example("raw-signing"), str(seconds), str(THREADS)])
    lines = ended.output.split()
    told = dict(zip(lines[::2], map(float, lines[1::2])))
    share = ended.cpu / (2 * seconds * THREADS)
    if share < 0.9:
        ground.warn(f"raw signing got {share:.0%} of {THREADS} processors: what is divided by it comes out too high")
    return {"RSA-2048": told["rsa-2048"], "Ed25519": told["ed25519"], "share": share}
