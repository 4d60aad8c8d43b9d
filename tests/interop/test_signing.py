"""Signatures of ours and of the official client, of a thousand random requests."""

from __future__ import annotations

import json
import os
import pathlib
import random
import subprocess
from typing import Any

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


def test_thousand_random_requests_are_signed_the_same(
    official: Official, tmp_path: pathlib.Path
) -> None:
    rng = random.Random(SEED)
    lines = [json.dumps(some_request(rng), ensure_ascii=False) for _ in range(COUNT)]
    cases = tmp_path / "requests.jsonl"
    cases.write_text("\n".join(lines) + "\n", encoding="utf-8")
    theirs = official.python(OFFICIAL % str(cases)).splitlines()
    ours = subprocess.run(
        [os.environ["AISTUDIO_SIGN_REQUESTS"]],
        input=cases.read_bytes(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    mine = ours.stdout.decode().splitlines()
    assert len(theirs) == len(mine) == COUNT, theirs[-3:]
    for line, one, other in zip(lines, mine, theirs):
        assert one == other, line
