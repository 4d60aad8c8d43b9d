"""What `progress=True` shows: tqdm's bar where that is installed (in notebooks its own), else a line on
a terminal.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any


class _Line:
    """For those without tqdm."""

    def __init__(self, total: int | None, unit: str) -> None:
        self.total = total
        self._unit = unit
        self._shown = sys.stderr.isatty()

    def show(self, done: int) -> None:
        if self._shown:
            of = f" of {self.total}" if self.total else ""
            print(f"\r{done}{of} {self._unit}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._shown:
            print(file=sys.stderr)


class _Tqdm:
    def __init__(self, total: int | None, unit: str) -> None:
        tqdm = importlib.import_module("tqdm.auto").tqdm
        size = {"unit_scale": True, "unit_divisor": 1024} if unit == "B" else {}
        self._bar: Any = tqdm(total=total or None, unit=unit, **size)

    def show(self, done: int) -> None:
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


def _make(total: int | None, unit: str) -> _Line | _Tqdm:
    try:
        return _Tqdm(total, unit)
    except ImportError:
        return _Line(total, unit)


class RecordBar:
    """Called with the records done, and how many there are if that is known."""

    def __init__(self) -> None:
        self._bar: _Line | _Tqdm | None = None

    def __call__(self, done: int, total: int | None) -> None:
        self._bar = self._bar or _make(total, "records")
        self._bar.show(done)

    def close(self) -> None:
        if self._bar:
            self._bar.close()


class TransferBar:
    """Called with a `TransferProgress`."""

    def __init__(self) -> None:
        self._bar: _Line | _Tqdm | None = None

    def __call__(self, progress: Any) -> None:
        self._bar = self._bar or _make(progress.total, "B")
        self._bar.show(progress.done)
        if progress.done == progress.total:
            self._bar.close()
            self._bar = None
