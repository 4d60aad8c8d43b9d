"""Our chat call against an OpenAI-compatible server that others wrote, which tells what its rules say."""

from __future__ import annotations

import json
import os
import pathlib
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from conftest import COMMAND, INSTALLED, eventually

ANSWER = 'Hello 一二 🏠 "you".\n\nNew paragraph.'
RULES = {
    "version": 1,
    "rules": [
        {"name": "ok", "when": {"messages_contain": "hello"}, "respond": {"content": ANSWER}},
        {
            "name": "refused",
            "when": {"messages_contain": "refuse"},
            "respond": {"status": 400, "error": "no such thing"},
        },
        {
            "name": "broken",
            "when": {"messages_contain": "break"},
            "respond": {"status": 500, "error": "out of memory"},
        },
        {
            "name": "busy",
            "when": {"messages_contain": "busy"},
            "respond": {"status": 429, "error": "slow down"},
        },
    ],
}


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    rules = tmp_path_factory.mktemp("fakellm") / "rules.yaml"
    rules.write_text(json.dumps(RULES, ensure_ascii=False))  # JSON is YAML
    port = free_port()
    words = [*(sys.executable, "-P", "-m", "fakellm.cli", "serve"), "--port", str(port)]
    process = subprocess.Popen(
        [*words, "--config", str(rules)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(INSTALLED)},
    )
    try:
        address = f"http://127.0.0.1:{port}"
        assert eventually(
            lambda: process.poll() is not None or answers(address + "/_fakellm/stats")
        )
        assert process.poll() is None
        yield address
    finally:
        process.terminate()
        process.wait(30)


def ask(
    server: str, home: pathlib.Path, *words: str, question: str = "hello"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "chat", question, "--endpoint", server + "/v1", "--model", "m", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"HOME": str(home), "AISTUDIO_CHAT_KEY": "any", "NO_PROXY": "*"},
    )


def test_answer_comes_streamed_and_whole(server: str, tmp_path: pathlib.Path) -> None:
    streamed = ask(server, tmp_path)
    assert (streamed.returncode, streamed.stdout) == (0, ANSWER + "\n"), streamed.stderr
    whole = ask(server, tmp_path, "--json", "--temperature", "0.5", "--system", "be short")
    answer = json.loads(whole.stdout)
    assert answer["choices"][0]["content"] == ANSWER
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["total_tokens"] > 0
    assert answer["model"] == "m"


def seen(server: str) -> int:
    with urllib.request.urlopen(server + "/_fakellm/stats", timeout=10) as answer:
        return int(json.load(answer)["total_requests"])


@pytest.mark.parametrize(
    ("question", "code", "said", "times"),
    [
        ("refuse", "bad_request", "no such thing", 1),
        ("break", "server_error", "out of memory", 1),
        ("busy", "rate_limited", "slow down", 3),
    ],
)
def test_failures_are_told(
    server: str, tmp_path: pathlib.Path, question: str, code: str, said: str, times: int
) -> None:
    before = seen(server)
    told = ask(server, tmp_path, "--json", question=question)  # its streams never fail
    assert told.returncode == 1
    assert code in told.stderr and said in told.stderr
    assert seen(server) - before == times, "only what did not begin is asked again"
