"""What the Python peers have in common: options, the record, what is counted, the line they print.

The same as benchmarks/cpp/support/load.hpp in C++.
"""

import argparse
import json
import resource
import sys
import time

HOUSE = {
    "CRIM": 0.00632, "ZN": 18, "INDUS": 2.31, "CHAS": 0, "NOX": 0.538, "RM": 6.575, "AGE": 65.2,
    "DIS": 4.09, "RAD": 1, "TAX": 296, "PTRATIO": 15.3, "B": 396.9, "LSTAT": 4.98,
}  # fmt: skip

HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True, help="without the key")
    parser.add_argument("--key", default="no-such-key", help="sent, never printed")
    parser.add_argument("--ca-file", default="")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--calls", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--warmup-seconds", type=float, default=0.2)
    out = parser.parse_args()
    out.full_url = f"{out.url}?apiKey={out.key}"
    return out


def body():
    return json.dumps(HOUSE).encode()


def is_right(answer):
    value = json.loads(answer)
    return len(value) == 1 and len(value[0]) == 1 and isinstance(value[0][0], float)


def cpu_seconds():
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


class Meter:
    """Says when calls may start and counts those that end after the warm-up. For one thread."""

    def __init__(self, opts):
        self.opts = opts
        self.in_flight = self.count = self.errors = 0
        self.first_error = ""
        self.latencies = []
        self.measuring = self.over = False
        self.seconds = self.cpu = 0.0

    def begin(self):
        self.now = time.perf_counter()
        self.begin_at = self.now + self.opts.warmup_seconds
        if self.opts.warmup_seconds <= 0:
            self._begin_measuring()

    def may_start(self):
        if self.over:
            return False
        if self.measuring and self.opts.calls:
            if self.to_start <= 0:
                return False
            self.to_start -= 1
        self.in_flight += 1
        return True

    def finished(self, started, right, why="not the answer expected"):
        self.now = time.perf_counter()
        self.in_flight -= 1
        if self.measuring:
            self.count += 1
            if not right:
                self.errors += 1
                self.first_error = self.first_error or str(why)
            self.latencies.append(self.now - started)
            if self.count >= self.opts.calls if self.opts.calls else self.now >= self.end_at:
                self._end_measuring()
        elif not self.over and self.now >= self.begin_at:
            self._begin_measuring()

    def _begin_measuring(self):
        self.measuring = True
        self.to_start = self.opts.calls - self.in_flight
        self.begin_at = self.now
        self.end_at = self.now + self.opts.seconds
        self.cpu = cpu_seconds()

    def _end_measuring(self):
        self.cpu = cpu_seconds() - self.cpu
        self.measuring = False
        self.over = True
        self.seconds = self.now - self.begin_at

    def print_line(self):
        if self.measuring:
            self._end_measuring()
        self.latencies.sort()

        def percentile(share):
            last = len(self.latencies) - 1
            return round(self.latencies[int(share * last)] * 1e6, 2) if last >= 0 else 0

        line = {
            "calls": self.count,
            "errors": self.errors,
            "seconds": round(self.seconds, 6),
            "cpu_us_per_call": round(self.cpu * 1e6 / self.count, 4) if self.count else 0,
            "calls_per_second": round(self.count / self.seconds, 1) if self.seconds else 0,
            "p50_us": percentile(0.5),
            "p99_us": percentile(0.99),
            "first_error": self.first_error.replace(self.opts.key, "***")[:200],
        }
        print(json.dumps(line))


def run_blocking(make_call):
    """A blocking client: one thread, one connection, one call after the other.

    make_call(options) returns a function that posts bytes and returns the answer's bytes.
    """
    opts = options()
    call = make_call(opts)
    meter = Meter(opts)
    meter.begin()
    while meter.may_start():
        started = meter.now
        try:
            right, why = is_right(call(body())), "not the answer expected"
        except Exception as failure:  # noqa: BLE001 each library has its own
            right, why = False, repr(failure)
        meter.finished(started, right, why)
    meter.print_line()


def run_asyncio(make_client):
    """A client for asyncio: as many tasks as connections.

    make_client(options) is an asynchronous context manager that gives a coroutine function from
    bytes to bytes.
    """
    import asyncio

    async def work(call, meter):
        while meter.may_start():
            started = meter.now
            try:
                right, why = is_right(await call(body())), "not the answer expected"
            except Exception as failure:  # noqa: BLE001 each library has its own
                right, why = False, repr(failure)
            meter.finished(started, right, why)

    async def run():
        opts = options()
        meter = Meter(opts)
        async with make_client(opts) as call:
            meter.begin()
            await asyncio.gather(*(work(call, meter) for _ in range(opts.connections)))
        meter.print_line()

    asyncio.run(run())
    sys.stdout.flush()
