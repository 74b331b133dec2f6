"""One run of a sender against a sink of its own."""

from .ground import Sink, run, workspace

NO_CHUNKING = ("CHUNKING",)


class Sent:
    """`rate` in messages a second by the sink's own count, `wire` in bytes a message, the rest of the process."""

    def __init__(self, sink, messages, ended):
        self.rate, self.wire = sink.rate(messages)
        self.messages, self.seconds, self.cpu = messages, ended.seconds, ended.cpu

    def __str__(self):
        many = f"{self.messages:,} of {self.wire / 1000:.1f} KB"
        return f"{self.rate:,.0f} messages/s ({many}), {self.seconds:.1f} s in all"


def by_griot(station, recipients, connections=16, depth=None, dkim="", prefix=(), watch=None, **sink):
    """Sends an edition to all readers of a fresh copy of a store."""
    with station.folder_with(recipients) as folder, Sink(folder, **sink) as listening:
        station.configure(folder, listening.port, connections, depth, dkim)
        ended, _ = station.send(folder, recipients, prefix(listening.port) if prefix else (), watch=watch)
        return Sent(listening, recipients, ended)


def by_peer(command, messages, connections=16, prefix=(), hide=NO_CHUNKING, **sink):
    """`command` is one of Peers' methods."""
    with workspace() as folder, Sink(folder, hide=hide, **sink) as listening:
        words = command(listening.port, messages, connections)
        ended = run([*(prefix(listening.port) if prefix else ()), *words])
        return Sent(listening, messages, ended)


def rates(results):
    return [sent.rate for sent in results]
