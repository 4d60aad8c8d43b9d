"""What docs/wire.md says that the official client verifies is what it called in the tests before this one."""

from __future__ import annotations

import pathlib
import re

import pytest
from conftest import BREAKS_MULTIPART

TABLE = pathlib.Path(__file__).parents[2] / "docs" / "wire.md"
HERE = pathlib.Path(__file__).parent

BUCKET = r"/aistudio-local"
OBJECT = BUCKET + r"/[^?]+"
REPO = r"/api/v1/repos/[^/]+/[^/]+"
LARGE = r"/[^/]+/[^/]+\.git/info/lfs/objects"

#: The calls that each verified row of the table stands for; all must have been made.
CLAIMED = {
    "D4": [r"GET /llm/files/acl"],
    "D5": [r"POST /llm/files/addfile"],
    "D6": [r"POST /llm/files/datasets"],
    "D7": [r"POST /llm/files/datasets/\d+/addfile"],
    "J1": [r"POST /paddlex/v3/pipelines/sdk/create"],
    "J2": [r"GET /paddlex/v3/file/api/bosacl\?source=SDK&pipelineId=.+"],
    "J4": [r"POST /paddlex/v3/pipelines/sdk/create/callback"],
    "J5": [r"POST /paddlex/v3/pipelines/sdk/list"],
    "J6": [r"POST /paddlex/v3/pipelines/sdk/stop"],
    "J7": [r"GET /paddlex/v3/file/api/bosacl\?source=customCodeOutput&pipelineId=.+"],
    "O1": [rf"{method} {OBJECT}" for method in ("PUT", "GET", "HEAD", "DELETE")]
    + [rf"GET {BUCKET}/?\?.*prefix=.*", rf"PUT {OBJECT}\?.*authorization=.*"],
    "O2": [rf"POST {OBJECT}\?uploads="],
    "O3": [rf"PUT {OBJECT}\?partNumber=\d+&uploadId=\w+"],
    "O4": [rf"POST {OBJECT}\?uploadId=\w+"],
    "O5": [rf"DELETE {OBJECT}\?uploadId=\w+", rf"GET {OBJECT}\?.*uploadId=\w+.*"],
    "H1": [r"POST /modelcenter/v2/models/sdk/add"],
    "H2": [r"POST /serving/web/highapp/sdk/create"],
    "H3": [r"GET /modelcenter/v2/models/sdk/checkPermit\?repoId=.+"],
    "H4": [r"GET /modelcenter/v2/models/getSuffixBlackList\?.+"],
    "H5, H15, H16": [
        r"POST /modelcenter/v2/models/checkYaml",
        r"POST /modelcenter/v2/statistic/repo",
    ],
    "H6": [rf"GET {REPO}/contents/.+"],
    "H7": [rf"POST {REPO}/preupload/\w+"],
    "H8": [rf"POST {LARGE}/batch"],
    "H9": [rf"PUT {BUCKET}/lfs/.+authorization=.+"],
    "H10": [rf"POST {LARGE}/verify"],
    "H11": [rf"POST {REPO}/contents"],
    "H12": [rf"GET {REPO}/tags/.+"],
    "H13": [rf"GET {REPO}/git/trees/.+"],
    "H14": [rf"GET {REPO}/media/.+"],
}
#: What the table says, or leaves to the other rows, not to be called by it.
NOT_CALLED = [
    r"\w+ /studio/dataset/.*",
    r"\w+ /llm/files/datasets/\d+/file/.*",
    r"\w+ /studio/model/sdk/add",
    r"\w+ /studio-dot/report",
    rf"GET {BUCKET}\?.*uploads=.*",
    r"\w+ /[^/]+/[^/]+/preupload/.*",
    rf"GET {LARGE}/.*",
    rf"(POST|PUT|DELETE) {REPO}/contents/.+",
    rf"HEAD {REPO}/media/.*",
    r"\w+ /serving/online/.*",
    r"\w+ /api/local/.*",
    r"\w+ /llm/lmapi/.*",
]
#: bce-python-sdk 0.9.79: `dataset create` and `add` crash before these, `upload` falls back to PUT.
LATER = {"D5", "D6", "D7"} if BREAKS_MULTIPART else set()


def verified_rows() -> set[str]:
    rows = set()
    for line in TABLE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and "official client verified" in cells[-1]:
            rows.add(cells[0])
    return rows


@pytest.fixture
def called(request: pytest.FixtureRequest, calls: pathlib.Path) -> set[str]:
    """The calls of a whole run. Of a part of it, nothing can be said."""
    ran = {item.path for item in request.session.items}
    if ran != set(HERE.glob("test_*.py")) or request.config.option.keyword:
        pytest.skip("only after all the other tests")
    return set(calls.read_text("utf-8").splitlines())


def test_table_claims_what_is_listed_here() -> None:
    assert verified_rows() == set(CLAIMED)


def test_official_client_called_what_the_table_says(called: set[str]) -> None:
    missing = [
        f"{row}: {pattern}"
        for row, patterns in CLAIMED.items()
        for pattern in patterns
        if row not in LATER and not any(re.fullmatch(pattern, call) for call in called)
    ]
    assert not missing


def test_official_client_called_nothing_else(called: set[str]) -> None:
    patterns = [pattern for row in CLAIMED.values() for pattern in row]
    patterns.append(rf"GET {REPO}/w\.bin")  # contents/../w.bin, which a test tries
    more = [
        call
        for call in called
        if not any(re.fullmatch(pattern + r"(\?.*)?", call) for pattern in patterns)
    ]
    assert not more


def test_official_client_called_nothing_that_it_does_not_verify(called: set[str]) -> None:
    wrong = [
        call for call in called if any(re.fullmatch(pattern, call) for pattern in NOT_CALLED)
    ]
    assert not wrong
