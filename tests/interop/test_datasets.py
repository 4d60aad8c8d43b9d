"""dataset create, dataset add, and what arrived by them."""

from __future__ import annotations

import pathlib
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


@pytest.mark.skipif(not BREAKS_MULTIPART, reason="only newer versions crash")
def test_crash_of_the_client_registers_nothing(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "f.bin").write_bytes(b"f")
    told = official.run("dataset", "create", "-n", "never", "-f", tmp_path / "f.bin")
    assert "put_super_obejct_from_file" in told
    assert "never" not in datasets(studio)


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
