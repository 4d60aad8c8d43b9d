"""Repositories: create_repo, file_exists, upload, download of a file and of a whole repository."""

from __future__ import annotations

import ast
import pathlib
from typing import Any

import pytest
from conftest import BREAKS_MULTIPART, NAMES, SIZES, USER, Official, Studio, content, found

KINDS = ["model", "dataset"]


def hub(official: Official, call: str, **env: str) -> Any:
    """The value of an expression of the official hub."""
    told = official.python(f"from aistudio_sdk import hub\nprint('IS', repr(hub.{call}))", **env)
    return ast.literal_eval(found(r"(?m)^IS (.*)$", told))


def create(studio: Studio, kind: str, name: str, public: bool = True) -> str:
    body = {"name": name, "kind": kind, "public": public}
    studio.call("POST", "/api/local/v1/repositories", body)
    return f"{USER}/{name}"


def snapshot(folder: pathlib.Path) -> dict[str, bytes]:
    """Names and contents of what was downloaded, without the client's own notes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
        and path.name not in (".msc", ".mdl", ".mv")
        and not path.name.endswith(".lock")
        and "._tmp" not in path.parts
    }


def write(folder: pathlib.Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def test_create_repo_and_file_exists(studio: Studio, official: Official) -> None:
    made = hub(official, f"create_repo(repo_id='{USER}/first', model_name='First', desc='d')")
    assert made["repo_id"] == "first"
    assert made["model_name"] == "First"
    again = hub(official, "create_repo(repo_id='first')")
    assert again["error_code"] == 10003
    app = hub(
        official,
        "create_repo(repo_id='an-app', repo_type='app', app_name='A', app_sdk='static')",
    )
    assert app["repo_id"] == "an-app"
    other = hub(official, "create_repo(repo_id='first2', token='wrong')")
    assert other["error_code"] != 0
    assert hub(official, f"file_exists('{USER}/first', 'README.md')") is False
    absent = hub(official, f"file_exists('{USER}/nothing', 'README.md')")
    assert absent["error_code"] == 11002


@pytest.mark.parametrize("kind", KINDS)
def test_folder_and_file_go_up_and_come_down(
    studio: Studio, official: Official, tmp_path: pathlib.Path, kind: str
) -> None:
    repository = create(studio, kind, f"round-{kind}.v1")
    seed = 100 * KINDS.index(kind)  # what the other kind has stored would not be sent again
    sent = {name: content(SIZES[i % len(SIZES)], seed + i) for i, name in enumerate(NAMES)}
    sent |= {f"sub dir/深/{name}": content(100, seed + i) for i, name in enumerate(NAMES)}
    sent |= {"main.py": b"print('small')\n", "sub dir/notes.md": "# 说明\n".encode(), "e.py": b""}
    sent["README.md"] = b"---\nlicense: apache-2.0\n---\n# Read me\n"
    write(tmp_path / "sent", sent)
    told = official.run("upload", repository, tmp_path / "sent", "--repo-type", kind)
    assert "Commit part 1 successful" in told and "skipped" not in told, told
    assert ("_lfs_upload" in told) == BREAKS_MULTIPART  # a PUT, where parts cannot be sent

    official.run("download", f"--{kind}", repository, "--local_dir", tmp_path / "all")
    assert snapshot(tmp_path / "all") == sent

    # One file in place of an earlier one, and one more by its own name.
    (tmp_path / "new.bin").write_bytes(content(3000, 7))
    sent["a+b.bin"] = sent["more/数据 +%.bin"] = content(3000, 7)
    official.run_each(
        ["upload", repository, tmp_path / "new.bin", "a+b.bin", "--repo-type", kind],
        ["upload", repository, tmp_path / "new.bin", "more/数据 +%.bin", "--repo-type", kind],
    )
    names = ["a+b.bin", "more/数据 +%.bin", "🏠 house.bin", "plain.bin", "sub dir/深/50% off.bin"]
    official.run_each(
        *(
            ["download", f"--{kind}", repository, name, "--local_dir", tmp_path / "one"]
            for name in names
        )
    )
    assert snapshot(tmp_path / "one") == {name: sent[name] for name in names}
    official.run(
        *("download", f"--{kind}", repository, "--local_dir", tmp_path / "some"),
        *("--include", "*.py", "sub dir/", "--exclude", "*.md"),
    )
    expected = {n for n in sent if n.endswith(".py") or n.startswith("sub dir/")}
    assert set(snapshot(tmp_path / "some")) == {n for n in expected if not n.endswith(".md")}


def test_what_is_stored_is_not_sent_again(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    first = create(studio, "model", "first-copy")
    second = create(studio, "model", "second-copy")
    write(tmp_path / "sent", {"weights.bin": content(300_000, 5)})
    assert "_lfs_upload" in official.run(
        *("upload", first, tmp_path / "sent"), PERFER_STS_UPLOAD="false"
    )
    told = official.run("upload", second, tmp_path / "sent", PERFER_STS_UPLOAD="false")
    assert "_lfs_upload" not in told
    official.run("download", "--model", second, "--local_dir", tmp_path / "got")
    assert snapshot(tmp_path / "got") == {"weights.bin": content(300_000, 5)}


def test_tag_keeps_what_it_named(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    repository = create(studio, "model", "tagged")
    (tmp_path / "w.bin").write_bytes(b"old")
    official.run("upload", repository, tmp_path / "w.bin")
    studio.call("POST", f"/api/local/v1/repositories/{repository}/tags", {"name": "v1.0"})
    (tmp_path / "w.bin").write_bytes(b"new")
    official.run("upload", repository, tmp_path / "w.bin")
    download = ("download", "--model", repository)
    official.run(*download, "--revision", "v1.0", "--local_dir", tmp_path / "v1")
    official.run(*download, "w.bin", "--revision", "v1.0", "--local_dir", tmp_path / "file")
    official.run(*download, "--local_dir", tmp_path / "now")
    assert snapshot(tmp_path / "v1") == snapshot(tmp_path / "file") == {"w.bin": b"old"}
    assert snapshot(tmp_path / "now") == {"w.bin": b"new"}


def test_private_repository_is_its_owners(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    repository = create(studio, "model", "secret", public=False)
    (tmp_path / "w.bin").write_bytes(b"w")
    official.run("upload", repository, tmp_path / "w.bin")
    official.run("download", "--model", repository, "w.bin", "--local_dir", tmp_path / "mine")
    assert snapshot(tmp_path / "mine") == {"w.bin": b"w"}
    official.token_file.unlink()
    told = official.run("download", "--model", repository, "w.bin", "--local_dir", tmp_path / "x")
    assert "not exist" in told
    assert not (tmp_path / "x" / "w.bin").exists()


def test_upload_that_is_refused_leaves_nothing(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    repository = create(studio, "model", "refused")
    (tmp_path / "w.bin").write_bytes(b"w")
    told = official.run("upload", repository, tmp_path / "w.bin", "../w.bin")
    assert "cannot be a path" in told
    told = official.run("upload", f"{USER}/nothing", tmp_path / "w.bin")
    assert "preupload fail" in told
    assert hub(official, f"file_exists('{repository}', 'w.bin')") is False


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_large_file_goes_up_and_comes_down(
    studio: Studio, official: Official, tmp_path: pathlib.Path, kind: str
) -> None:
    repository = create(studio, kind, f"large-{kind}")
    large = content(200 << 20, 3 + KINDS.index(kind))
    (tmp_path / "large.bin").write_bytes(large)
    official.run("upload", repository, tmp_path / "large.bin", "--repo-type", kind)
    # One stream, and ranged in parallel.
    for name, threshold in (("one", "1000"), ("ranged", "16")):
        official.run(
            *("download", f"--{kind}", repository, "large.bin", "--local_dir", tmp_path / name),
            AISTUDIO_PARALLEL_DOWNLOAD_THRESHOLD_MB=threshold,
        )
        assert (tmp_path / name / "large.bin").read_bytes() == large
