"""The sink's list of whom it accepted, compared with what the store says."""

import collections

COLUMNS = [
    "scenario", "kills", "recipients", "reached", "refused", "lost", "doubled", "doubled at most in one kill", "marked",
    "unknown at most after one kill", "account held",
]


class Tally:
    """What came of all editions of a scenario."""

    def __init__(self, name, most_at_once=None):
        self.name = name
        # How many may be doubled, and unknown, by one kill; None where the relay itself loses answers.
        self.most_at_once = most_at_once
        self.kills = 0
        self.recipients = self.reached = self.refused = self.lost = self.doubled = self.marked = 0
        self.worst_doubled = self.worst_unknown = 0
        self.account_held = True
        self.broken = []

    def killed(self, room):
        """After each kill, before anything goes on."""
        self.kills += 1
        self.look(room)

    def look(self, room):
        if not room.account_holds():
            self.account_held = False
            self.broken.append("the account did not hold")

    def unknown(self, number):
        """So many were found unknown by the process after a kill."""
        self.worst_unknown = max(self.worst_unknown, number)
        if self.most_at_once is not None and number > self.most_at_once:
            self.broken.append(f"{number} unknown after one kill, and only {self.most_at_once} can have been on the wire")

    def close(self, room, segments):
        """Of an edition that is over: `segments` are the accepted, cut where something was killed."""
        copies = collections.Counter(line for segment in segments for line in segment)
        readers = {email for (email,) in room.rows("SELECT email FROM subscribers")}
        states = dict(room.rows("SELECT email, state FROM deliveries JOIN subscribers ON id = subscriber_id"))
        marks = collections.Counter(
            email
            for (email,) in room.rows(
                "SELECT email FROM attempts JOIN subscribers ON id = subscriber_id WHERE outcome = 'unknown'"
            )
        )
        refused = self.truly_refused(room, states)
        lost = {email for email in readers if email not in copies and email not in refused}
        strangers = copies.keys() - readers
        doubled = {email: count for email, count in copies.items() if count > 1}
        unmarked = {email for email, count in doubled.items() if marks[email] < count - 1}
        wrong = {email for email, state in states.items() if state == "accepted" and email not in copies}

        self.recipients += len(readers)
        self.reached += len(readers & copies.keys())
        self.refused += len(refused - copies.keys())
        self.lost += len(lost)
        self.doubled += len(doubled)
        self.marked += len(doubled) - len(unmarked)
        worst = worst_segment(segments)
        self.worst_doubled = max(self.worst_doubled, worst)
        self.complain(lost, "lost")
        self.complain(wrong, "told to be accepted, and were not")
        self.complain(strangers, "accepted, and no readers")
        self.complain(unmarked, "doubled with no unknown attempt to say so")
        if self.most_at_once is not None and worst > self.most_at_once:
            self.broken.append(f"{worst} doubled by one kill, and only {self.most_at_once} can have been on the wire")
        self.look(room)

    def truly_refused(self, room, states):
        """Those who failed because the relay said so about them: its refusal names them."""
        refused, invented = set(), set()
        last = room.rows(
            "SELECT email, code, reply FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id"
            " JOIN attempts AS a ON a.edition_id = d.edition_id AND a.subscriber_id = d.subscriber_id"
            " AND a.number = d.attempts WHERE d.state = 'failed'"
        )
        for email, code, reply in last:
            (refused if code // 100 == 5 and email in reply else invented).add(email)
        self.complain(invented, "failed, though the relay never refused them")
        return refused

    def complain(self, readers, what):
        if readers:
            self.broken.append(f"{len(readers)} {what}, such as {sorted(readers)[0]}")

    def row(self):
        most = "" if self.most_at_once is None else f" (of {self.most_at_once})"
        return [
            self.name, self.kills, self.recipients, self.reached, self.refused, self.lost, self.doubled,
            f"{self.worst_doubled}{most}", self.marked, f"{self.worst_unknown}{most}",
            "always" if self.account_held else "NO",
        ]


def worst_segment(segments):
    """The most readers who got one message before the same kill and another after it."""
    last_seen, doubled = {}, collections.Counter()
    for number, segment in enumerate(segments):
        for email in segment:
            if email in last_seen:
                doubled[last_seen[email]] += 1
            last_seen[email] = number
    return max(doubled.values(), default=0)


def table(tallies):
    rows = [COLUMNS] + [[f"{cell:,}" if isinstance(cell, int) else cell for cell in tally.row()] for tally in tallies]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
