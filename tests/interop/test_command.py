"""The official forms of a command line, said to the official command and to ours: the effects are the same."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import sqlite3
import stat
import subprocess
from typing import Any

import pytest
from conftest import BREAKS_MULTIPART, COMMAND, Official, Studio, content, found
from test_datasets import files_of

needs_multipart = pytest.mark.skipif(BREAKS_MULTIPART, reason="the official client crashes")


@dataclasses.dataclass
class Ours:
    """Our command line of the same user in the same home: they share their settings."""

    official: Official

    def run(self, *words: str | pathlib.Path, answer: str = "", **env: str) -> str:
        """What the command printed; it must succeed."""
        done = self.end(*words, answer=answer, **env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *words: str | pathlib.Path) -> Any:
        return json.loads(self.run("--json", *words))

    def end(
        self, *words: str | pathlib.Path, answer: str = "", **env: str
    ) -> subprocess.CompletedProcess[str]:
        home = str(self.official.home)
        url = self.official.studio.url
        return subprocess.run(
            [COMMAND, *map(str, words)],
            input=answer,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=home,
            env={"HOME": home, "AISTUDIO_BASE_URL": url, "NO_PROXY": "*", **env},
        )


@pytest.fixture
def ours(official: Official) -> Ours:
    return Ours(official)


def stored_job(studio: Studio, job: str) -> tuple[Any, ...]:
    """What of a submission the studio keeps, shown to clients or not; and the mounted datasets."""
    number = job.removeprefix("job-")
    uri = f"file:{studio.folder}/studio.db?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as store:
        (row,) = store.execute(
            "SELECT name, command, environment, device, gpus, payment, project_id, remark"
            " FROM jobs WHERE id = ?",
            (number,),
        )
        mounted = store.execute(
            "SELECT dataset_id FROM job_datasets WHERE job_id = ? ORDER BY position", (number,)
        )
        return (*row, *(dataset for (dataset,) in mounted))


def stored_datasets(studio: Studio, name: str) -> dict[int, tuple[Any, ...]]:
    uri = f"file:{studio.folder}/studio.db?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as store:
        found = store.execute(
            "SELECT id, description, access, licence FROM datasets WHERE name = ? ORDER BY id",
            (name,),
        )
        return {row[0]: row[1:] for row in found}


@pytest.fixture
def code(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "main.sh").write_text(
        "mkdir output/sub; cp main.sh output/sub/copy.sh; pwd > output/top\n"
    )
    return folder


def test_token_is_kept_in_the_same_place(studio: Studio, official: Official, ours: Ours) -> None:
    official.token_file.unlink()
    told = ours.end("config", "-t", studio.token, "-l", "info")
    assert told.returncode == 0 and studio.token not in told.stdout + told.stderr
    assert official.token_file.read_text() == studio.token
    assert stat.S_IMODE(official.token_file.stat().st_mode) == 0o600
    assert "createTime" in official.run("jobs"), "the official command works with our file"
    level = official.home / ".cache" / "aistudio" / ".log" / "level"
    assert level.read_text() == "info"

    official.run("config", "-t", "of the official command", "-l", "debug")
    assert "unauthorized" in ours.end("jobs").stderr, "ours works with its file"
    official.run("config", "-t", studio.token)
    assert "/sdk/list" in ours.end("jobs").stderr, "and with its log level"


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-e", "paddle3.0_py3.10", "-d", "v100", "-g", "4", "-pay", "coupon"),
        ("--env", "paddle2.5_py3.10", "--gpus", "8", "--payment", "acoin"),
    ],
)
def test_submit_job(
    studio: Studio, official: Official, ours: Ours, code: pathlib.Path, options: tuple[str, ...]
) -> None:
    name = "both " + " ".join(options)
    words = ("submit", "job", "-n", name, "-p", code, "-c", "sh main.sh", *options)
    first = found(r"(job-\d+)", official.run(*words))
    second = found(r"(job-\d+)", ours.run(*words))
    for job in (first, second):
        assert studio.wait_for(job) == "Succeeded"
    assert stored_job(studio, first) == stored_job(studio, second)
    assert stored_job(studio, second)[0] == name


@needs_multipart
def test_submit_job_with_datasets(
    studio: Studio, official: Official, ours: Ours, code: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "a.bin").write_bytes(b"a")
    mounts = []
    for name in ("first", "second"):
        told = official.run("dataset", "create", "-n", name, "-f", tmp_path / "a.bin")
        mounts += ["-m", found(rf"{name} id: (\d+)", told)]
    words = ("submit", "job", "-n", "mounts", "-p", code, "-c", "ls datasets", *mounts)
    first = found(r"(job-\d+)", official.run(*words))
    second = found(r"(job-\d+)", ours.run(*words))
    for job in (first, second):
        assert studio.wait_for(job) == "Succeeded"
    assert stored_job(studio, first) == stored_job(studio, second)
    assert stored_job(studio, second)[-2:] == tuple(int(i) for i in mounts[1::2])


def test_jobs_ls_and_cp(
    studio: Studio, official: Official, ours: Ours, code: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    name = "looked at"
    told = ours.run("submit", "job", "-n", name, "-p", code, "-c", "sh main.sh")
    job = found(r"(job-\d+)", told)
    assert studio.wait_for(job) == "Succeeded"
    for words in (("jobs",), ("jobs", job), ("jobs", "-n", name), ("jobs", "-s", "Succeeded")):
        listed = {row["pipelineId"] for row in ours.json(*words) if row["pipelineName"] == name}
        assert job in official.run(*words) and listed == {job}, words
    for words in (("jobs", "-n", "another"), ("jobs", job, "-s", "Failed")):
        assert f"| {job} |" not in official.run(*words).replace("  ", " "), words
        assert ours.json(*words) == [], words

    for folder, entries in (
        ((), ["sub/", "top"]),
        (("sub",), ["copy.sh"]),
        (("/sub/",), ["copy.sh"]),
    ):
        listed = official.run("job", job, "ls", *folder).splitlines()
        assert [row["path"] for row in ours.json("job", job, "ls", *folder)] == entries
        assert sorted(set(entries) & set(listed)) == entries, listed

    for i, command in enumerate((official.run, ours.run)):
        into = tmp_path / str(i)
        into.mkdir()
        command("job", job, "cp", "sub/copy.sh", into)
        command("job", job, "cp", "sub/copy.sh", into / "new name")
        assert sorted(p.name for p in into.iterdir()) == ["copy.sh", "new name"]
        for file in into.iterdir():
            assert file.read_bytes() == (code / "main.sh").read_bytes()
    official.run("job", job, "cp", "top", ".")
    (official.home / "top").rename(tmp_path / "top")
    ours.run("job", job, "cp", "top", ".")
    assert (official.home / "top").read_text() == (tmp_path / "top").read_text()
    assert ours.end("job", job, "cp", "nothing", tmp_path / "nothing").returncode == 1


def test_stop_job(studio: Studio, official: Official, ours: Ours, code: pathlib.Path) -> None:
    words = ("submit", "job", "-n", "stopped", "-p", code, "-c", "sleep 600")
    jobs = [found(r"(job-\d+)", ours.run(*words)) for _ in range(3)]
    official.run("stop", "job", jobs[0], "-f")
    ours.run("stop", "job", jobs[1], "-f")
    assert ours.end("stop", "job", jobs[2], answer="n\n").returncode == 1
    assert studio.stage_of(jobs[2]) in ("Pending", "Running")
    ours.run("stop", "job", jobs[2], answer="y\n")
    for job in jobs:
        assert studio.wait_for(job) == "Stopped"


@needs_multipart
@pytest.mark.parametrize(
    "options", [(), ("-p", "-l", "3", "-d", "房价 prices"), ("--public", "--license", "8")]
)
def test_dataset_create_and_add(
    studio: Studio,
    official: Official,
    ours: Ours,
    tmp_path: pathlib.Path,
    options: tuple[str, ...],
) -> None:
    sent = {"a b.bin": content(70_000), "空.bin": b"", "c.bin": b"c"}
    for name, data in sent.items():
        (tmp_path / name).write_bytes(data)
    first_two = [tmp_path / name for name in ("a b.bin", "空.bin")]
    called = "d" + str(len(options))
    for command in (official.run, ours.run):
        command("dataset", "create", "-n", called, "-f", *first_two, *options)
    made = stored_datasets(studio, called)
    assert len(made) == 2 and len(set(made.values())) == 1, made
    for dataset, command in zip(made, (official.run, ours.run), strict=True):
        command("dataset", "add", "-id", str(dataset), "-f", tmp_path / "c.bin")
        assert files_of(studio, dataset) == sent


def test_failures_show_in_the_exit_status(ours: Ours, code: pathlib.Path) -> None:
    submit = ("submit", "job", "-n", "n", "-p", code, "-c", "true")
    for words in (
        ("jobs", "job-999999"),
        ("stop", "job", "job-999999", "-f"),
        ("job", "job-999999", "ls"),
        ("dataset", "create", "-n", "n", "-f", "/no/such/file"),
        ("dataset", "add", "-id", "999999", "-f", str(code / "main.sh")),
        (*submit, "-m", "999999"),
        ("submit", "job", "-n", "n", "-p", "/no/such/folder", "-c", "true"),
    ):
        assert ours.end(*words).returncode == 1, words
    for words in (("submit", "job"), (*submit, "-g", "3"), ("dataset", "add"), ("stop", "job")):
        assert ours.end(*words).returncode == 2, words
