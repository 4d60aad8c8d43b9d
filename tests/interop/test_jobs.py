"""config, submit job, jobs, stop job, job ls, job cp."""

from __future__ import annotations

import pathlib

from conftest import BREAKS_MULTIPART, NAMES, Official, Studio, content, eventually, found


def submit(official: Official, folder: pathlib.Path, command: str, *more: str) -> str:
    words = ("submit", "job", "--name", "official", "--path", folder, "--cmd", command, *more)
    return found(r"(job-\d+)", official.run(*words))


def stage_of(official: Official, job: str) -> str:
    return found(rf"{job}\s*\|[^|]*\|\s*(\w+)", official.run("jobs", job))


def test_config_keeps_the_token(studio: Studio, official: Official) -> None:
    official.token_file.unlink()
    official.run("config", "--token", studio.token)
    assert official.token_file.read_text() == studio.token


def test_job_runs_and_its_output_comes_back(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    code = tmp_path / "code"
    (code / "data 数据").mkdir(parents=True)
    files = {name: content(1000 + i, i) for i, name in enumerate(NAMES)}
    for name, data in files.items():
        (code / "data 数据" / name).write_bytes(data)
    (code / "empty").touch()
    (code / "main.sh").write_text(
        'set -e\ncp -r "data 数据" "$AISTUDIO_OUTPUT_DIR/sub"\ncp empty "$AISTUDIO_OUTPUT_DIR"\n'
    )
    job = submit(official, code, "sh main.sh")
    assert studio.wait_for(job) == "Succeeded"
    assert stage_of(official, job) == "Succeeded"

    listed = official.run("job", job, "ls")
    assert "sub/" in listed and "empty" in listed
    below = official.run("job", job, "ls", "sub")
    for name in NAMES:
        assert name in below
    official.run_each(
        ["job", job, "cp", "empty", tmp_path],
        *(["job", job, "cp", f"sub/{name}", tmp_path / name] for name in NAMES),
    )
    for name, data in (files | {"empty": b""}).items():
        assert (tmp_path / name).read_bytes() == data, name
    told = official.run("job", job, "cp", "nothing", tmp_path / "nothing")
    # Of its error's text it shows the first 500 characters: paths of this machine, for the most part.
    assert "'error_code': 13003" in told and not (tmp_path / "nothing").exists(), told


def test_jobs_are_listed_and_stopped(official: Official, tmp_path: pathlib.Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "main.sh").write_text("sleep 600")
    job = submit(official, code, "sh main.sh", "--gpus", "4", "--payment", "coupon")
    assert job in official.run("jobs")
    assert job in official.run("jobs", "--name", "official")
    assert job not in official.run("jobs", "--name", "another")
    assert job not in official.run("jobs", "--status", "Succeeded")
    official.run("stop", "job", job, "--force")
    assert eventually(lambda: stage_of(official, job) == "Stopped", 30)


def test_stop_asks_first(studio: Studio, official: Official, tmp_path: pathlib.Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "main.sh").write_text("sleep 600")
    job = submit(official, code, "sh main.sh")
    assert "Do you want to continue?" in official.run("stop", "job", job, answer="\n")
    assert studio.stage_of(job) in ("Pending", "Running")
    official.run("stop", "job", job, answer="y\n")
    assert studio.wait_for(job) == "Stopped"


def test_failures_are_told_with_code_and_log_id(official: Official, tmp_path: pathlib.Path) -> None:
    told = official.run("stop", "job", "job-999999", "--force")
    assert "'biz_code': 404" in told and "log_id" in told
    told = official.run("job", "job-999999", "ls")
    assert "'biz_code': 404" in told
    official.run("config", "--token", "wrong")
    told = official.run("jobs")
    assert "'biz_code': 401" in told


def test_code_that_never_arrives_starts_nothing(
    studio: Studio, official: Official, tmp_path: pathlib.Path
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "large.bin").write_bytes(content(51 << 20))  # more than the official client sends
    told = official.run("submit", "job", "-n", "too large", "-p", code, "-c", "true")
    assert "job-" not in told.replace(str(tmp_path), "")
    rows = studio.call(
        "POST",
        "/paddlex/v3/pipelines/sdk/list",
        {"pipelineId": "", "pipelineName": "too large", "stage": ""},
    )
    assert rows == []


def test_versions_are_what_they_are_said_to_be(official: Official) -> None:
    told = official.python("import baidubce; print(baidubce.SDK_VERSION)")
    assert (b"0.9.64" in told.encode()) != BREAKS_MULTIPART
