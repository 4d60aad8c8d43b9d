"""Signatures of ours and of the official client, of a thousand random requests; and what ours says of theirs."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import random
import re
import string
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Official

COUNT = 1000
SEED = 20231114

OFFICIAL = """
import json
from baidubce import utils
from baidubce.auth import bce_v1_signer
from baidubce.auth.bce_credentials import BceCredentials

def b(text):
    return text.encode()

for line in open(%r, encoding='utf-8'):
    r = json.loads(line)
    print(bce_v1_signer.sign(
        BceCredentials(r['access_key'], r['secret_key']), b(r['method']),
        utils.normalize_string(r['path'], False),
        {b(k): b(v) for k, v in r['headers'].items()},
        {b(k): b(v) for k, v in r['query'].items()},
        r['time'], r['valid_for'], [b(n) for n in r['signed_headers']] or None).decode())
"""

LETTERS = "abcXYZ019-._~ +%&=?#/:;,@!'()*[]{}|^\"<>\\`\u00e9中文😀"


def text(rng: random.Random, most: int, letters: str = LETTERS, least: int = 0) -> str:
    return "".join(rng.choice(letters) for _ in range(rng.randint(least, most)))


def token(rng: random.Random) -> str:
    return text(rng, 32, "abcdefABCDEF0123456789", 1)


def some_request(rng: random.Random) -> dict[str, Any]:
    headers = {"Host": rng.choice(["127.0.0.1:9000", "b.bj.bcebos.com", "localhost"])}
    if rng.random() < 0.8:
        headers["Content-Length"] = str(rng.randint(0, 2**40))
    if rng.random() < 0.5:
        headers["Content-Type"] = rng.choice(["application/json; charset=utf-8", "a/b+c", " x "])
    if rng.random() < 0.3:
        headers["Content-MD5"] = token(rng) + "=="
    for name in rng.sample(["x-bce-date", "X-Bce-Security-Token", "x-bce-content-crc32"], 2):
        headers[name] = text(rng, 20, LETTERS.replace("\\", ""))
    for name in rng.sample(["User-Agent", "Range", "Accept", "If-Range"], rng.randint(0, 3)):
        headers[name] = text(rng, 10)
    # The official signer adds every x-bce- header to a list, so the lists have them all.
    listed: list[str] = []
    if rng.random() < 0.3:
        listed = sorted({"host"} | {n.lower() for n in headers if n.lower().startswith("x-bce-")})
    return {
        "method": rng.choice(["GET", "PUT", "POST", "HEAD", "DELETE"]),
        "path": "/" + text(rng, 40),
        "query": {
            text(rng, 8, LETTERS, 1): rng.choice(["", text(rng, 12)])
            for _ in range(rng.randint(0, 5))
        },
        "headers": headers,
        "access_key": token(rng),
        "secret_key": token(rng),
        "time": rng.randint(1, 4102444799),
        "valid_for": rng.randint(1, 10**6),
        "signed_headers": listed,
    }


@dataclasses.dataclass
class Signed:
    """Random requests, and what the official signer makes of each."""

    requests: list[dict[str, Any]]
    theirs: list[str]

    @property
    def lines(self) -> list[str]:
        return [json.dumps(r, ensure_ascii=False) for r in self.requests]


@pytest.fixture
def signed(official: Official, tmp_path: pathlib.Path) -> Signed:
    rng = random.Random(SEED)
    made = Signed([some_request(rng) for _ in range(COUNT)], [])
    cases = tmp_path / "requests.jsonl"
    cases.write_text("\n".join(made.lines) + "\n", encoding="utf-8")
    made.theirs = official.python(OFFICIAL % str(cases)).splitlines()
    assert len(made.theirs) == COUNT, made.theirs[-3:]
    return made


def ours(lines: list[str], *mode: str) -> list[str]:
    """What our signer writes, or with `verify` says, of each request."""
    done = subprocess.run(
        [os.environ["AISTUDIO_SIGN_REQUESTS"], *mode],
        input=("\n".join(lines) + "\n").encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    told = done.stdout.decode().splitlines()
    assert len(told) == len(lines), told[-3:]
    return told


def with_authorization(requests: list[dict[str, Any]], values: list[str]) -> list[str]:
    return [
        json.dumps({**r, "authorization": value}, ensure_ascii=False)
        for r, value in zip(requests, values, strict=True)
    ]


def another(rng: random.Random, character: str) -> str:
    return rng.choice([c for c in string.ascii_letters + string.digits + "-:;/%" if c != character])


def places(request: dict[str, Any], text: str) -> list[int]:
    """Where a change must be noticed: not in the name of a header whose value is empty, which
    neither signer signs."""
    empty = {n.lower() for n, value in request["headers"].items() if not value.strip()}
    out = []
    for field in re.finditer(r"[^/;]+", text):
        if field[0] not in empty:
            out.extend(range(*field.span()))
    return out


def test_thousand_random_requests_are_signed_the_same(signed: Signed) -> None:
    lines = signed.lines
    for line, one, other in zip(lines, ours(lines), signed.theirs, strict=True):
        assert one == other, line


def test_official_signatures_hold(signed: Signed) -> None:
    lines = with_authorization(signed.requests, signed.theirs)
    for line, told in zip(lines, ours(lines, "verify"), strict=True):
        assert told == "holds", line


def test_signatures_changed_in_one_character_do_not_hold(signed: Signed) -> None:
    rng = random.Random(SEED + 1)
    changed = []
    for request, text in zip(signed.requests, signed.theirs, strict=True):
        at = rng.choice(places(request, text))
        changed.append(text[:at] + another(rng, text[at]) + text[at + 1 :])
    lines = with_authorization(signed.requests, changed)
    for line, told in zip(lines, ours(lines, "verify"), strict=True):
        assert told != "holds", line


def test_signatures_do_not_hold_for_other_requests(signed: Signed) -> None:
    other = {"GET": "PUT", "PUT": "GET", "POST": "DELETE", "HEAD": "POST", "DELETE": "HEAD"}
    changes: list[Callable[[dict[str, Any]], dict[str, Any]]] = [
        lambda r: {"method": other[r["method"]]},
        lambda r: {"path": r["path"] + "x"},
        lambda r: {"query": {**r["query"], "x y": "z"}},
        lambda r: {"headers": {**r["headers"], "Host": "elsewhere"}},
        lambda r: {"secret_key": r["secret_key"] + "0"},
        lambda r: {"time": r["time"] + r["valid_for"] + 1},
    ]
    requests = [{**r, **changes[i % len(changes)](r)} for i, r in enumerate(signed.requests)]
    lines = with_authorization(requests, signed.theirs)
    for line, told in zip(lines, ours(lines, "verify"), strict=True):
        assert told != "holds", line
