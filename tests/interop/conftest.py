"""A local studio, and the platform's official client in child processes.

The environment names what is tested: AISTUDIO_COMMAND (our command), AISTUDIO_INTEROP (the folder the
official client is installed in).
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

COMMAND = os.environ["AISTUDIO_COMMAND"]
INSTALLED = pathlib.Path(os.environ["AISTUDIO_INTEROP"])
LAUNCHER = pathlib.Path(__file__).with_name("official.py")
#: bce-python-sdk after 0.9.64 lacks the name that aistudio_sdk 0.3.9 calls for uploads in parts.
BREAKS_MULTIPART = "0.9.64" not in INSTALLED.name
USER = "tester"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: large files")


@dataclasses.dataclass
class Studio:
    url: str
    token: str
    folder: pathlib.Path

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The `result` of a call of ours."""
        return self._send(method, path, None if body is None else json.dumps(body).encode())

    def form(self, path: str, **fields: Any) -> Any:
        return self._send("POST", path, urllib.parse.urlencode(fields).encode())

    def stage_of(self, job: str) -> str:
        body = {"pipelineId": job, "pipelineName": "", "stage": ""}
        return self.call("POST", "/paddlex/v3/pipelines/sdk/list", body)[0]["stage"]

    def wait_for(self, job: str) -> str:
        """The stage that the job ended in."""
        assert eventually(lambda: self.stage_of(job) not in ("Pending", "Running"))
        return self.stage_of(job)

    def _send(self, method: str, path: str, body: bytes | None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=body,
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            envelope = json.load(answer)
        assert envelope["errorCode"] == 0, envelope
        return envelope["result"]


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    words = [COMMAND, "--json", "--quiet", "local", "up", "--dir", str(folder), "--user", USER]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Studio(told["base_url"], told["token"], folder)
    finally:
        process.terminate()
        assert process.wait(30) == 0


@dataclasses.dataclass
class Official:
    """The official command line of one user with a home of their own."""

    studio: Studio
    home: pathlib.Path
    calls: pathlib.Path
    """Where its children note each HTTP call, a line each: method and target."""

    @property
    def token_file(self) -> pathlib.Path:
        return self.home / ".cache" / "aistudio" / ".auth" / "token"

    def run(
        self,
        *words: str | pathlib.Path,
        cwd: pathlib.Path | None = None,
        answer: str = "",
        **env: str,
    ) -> str:
        """What the command printed; its exit status is 0 whatever happened, so tests read this."""
        done = subprocess.run(
            [sys.executable, "-P", str(LAUNCHER), *map(str, words)],
            input=answer,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            cwd=cwd or self.home,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "AISTUDIO_CACHE_HOME": str(self.home),
                "PYTHONPATH": str(INSTALLED),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONIOENCODING": "utf-8",
                "STUDIO_GIT_HOST": self.studio.url,
                "STUDIO_MODEL_API_URL_PREFIX": self.studio.url,
                "AISTUDIO_UPLOAD_CHUNK_SIZE_MB": "1",
                "OFFICIAL_CALLS": str(self.calls),
                "NO_PROXY": "*",
                **env,
            },
        )
        return done.stdout + done.stderr

    def run_each(self, *commands: Sequence[str | pathlib.Path], **env: str) -> str:
        """Several commands in one child, which saves the time of its start."""
        return self.run("-m", json.dumps(commands, default=str), **env)

    def python(self, code: str, **env: str) -> str:
        return self.run("-c", code, **env)


@pytest.fixture(scope="session")
def calls(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """What the official client called in all tests so far."""
    return tmp_path_factory.mktemp("calls") / "calls"


@pytest.fixture
def official(studio: Studio, calls: pathlib.Path, tmp_path: pathlib.Path) -> Official:
    made = Official(studio, tmp_path / "home", calls)
    made.token_file.parent.mkdir(parents=True)
    made.token_file.write_text(studio.token)
    return made


def content(size: int, seed: int = 1) -> bytes:
    """Bytes that do not compress and differ everywhere."""
    return random.Random(f"{seed}/{size}").randbytes(size)


def found(pattern: str, text: str) -> str:
    """The first group of `pattern` in `text`."""
    match = re.search(pattern, text)
    assert match, f"{pattern!r} is not in:\n{text}"
    return match[1]


def eventually(condition: Callable[[], bool], patience: float = 60) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


#: Names that a URL, a shell or a header could spoil.
NAMES = ["plain.bin", "two words.bin", "a+b.bin", "50% off.bin", "数据集.bin", "🏠 house.bin"]
#: Sizes at the edges of the official client's parts of 1 MiB and the platform's of 5 MiB.
SIZES = [0, 1, (5 << 20) - 1, 5 << 20, (5 << 20) + 1]
