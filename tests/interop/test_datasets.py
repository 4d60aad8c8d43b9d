"""dataset create, dataset add, and what arrived by them."""

from __future__ import annotations

import contextlib
import pathlib
import sqlite3
import urllib.request

import pytest
from conftest import BREAKS_MULTIPART, NAMES, SIZES, Official, Studio, content, found

needs_multipart = pytest.mark.skipif(BREAKS_MULTIPART, reason="the official client crashes")


def create(official: Official, name: str, *files: pathlib.Path) -> int:
    told = official.run("dataset", "create", "-n", name, "-f", *files)
    return int(found(rf"{name} id: (\d+)", told))


def datasets(studio: Studio) -> list[str]:
    page = studio.call("GET", "/api/local/v1/datasets?pageSize=1000")
    return [d["datasetName"] for d in page["data"]]


def files_of(studio: Studio, dataset: int) -> dict[str, bytes]:
    """Names and contents, over the public calls D1 and D3."""
    files = {}
    for file in studio.form("/studio/dataset/detail", datasetId=dataset)["fileIds"]:
        told = studio.call("GET", f"/llm/files/datasets/{dataset}/file/{file}/download")
        with urllib.request.urlopen(told["fileUrl"]) as answer:
            files[told["fileName"]] = answer.read()
    return files


@needs_multipart
def test_files_of_all_sizes_and_names_arrive(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    sent = {}
    for i, name in enumerate(NAMES):
        size = SIZES[i % len(SIZES)]
        sent[name] = content(size, i)
        (tmp_path / name).write_bytes(sent[name])
    *first, last = NAMES
    dataset = create(official, "all sizes", *(tmp_path / name for name in first))
    assert files_of(studio, dataset) == {name: sent[name] for name in first}
    official.run("dataset", "add", "--id", str(dataset), "-f", tmp_path / last)
    assert files_of(studio, dataset) == sent


@needs_multipart
def test_file_that_is_not_there_is_skipped(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "f.bin").write_bytes(b"f")
    dataset = create(official, "one of two", tmp_path / "f.bin", tmp_path / "nothing")
    assert files_of(studio, dataset) == {"f.bin": b"f"}


@needs_multipart
def test_job_reads_a_dataset(studio: Studio, official: Official, tmp_path: pathlib.Path) -> None:
    (tmp_path / "input.bin").write_bytes(content(70_000))
    dataset = create(official, "for a job", tmp_path / "input.bin")
    code = tmp_path / "code"
    code.mkdir()
    (code / "main.sh").write_text(f"cp datasets/data{dataset}/input.bin output/copy.bin\n")
    told = official.run(
        *("submit", "job", "-n", "reads", "-p", code, "-c", "sh main.sh", "-m", str(dataset))
    )
    job = found(r"(job-\d+)", told)
    assert studio.wait_for(job) == "Succeeded"
    official.run("job", job, "cp", "copy.bin", tmp_path / "copy.bin")
    assert (tmp_path / "copy.bin").read_bytes() == content(70_000)


def kept(studio: Studio) -> dict[str, int]:
    """How much the studio keeps: rows of what an upload makes, and files of its contents."""
    uri = f"file:{studio.folder}/studio.db?mode=ro"
    tables = ("datasets", "files", "objects", "contents", "uploads", "upload_parts")
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as store:
        counts = {t: store.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}
    for folder in ("content", "tmp"):
        counts[folder] = sum(p.is_file() for p in (studio.folder / folder).rglob("*"))
    return counts


@pytest.mark.skipif(not BREAKS_MULTIPART, reason="only newer versions crash")
def test_crash_of_the_client_registers_nothing(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "f.bin").write_bytes(content(70_000, 9))
    (tmp_path / "g.bin").write_bytes(content(70_000, 10))
    body = {"datasetName": "to add to", "datasetType": 1, "protocolId": 1, "fileIds": []}
    dataset = studio.call("POST", "/llm/files/datasets", body)["datasetId"]
    before = kept(studio)
    for words in (("create", "-n", "never"), ("add", "-id", str(dataset))):
        told = official.run("dataset", *words, "-f", tmp_path / "f.bin", tmp_path / "g.bin")
        assert "AttributeError" in told and "put_super_obejct_from_file" in told
        assert kept(studio) == before, words
    assert "never" not in datasets(studio)
    assert files_of(studio, dataset) == {}


@needs_multipart
def test_what_arrives_is_kept_once(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    """The counts that tell of a crash tell of a success, too."""
    (tmp_path / "f.bin").write_bytes(content((5 << 20) + 1, 9))
    before = kept(studio)
    create(official, "counted", tmp_path / "f.bin")
    after = kept(studio)
    more = {name for name in after if after[name] == before[name] + 1}
    same = {name for name in after if after[name] == before[name]}
    assert (more, same) == (
        {"datasets", "files", "objects", "contents", "content"},
        {"uploads", "upload_parts", "tmp"},
    )


@needs_multipart
def test_dataset_of_another_number_is_refused(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "f.bin").write_bytes(b"f")
    before = datasets(studio)
    told = official.run("dataset", "add", "--id", "999999", "-f", tmp_path / "f.bin")
    assert "There is no dataset 999999" in told
    assert datasets(studio) == before


@needs_multipart
@pytest.mark.long
def test_large_file_arrives(studio: Studio, official: Official, tmp_path: pathlib.Path) -> None:
    large = content(200 << 20)
    (tmp_path / "large.bin").write_bytes(large)
    dataset = create(official, "large", tmp_path / "large.bin")
    assert files_of(studio, dataset) == {"large.bin": large}
