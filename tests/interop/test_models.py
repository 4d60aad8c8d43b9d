"""Repositories, both ways: what ours uploads the official client downloads, and the reverse, byte by byte."""

from __future__ import annotations

import contextlib
import hashlib
import pathlib
import shutil
import sqlite3
from collections.abc import Iterable
from typing import Any

import pytest
from conftest import NAMES, SIZES, USER, Official, Studio, content
from test_command import Ours, ours
from test_hub import KINDS, create, snapshot, write

__all__ = ["ours"]  # a fixture


def digests(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def files_of(seed: int) -> dict[str, bytes]:
    """Every name at the root and below folders, with every size."""
    sent = {name: content(SIZES[i % len(SIZES)], seed + i) for i, name in enumerate(NAMES)}
    sent |= {f"sub dir/深/{name}": content(100, seed + i) for i, name in enumerate(NAMES)}
    sent |= {"main.py": b"print('small')\n", "sub dir/notes.md": "# 说明\n".encode(), "e.py": b""}
    sent["README.md"] = b"---\nlicense: apache-2.0\n---\n# Read me\n"
    return sent


@pytest.mark.parametrize("kind", KINDS)
def test_ours_uploads_and_the_official_one_downloads(
    studio: Studio,
    official: Official,
    ours: Ours,  # noqa: F811
    tmp_path: pathlib.Path,
    kind: str,
) -> None:
    repository = create(studio, kind, f"ours-{kind}.v1")
    sent = files_of(1000 + 100 * KINDS.index(kind))
    write(tmp_path / "sent", sent)
    made = ours.json("upload", repository, tmp_path / "sent", "--repo-type", kind)
    assert sorted(made["files"]) == sorted(sent)
    official.run("download", f"--{kind}", repository, "--local_dir", tmp_path / "all")
    assert digests(snapshot(tmp_path / "all")) == digests(sent)

    again = ours.json("upload", repository, tmp_path / "sent", "--repo-type", kind)
    assert again["files"] == []
    (tmp_path / "new.bin").write_bytes(content(3000, 7))
    sent["a+b.bin"] = sent["more/数据 +%.bin"] = content(3000, 7)
    for name in ("a+b.bin", "more/数据 +%.bin"):
        ours.run("upload", repository, tmp_path / "new.bin", name)
    names = ["a+b.bin", "more/数据 +%.bin", "🏠 house.bin"]
    official.run_each(
        *(
            ["download", f"--{kind}", repository, name, "--local_dir", tmp_path / "one"]
            for name in names
        )
    )
    assert snapshot(tmp_path / "one") == {name: sent[name] for name in names}


@pytest.mark.parametrize("kind", KINDS)
def test_the_official_one_uploads_and_ours_downloads(
    studio: Studio,
    official: Official,
    ours: Ours,  # noqa: F811
    tmp_path: pathlib.Path,
    kind: str,
) -> None:
    repository = create(studio, kind, f"theirs-{kind}.v1")
    sent = files_of(2000 + 100 * KINDS.index(kind))
    write(tmp_path / "sent", sent)
    official.run("upload", repository, tmp_path / "sent", "--repo-type", kind)
    got = ours.json("download", f"--{kind}", repository, "--local_dir", tmp_path / "all")
    assert sorted(got["files"]) == sorted(sent)
    assert digests(snapshot(tmp_path / "all")) == digests(sent)
    for name in ("🏠 house.bin", "sub dir/深/50% off.bin", "e.py"):
        ours.run("download", f"--{kind}", repository, name, "--local_dir", tmp_path / "one")
        assert (tmp_path / "one" / name).read_bytes() == sent[name]
    # What it uploaded has not changed, so that ours commits nothing.
    assert ours.json("upload", repository, tmp_path / "sent")["files"] == []


def chosen(folder: pathlib.Path) -> Iterable[str]:
    return sorted(snapshot(folder)) if folder.exists() else []


@pytest.mark.parametrize(
    "patterns",
    [
        ["--include", "*.py"],
        ["--include", "*.py", "sub dir/", "--exclude", "*.md"],
        ["--exclude", "sub dir/", "[a-m]*"],
        ["--include", "?.py", "--exclude", "main.py"],
        ["--exclude", "[!a-z]*"],
    ],
)
def test_patterns_mean_the_same(
    studio: Studio,
    official: Official,
    ours: Ours,  # noqa: F811
    tmp_path: pathlib.Path,
    patterns: list[str],
) -> None:
    name = "patterns"
    repository = f"{USER}/{name}"
    sent = {path: path.encode() for path in files_of(0)}
    if not any(r["name"] == name for r in repositories(studio)):
        create(studio, "model", name)
        write(tmp_path / "sent", sent)
        ours.run("upload", repository, tmp_path / "sent")
    official.run(
        "download", "--model", repository, "--local_dir", tmp_path / "theirs", *patterns
    )
    ours.run("download", "--model", repository, "--local_dir", tmp_path / "ours", *patterns)
    assert chosen(tmp_path / "ours") == chosen(tmp_path / "theirs") != []


@pytest.mark.parametrize(
    "patterns",
    [
        ["--include", "*.py", "sub dir/*"],
        ["--exclude", "*.bin", "--commit-message", "房价 without weights"],
        ["--include", "*.bin", "--exclude", "sub dir/*", "a*", "--commit-message", "weights"],
    ],
)
def test_upload_takes_the_same_files_and_message(
    studio: Studio,
    official: Official,
    ours: Ours,  # noqa: F811
    tmp_path: pathlib.Path,
    patterns: list[str],
) -> None:
    sent = {path: path.encode() for path in files_of(0) if path != "README.md"}
    write(tmp_path / "sent", sent)
    number = len(repositories(studio))
    made = {}
    for who, command in (("theirs", official.run), ("ours", ours.run)):
        repository = create(studio, "model", f"chosen-{who}-{number}")
        command("upload", repository, tmp_path / "sent", *patterns)
        ours.run("download", "--model", repository, "--local_dir", tmp_path / who)
        made[who] = chosen(tmp_path / who), messages(studio, repository)
    assert made["ours"][0] == made["theirs"][0] != []
    assert len(list(made["theirs"][0])) < len(sent)
    if "--commit-message" in patterns:
        assert made["ours"][1] == made["theirs"][1] == [patterns[-1]]


def messages(studio: Studio, repository: str) -> list[str]:
    """Of all commits, oldest first."""
    uri = f"file:{studio.folder}/studio.db?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as store:
        found = store.execute(
            "SELECT message FROM commits c JOIN repositories r ON r.id = c.repository_id"
            " WHERE r.name = ? ORDER BY c.id",
            (repository.partition("/")[2],),
        )
        return [row[0] for row in found]


def test_long_tree_is_read_page_by_page(
    studio: Studio,
    official: Official,
    ours: Ours,  # noqa: F811
    tmp_path: pathlib.Path,
) -> None:
    """The first file, and those around the end of the first page of a thousand."""
    repository = create(studio, "model", "long-tree")
    write(tmp_path / "sent", {f"f{i:04}.py": f"print({i})\n".encode() for i in range(2002)})
    ours.run("upload", repository, tmp_path / "sent")
    names = ["f0000.py", "f0999.py", "f1000.py", "f2001.py"]
    for who, command in (("theirs", official.run), ("ours", ours.run)):
        words = ("download", "--model", repository, "--local_dir", tmp_path / who)
        command(*words, "--include", *names)
        assert snapshot(tmp_path / who) == {
            name: f"print({int(name[1:5])})\n".encode() for name in names
        }


def repositories(studio: Studio) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = studio.call("GET", "/api/local/v1/repositories?pageSize=1000")[
        "data"
    ]
    return listed


def test_same_cache_folder(
    studio: Studio,
    official: Official,
    ours: Ours,  # noqa: F811
    tmp_path: pathlib.Path,
) -> None:
    repository = create(studio, "model", "cached.v2")
    write(tmp_path / "sent", {"w.bin": b"w"})
    ours.run("upload", repository, tmp_path / "sent")
    folder = official.home / "models" / USER / "cached___v2"
    official.run("download", "--model", repository, "w.bin")
    assert (folder / "w.bin").read_bytes() == b"w"
    shutil.rmtree(folder)
    cache = {"AISTUDIO_CACHE_HOME": str(official.home)}
    told = ours.run("download", "--model", repository, "w.bin", **cache)
    assert told.strip() == str(folder / "w.bin")
    assert (folder / "w.bin").read_bytes() == b"w"


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_large_file_goes_both_ways(
    studio: Studio,
    official: Official,
    ours: Ours,  # noqa: F811
    tmp_path: pathlib.Path,
    kind: str,
) -> None:
    repository = create(studio, kind, f"large-both-{kind}")
    large = content(200 << 20, 13 + KINDS.index(kind))
    (tmp_path / "ours.bin").write_bytes(large)
    ours.run("upload", repository, tmp_path / "ours.bin")
    official.run("download", f"--{kind}", repository, "ours.bin", "--local_dir", tmp_path / "o")
    assert (tmp_path / "o" / "ours.bin").read_bytes() == large
    turned = large[::-1]
    (tmp_path / "theirs.bin").write_bytes(turned)
    official.run("upload", repository, tmp_path / "theirs.bin", "--repo-type", kind)
    ours.run("download", f"--{kind}", repository, "theirs.bin", "--local_dir", tmp_path / "t")
    assert (tmp_path / "t" / "theirs.bin").read_bytes() == turned
