"""The one table: what was measured, ratios first, each as the median of its runs with the least and the most."""

import statistics

from .ground import NotRun, say, say_not_run


class Figures:
    def __init__(self):
        self.sections = []

    def section(self, name, about):
        say(f"\n== {name}: {about}")
        self.sections.append((name, about, [], []))

    def ratio(self, what, numerators, denominators):
        """Run by run, because runs of one round stood under the same weather."""
        if numerators and denominators:
            pairs = [above / below for above, below in zip(numerators, denominators) if below]
            self._add(2, what, pairs, "×")

    def values(self, what, values, unit):
        if values:
            self._add(3, what, values, unit)

    def _add(self, list_at, what, values, unit):
        if values:
            self.sections[-1][list_at].append((what, list(values), unit))

    def rows(self):
        for name, about, ratios, values in self.sections:
            yield name, about, "", "", ""
            for what, numbers, unit in ratios + values:
                median, least, most = statistics.median(numbers), min(numbers), max(numbers)
                spread = f"{shown(least)}–{shown(most)}" if len(numbers) > 1 else ""
                yield "", what, shown(median), spread, unit

    def print(self):
        heads = ("section", "what", "median", "min–max", "unit")
        rows = [heads, *self.rows()]
        widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
        right = (False, False, True, True, False)

        def line(row):
            cells = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right))
            return "| " + " | ".join(cells) + " |"

        print(line(heads))
        print("|" + "|".join("-" * (w + 1) + (":" if r else "-") for w, r in zip(widths, right)) + "|")
        for row in rows[1:]:
            print(line(row))

    def as_json(self):
        return [
            {"section": name, "about": about, "ratios": ratios, "values": values}
            for name, about, ratios, values in self.sections
        ]


def shown(number):
    """Three digits that mean something, and no more."""
    size = abs(number)
    if size >= 100 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.1f}" if size >= 10 else f"{number:.2f}" if size >= 0.1 else f"{number:.3g}"


def in_turn(runs, contestants):
    """Runs each of `contestants` (name to function) once a round, so that a slow minute falls on all of them.

    Returns name to the list of what each round gave; who can't run is told aloud and left out.
    """
    results = {name: [] for name in contestants}
    for number in range(1, runs + 1):
        for name, contestant in list(contestants.items()):
            if name not in results:
                continue
            try:
                result = contestant()
            except NotRun as reason:
                say_not_run(name, reason)
                del results[name]
                continue
            say(f"   {number}/{runs}  {name}: {result}")
            results[name].append(result)
    return results
