"""From the lines that the clients print to tables: parsing, ratios, medians. No I/O."""

import dataclasses
import json
import math
import re
import statistics

REFERENCE = "wrk"


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One run of one client."""

    calls: int
    errors: int
    cpu_us_per_call: float
    calls_per_second: float
    p50_us: float
    p99_us: float
    first_error: str = ""


class NotMeasured(Exception):
    """A client did not give a usable line; the text says why."""


def redact(text):
    """Keys never reach a terminal or a file, not even made-up ones."""
    return re.sub(r"(apiKey=)[^&\s\"']*", r"\1***", text)


def parse_line(output, cpu_seconds=None):
    """The measurement in the last line of JSON of a client's output.

    cpu_seconds: measured from outside, for a client that does not say it itself.
    """
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if not lines:
        last = (output.strip().splitlines() or ["it printed nothing"])[-1]
        raise NotMeasured(redact(last)[:200])
    try:
        fields = json.loads(lines[-1])
        calls = int(fields["calls"])
        if calls > 0 and cpu_seconds is not None:
            fields["cpu_us_per_call"] = cpu_seconds * 1e6 / calls
        measurement = Measurement(
            calls=calls,
            errors=int(fields["errors"]),
            cpu_us_per_call=float(fields["cpu_us_per_call"]),
            calls_per_second=float(fields["calls_per_second"]),
            p50_us=float(fields["p50_us"]),
            p99_us=float(fields["p99_us"]),
            first_error=redact(str(fields.get("first_error", ""))),
        )
    except (ValueError, KeyError, TypeError) as fault:
        raise NotMeasured(f"its line is not of the form expected ({fault!r})") from None
    if measurement.calls <= 0:
        raise NotMeasured("it made no calls")
    if measurement.errors >= measurement.calls:
        raise NotMeasured(f"all calls failed: {measurement.first_error or 'it does not say why'}")
    if not measurement.cpu_us_per_call > 0 or not math.isfinite(measurement.cpu_us_per_call):
        raise NotMeasured("its processor time is not a positive number")
    return measurement


@dataclasses.dataclass(frozen=True)
class Summary:
    """Some numbers of the same kind, one a round."""

    median: float
    low: float
    high: float
    count: int


def summarise(values):
    values = [value for value in values if value is not None]
    if not values:
        return None
    return Summary(statistics.median(values), min(values), max(values), len(values))


class Rounds:
    """Measurements by round, of one series (say, HTTP with 32 connections)."""

    def __init__(self):
        self._rounds = {}
        self._reasons = {}

    def add(self, number, client, measurement):
        self._rounds.setdefault(number, {})[client] = measurement

    def fail(self, client, reason):
        """A reason stays even when other rounds went well: it is shown."""
        self._reasons.setdefault(client, redact(reason))

    def reason(self, client):
        return self._reasons.get(client, "")

    def summary(self, client, field="cpu_us_per_call"):
        return summarise(
            getattr(by_client[client], field)
            for by_client in self._rounds.values()
            if client in by_client
        )

    def ratio(self, client, field="cpu_us_per_call", to=REFERENCE):
        """Of values in the same round only; the machine may be another one a minute later."""
        return summarise(
            getattr(by_client[client], field) / getattr(by_client[to], field)
            for by_client in self._rounds.values()
            if client in by_client and to in by_client and getattr(by_client[to], field) > 0
        )

    def errors(self, client):
        return sum(r[client].errors for r in self._rounds.values() if client in r)

    def first_error(self, client):
        found = (r[client].first_error for r in self._rounds.values() if client in r)
        return next((error for error in found if error), "")

    def as_json(self):
        return {
            "rounds": {
                str(number): {name: dataclasses.asdict(m) for name, m in by_client.items()}
                for number, by_client in self._rounds.items()
            },
            "reasons": self._reasons,
        }


def number(value, digits=3):
    """Three significant digits, no exponent."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}"


def median_and_spread(summary):
    if summary is None:
        return "–"
    return f"{number(summary.median)} ({number(summary.low)}–{number(summary.high)})"


def median_or_reason(rounds, client, field="cpu_us_per_call"):
    """With how many calls failed, when any did."""
    found = rounds.summary(client, field)
    if found is None:
        return rounds.reason(client) or "–"
    errors = rounds.errors(client)
    return median_and_spread(found) + (f" {errors} errors!" if errors else "")


def ratio_text(summary):
    if summary is None:
        return "–"
    return f"{summary.median:.2f} ({summary.low:.2f}–{summary.high:.2f})"


def table(header, rows):
    """A Markdown table that is also good to read in a terminal."""
    rows = [list(map(str, row)) for row in [header, *rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]

    def line(cells):
        padded = [cells[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * (widths[0] + 2)] + ["-" * (width + 1) + ":" for width in widths[1:]]
    return "\n".join([line(rows[0]), "|" + "|".join(rule) + "|", *map(line, rows[1:])]) + "\n"


def client_cells(rounds, name):
    """Cells of a client for one scheme: µs a call, ratio, calls a second."""
    cost = rounds.summary(name)
    if cost is None:
        return ["not measured", "–", "–"]
    cell = median_or_reason(rounds, name)
    if rounds.reason(name):
        cell += f" in {cost.count} rounds"
    rate = rounds.summary(name, "calls_per_second")
    return [cell, ratio_text(rounds.ratio(name)), f"{rate.median:,.0f}"]


def main_table(clients, http, https):
    """The table: clients are (name, title, json, schemes)."""
    header = ["client", "JSON", "HTTP µs", "× wrk", "calls/s", "HTTPS µs", "× wrk", "calls/s"]
    rows = []
    for name, title, json_ways, schemes in clients:
        cells = [title, json_ways]
        for scheme, rounds in (("http", http), ("https", https)):
            cells += client_cells(rounds, name) if scheme in schemes else ["–", "–", "–"]
        rows.append(cells)
    return table(header, rows)


def complaints(clients, series):
    """A line for each client that could not be measured in every round or whose calls failed."""
    out = []
    for name, title, _, schemes in clients:
        for scheme in schemes:
            if series[scheme].reason(name):
                out.append(f"- {title}, {scheme.upper()}: {series[scheme].reason(name)}")
            if series[scheme].first_error(name):
                out.append(f"- {title}, {scheme.upper()}, first error: {series[scheme].first_error(name)}")
    return "\n".join(out) + ("\n" if out else "")


def short_table(clients, http, https):
    """For the README: medians and ratios."""
    rows = []
    for name, title, json_ways, schemes in clients:
        cells = [title, json_ways]
        for scheme, rounds in (("http", http), ("https", https)):
            cost = rounds.summary(name) if scheme in schemes else None
            ratio = rounds.ratio(name) if scheme in schemes else None
            cells += [number(cost.median) if cost else "–", f"{ratio.median:.2f}" if ratio else "–"]
        rows.append(cells)
    return table(["client", "JSON", "HTTP µs", "× wrk", "HTTPS µs", "× wrk"], rows)


def replace_between(text, begin, end, new):
    """`text` with what stands between the lines `begin` and `end` replaced by `new`."""
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"The text must hold {begin} and then {end}, once each.")
    head, rest = text.split(begin)
    return head + begin + "\n" + new.strip("\n") + "\n" + end + rest.split(end)[1]
