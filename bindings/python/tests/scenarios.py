"""Reads the scenarios of `tests/scenarios` and judges what comes of them; its README has the format.
How a step is done is `test_scenarios.py`.
"""

from __future__ import annotations

import datetime
import functools
import json
import os
import pathlib
import subprocess
from typing import Any

import pytest

import aistudio

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "tests" / "scenarios"
FILES = sorted(FOLDER.glob("*.json"))

# Records inside arguments, which Python wants as such.
_RECORDS = {
    "inputs": aistudio.TensorSpec,
    "options": aistudio.ServingOptions,
    "outputs": aistudio.TensorSpec,
    "retry": aistudio.RetryPolicy,
    "limits": aistudio.TimeLimits,
    "pool": aistudio.PoolOptions,
}


class Scenario:
    """A file with what its steps have come to so far."""

    def __init__(self, file: pathlib.Path, folder: pathlib.Path) -> None:
        text = json.loads(file.read_text())
        assert set(text) <= {"about", "client", "files", "needs", "serve", "steps"}, set(text)
        for module in text.get("needs", []):
            if not _jobs_have(module):
                pytest.skip(f"the jobs' interpreter has no {module}")
        self.folder = folder
        self.client_options = _spread(self.value(text.get("client", {})))
        self.services: list[str] = text.get("serve", [])
        self.steps: list[dict[str, Any]] = text["steps"]
        self.results: dict[str, Any] = {}
        for name, content in text.get("files", {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(self._bytes(content))

    def value(self, given: Any) -> Any:
        """What is given, without `$ref` and the like."""
        match given:
            case {"$ref": reference}:
                return self.at(reference)
            case {"$path": name}:
                return self.folder / name
            case {"$ms": milliseconds}:
                return datetime.timedelta(milliseconds=milliseconds)
            case {"$repeat": text, "times": times}:
                return text * times
            case dict():
                return {name: self.value(inner) for name, inner in given.items()}
            case list():
                return [self.value(inner) for inner in given]
        return given

    def arguments(self, step: dict[str, Any]) -> dict[str, Any]:
        """The keywords of an operation."""
        given: dict[str, Any] = {}
        for name, value in self.value(step.get("with", {})).items():
            given |= _spread(value) if isinstance(value, dict) else {name: value}
        return given | self.options(step)

    def options(self, step: dict[str, Any]) -> dict[str, Any]:
        return _spread(self.value(step.get("options", {})))

    def record(self, step: dict[str, Any]) -> Any:
        """What to predict with: a text would be taken for JSON as it is."""
        given = self.value(step["record"])
        return json.dumps(given) if isinstance(given, str) else given

    def at(self, reference: str) -> Any:
        name, *path = reference.split(".")
        out = self.results[name]
        for part in path:
            out = out[int(part)] if isinstance(out, list) else getattr(out, part)
        return out

    def content(self, name: str) -> bytes | None:
        file = self.folder / name
        return file.read_bytes() if file.exists() else None

    def check(self, step: dict[str, Any], result: Any) -> None:
        if "expect" in step:
            self._match(step["expect"], result, "result")
        if "as" in step:
            self.results[step["as"]] = result

    def check_error(self, step: dict[str, Any], error: aistudio.Error) -> None:
        assert "error" in step, f"{step} failed: {error!r}"
        expected = dict(step["error"])
        assert self.value(expected.pop("message", "")) in str(error), str(error)
        expected.pop("message_zh", None)  # the core's, in C++ alone
        facts = {name: getattr(error, name) for name in expected}
        assert facts == expected, str(error)

    def _match(self, expected: Any, got: Any, where: str) -> None:
        match expected:
            case {"$any": True}:
                assert got is not None, f"{where}: {got!r}"
            case {"$contains": part} if isinstance(got, str):
                assert self.value(part) in got, f"{where}: {got!r}"
            case {"$contains": part}:
                assert any(self._matches(part, item) for item in got), f"{where}: {got!r}"
            case {"$length": length}:
                assert len(got) == length, f"{where}: {got!r}"
            case {"$ref": _} | {"$path": _} | {"$repeat": _}:
                assert got == self.value(expected), f"{where}: {got!r}"
            case dict():
                for name, inner in expected.items():
                    member = got[name] if isinstance(got, dict) else getattr(got, name)
                    self._match(inner, member, f"{where}.{name}")
            case list():
                assert len(got) == len(expected), f"{where}: {got!r}"
                for i, (inner, item) in enumerate(zip(expected, got, strict=True)):
                    self._match(inner, item, f"{where}.{i}")
            case _:
                assert got == expected, f"{where}: {got!r}"
                assert isinstance(got, bool) == isinstance(expected, bool), where

    def _matches(self, expected: Any, got: Any) -> bool:
        try:
            self._match(expected, got, "")
        except AssertionError:
            return False
        return True

    def _bytes(self, content: Any) -> bytes:
        if isinstance(content, dict) and "$bytes" in content:
            return b"".join([bytes(content["$bytes"])] * content["times"])
        text = self.value(content)
        assert isinstance(text, str), content
        return text.encode()


@functools.cache
def _jobs_have(module: str) -> bool:
    """Whether the interpreter that runs jobs has this module."""
    python = os.environ.get("AISTUDIO_PYTHON") or "python3"
    look = f"import importlib.util as u; exit(not u.find_spec({module!r}))"
    return subprocess.run([python, "-c", look], check=False).returncode == 0


def _spread(record: dict[str, Any], outer_has_timeout: bool = False) -> dict[str, Any]:
    """A record's members as Python's keywords."""
    out: dict[str, Any] = {}
    for name, value in record.items():
        if name == "which" and isinstance(value, dict):
            out |= _spread(value)
        elif name == "call":
            out |= _spread(value, "timeout" in record)
        elif name == "deadline":
            out["call_timeout" if outer_has_timeout else "timeout"] = value.total_seconds()
        elif name == "timeout":
            out[name] = value.total_seconds()
        elif name in _RECORDS and isinstance(value, dict):
            out[name] = _RECORDS[name](**value)
        elif name in _RECORDS:
            out[name] = [_RECORDS[name](**one) for one in value]
        else:
            out[{"number": "page", "size": "page_size"}.get(name, name)] = value
    return out
