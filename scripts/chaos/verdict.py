"""What the relay accepted, held against the store, reader by reader and edition by edition."""

import collections
import datetime
import zoneinfo

COLUMNS = ["edition", "went out (Berlin)", "recipients", "accepted", "refused", "left", "unknown", "reached", "twice", "marked", "unknown and never there"]
# What one life of the daemon may take more than another that sent as much, in MB.
MORE_MEMORY = 40


class Verdict:
    def __init__(self, week, envelopes, left, readers):
        self.week, self.left, self.broken = week, left, []
        self.copies = self.read(envelopes)
        self.rows = [self.edition(*edition) for edition in week.editions()]
        self.schedule(readers)
        self.memory()
        if not week.account_held:
            self.broken.append("the store was not whole, or an account did not hold")

    def read(self, path):
        """How many copies of which edition each reader got."""
        copies = collections.defaultdict(collections.Counter)
        with open(path) as file:
            for line in file:
                sender, recipient = line.split()
                # b.EDITION.SUBSCRIBER.MAC@…
                copies[int(sender.split(".")[1])][recipient] += 1
        return copies

    def edition(self, number, name, state, slot_at, reason):
        rows = self.week.room.rows
        states = dict(
            rows(
                "SELECT email, state FROM deliveries JOIN subscribers ON id = subscriber_id WHERE edition_id = ?", number
            )
        )
        marks = collections.Counter(
            email
            for (email,) in rows(
                "SELECT email FROM attempts JOIN subscribers ON id = subscriber_id"
                " WHERE outcome = 'unknown' AND edition_id = ?",
                number,
            )
        )
        began = rows("SELECT coalesce(started_at, 0) FROM editions WHERE id = ?", number)[0][0]
        copies = self.copies[number]
        of = collections.Counter(states.values())
        refused = self.refused(number)
        lost = {email for email, state in states.items() if state not in ("skipped",) and not copies[email]} - refused
        twice = {email: many for email, many in copies.items() if many > 1}
        unmarked = {email for email, many in twice.items() if marks[email] < many - 1}
        late = {email for email in copies if email in self.left and self.left[email] < began and name.startswith("daily")}
        self.complain(name, lost - {email for email, state in states.items() if state == "unknown"}, "lost")
        self.complain(name, unmarked, "twice, with no unknown try to say so")
        self.complain(name, late, "got it and had left before")
        self.complain(name, copies.keys() - states.keys(), "got it and were no recipients")
        wrong = {email for email, state in states.items() if state == "accepted" and not copies[email]}
        self.complain(name, wrong, "told to be accepted, and were not")
        skipped = {email for email, state in states.items() if state == "skipped"}
        self.complain(name, skipped - self.left.keys(), "skipped, and had not left")
        invented = {email for email, state in states.items() if state == "failed"} - refused
        self.complain(name, invented, "failed, though the relay never refused them")
        account = sum(of.values())
        told = dict(rows("SELECT state, deliveries FROM delivery_counts WHERE edition_id = ?", number))
        if account != sum(told.values()) or any(told.get(word, 0) != many for word, many in of.items()):
            self.broken.append(f"{name}: the account is {told}, and the deliveries are {dict(of)}")
        if state != "sent":
            self.broken.append(f"{name} is {state}: {reason}")
        at = datetime.datetime.fromtimestamp(slot_at, zoneinfo.ZoneInfo("Europe/Berlin"))
        return [
            name, at.strftime("%a %d %b %H:%M %Z"), len(states), of["accepted"], of["failed"], of["skipped"], of["unknown"],
            len([email for email in states if copies[email]]), len(twice), len(twice) - len(unmarked), len(lost),
        ]

    def refused(self, edition):
        """Those who failed because the relay said so about them: its refusal names them."""
        last = self.week.room.rows(
            "SELECT email, code, reply FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id"
            " JOIN attempts AS a ON a.edition_id = d.edition_id AND a.subscriber_id = d.subscriber_id"
            " AND a.number = d.attempts WHERE d.state = 'failed' AND d.edition_id = ?",
            edition,
        )
        return {email for email, code, reply in last if code // 100 == 5 and email in reply}

    def schedule(self, readers):
        """One edition for each morning of the week, and one for its Sunday."""
        zone = zoneinfo.ZoneInfo("Europe/Berlin")
        first = datetime.date(2026, 10, 22)
        mornings = [datetime.datetime.combine(first + datetime.timedelta(days=day), datetime.time(2, 30), zone) for day in range(7)]
        expected = sorted([int(at.timestamp()) for at in mornings] + [int(mornings[3].timestamp())])
        found = sorted(slot for _, _, _, slot, _ in self.week.editions())
        if found != expected:
            self.broken.append(f"the runs were to be {expected}, and were {found}")
        sunday = [row for row in self.rows if row[0].startswith("weekly")]
        if [row[2] for row in sunday] != [readers]:
            self.broken.append(f"the weekly brief was to go to {readers} readers, and went so: {sunday}")

    def memory(self):
        """The most of each life that sent for long enough, from the first day to the last."""
        lives = [max(mb for _, mb in life["memory"]) for life in self.week.lives if len(life["memory"]) > 30]
        self.peaks = lives
        half = len(lives) // 2
        if half and max(lives[half:]) > max(lives[:half]) + MORE_MEMORY:
            self.broken.append(f"memory grew: {lives}")
        # Within the longest life: its last third against the one before.
        longest = max(self.week.lives, key=lambda life: len(life["memory"]))["memory"]
        third = len(longest) // 3
        self.longest = [max(mb for _, mb in part) for part in (longest[:third], longest[third : 2 * third], longest[2 * third :])] if third else []
        if self.longest and self.longest[2] > self.longest[1] + MORE_MEMORY:
            self.broken.append(f"memory grew within a life: {self.longest}")

    def complain(self, name, readers, what):
        if readers:
            self.broken.append(f"{name}: {len(readers)} {what}, such as {sorted(readers)[0]}")

    def text(self):
        rows = [COLUMNS] + [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
        lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        lives = collections.Counter(life["ended"] for life in self.week.lives)
        lines += [
            "",
            "lives of the daemon: " + ", ".join(f"{many} {how}" for how, many in sorted(lives.items())),
            "troubles: " + ", ".join(f"{many} {what}" for what, many in sorted(collections.Counter(self.week.did).items())),
            "feeds: " + ", ".join(f"{many} {what}" for what, many in sorted(self.week.feeds.answers.items())),
            f"readers who left: {len(self.left)}",
            "memory at most, MB, of lives in their order: " + ", ".join(f"{mb:.0f}" for mb in self.peaks),
            "memory at most, MB, of the longest life's thirds: " + ", ".join(f"{mb:.0f}" for mb in self.longest),
            *self.unknown(),
            "",
            *(self.broken or ["The promise was kept."]),
        ]
        return "\n".join(lines)

    def unknown(self):
        """Who is unknown in the end, by name."""
        listed = self.week.room.rows(
            "SELECT n.slug || '/' || e.number, s.email FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id"
            " JOIN editions AS e ON e.id = d.edition_id JOIN newsletters AS n ON n.id = e.newsletter_id"
            " WHERE d.state = 'unknown' ORDER BY 1, 2"
        )
        return [f"unknown: {len(listed)}"] + [f"  {name} {email}" for name, email in listed[:50]]
