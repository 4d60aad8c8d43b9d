"""Loops and servers that others wrote, with our client inside."""

from __future__ import annotations

import asyncio
import http.client
import importlib.util
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import pytest

import aistudio
from aistudio.local import Studio

pytestmark = pytest.mark.long

WORKER = """
import json, os, aistudio

# Before the fork, as with gunicorn's preload_app.
predictor = aistudio.predictor(os.environ["URL"], api_key=os.environ["KEY"])
assert predictor.predict(0) == {"got": 0}

def application(environ, start_response):
    fresh = aistudio.predictor(os.environ["URL"], api_key=os.environ["KEY"])
    try:
        predictor.predict(1)
        inherited = "answered"
    except aistudio.Error as error:
        inherited = error.code
    text = json.dumps({"pid": os.getpid(), "inherited": inherited, "got": fresh.predict(2)})
    start_response("200 OK", [("Content-Type", "application/json")])
    return [text.encode()]
"""


def test_uvloop_serves_calls(echo: aistudio.Endpoint) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> None:
        async with aistudio.AsyncClient(timeout=20) as client:
            predictor = client.predictor(echo.url, api_key=echo.api_key)
            answers = await asyncio.gather(*(predictor.predict(i) for i in range(200)))
            assert answers == [{"got": i} for i in range(200)]
            assert [a async for a in predictor.predict_many(range(50))] == answers[:50]

    for _ in range(3):
        uvloop.run(main())


def test_gunicorn_that_loads_before_the_fork_serves(
    echo: aistudio.Endpoint, tmp_path: pathlib.Path
) -> None:
    if importlib.util.find_spec("gunicorn") is None:
        pytest.skip("gunicorn is not installed")
    (tmp_path / "worker.py").write_text(WORKER)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--preload", "--workers", "3", "--no-control-socket"]
        + ["--bind", f"127.0.0.1:{port}", "--log-level", "error", "worker:application"],
        cwd=tmp_path,
        env=os.environ | {"URL": echo.url, "KEY": echo.api_key.reveal()},
    )
    try:
        seen: dict[int, dict[str, object]] = {}
        deadline = time.monotonic() + 60
        while len(seen) < 2 and time.monotonic() < deadline:
            assert process.poll() is None
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request("GET", "/")
                answer = json.loads(connection.getresponse().read())
            except ConnectionRefusedError:
                time.sleep(0.05)
                continue
            finally:
                connection.close()
            seen[answer["pid"]] = answer
        assert len(seen) >= 2
        for answer in seen.values():
            assert answer["got"] == {"got": 2}
            assert answer["inherited"] == "client_closed"
    finally:
        process.terminate()
        assert process.wait(30) == 0


BOTH = """
import os, sys
import aistudio
from aistudio_sdk import config
from aistudio_sdk.requests import dataset, pipeline

url, token, folder = sys.argv[1:]
config.STUDIO_MODEL_API_URL_PREFIX_DEFAULT = url
client = aistudio.Client(base_url=url, access_token=token)
job = client.jobs.submit(name="ours", folder=folder, command="true")
theirs = pipeline.query(token, "", "", "")
assert [p["pipelineId"] for p in theirs["result"]] == [job.id], theirs
made = dataset.create_dataset(token, "theirs", [])
print([(d.id, d.name) for d in client.datasets.list()] == [(made, "theirs")])
"""


def test_official_client_works_in_the_same_process(
    aistudio_studio: Studio, tmp_path: pathlib.Path
) -> None:
    if importlib.util.find_spec("aistudio_sdk") is None:
        pytest.skip("aistudio_sdk is not installed")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "main.py").write_text("")
    token = aistudio_studio.access_token.reveal()
    done = subprocess.run(
        [sys.executable, "-c", BOTH, aistudio_studio.base_url, token, str(tmp_path / "code")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"HOME": str(tmp_path), "NO_PROXY": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "True"


def test_pyright_finds_the_package_complete(tmp_path: pathlib.Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    installed = pathlib.Path(aistudio.__file__).parents[1]
    subprocess.run(
        ["npm", "install", "--silent", "--prefix", str(tmp_path), "pyright@1.1.414"],
        check=True,
        capture_output=True,
        timeout=300,
    )
    pyright = tmp_path / "node_modules" / ".bin" / "pyright"
    examples = pathlib.Path(__file__).resolve().parents[3] / "examples" / "python"
    (tmp_path / "project").mkdir()
    for file in examples.glob("*.py"):
        shutil.copy(file, tmp_path / "project")
    (tmp_path / "project" / "pyrightconfig.json").write_text(
        json.dumps({"typeCheckingMode": "strict", "extraPaths": [str(installed)]})
    )
    for words in (
        ["--verifytypes", "aistudio", "--ignoreexternal", "--pythonpath", sys.executable],
        ["--project", str(tmp_path / "project"), "--pythonpath", sys.executable],
    ):
        done = subprocess.run(
            [str(pyright), *words],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            cwd=installed,
        )
        assert done.returncode == 0, done.stdout + done.stderr
