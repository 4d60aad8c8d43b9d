"""Calls to servers that others wrote, each started on loopback."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

import aistudio

HERE = pathlib.Path(__file__).parent
SERVERS = ["nginx", "http_server", "uvicorn", "hypercorn", "gunicorn", "tornado", "aiohttp"]

PATH = os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin"  # where nginx is
NGINX = shutil.which("nginx", path=PATH)

pytestmark = pytest.mark.long


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-keyout", "key.pem", "-out", "ca.pem", "-days", "2"]
        + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return str(folder / "ca.pem"), str(folder / "key.pem")


@pytest.fixture(scope="module", params=[(s, t) for s in SERVERS for t in ("http", "https")])
def server(
    request: pytest.FixtureRequest, certificate: tuple[str, str]
) -> Iterator[tuple[str, aistudio.Client]]:
    name, scheme = request.param
    if name == "nginx" and NGINX is None:
        pytest.skip("nginx is not installed")
    if name not in ("nginx", "http_server") and importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, str(HERE / "servers" / "serve.py"), name, str(port)]
    process = subprocess.Popen(
        [*words, *(certificate if scheme == "https" else ())],
        env=os.environ | {"PATH": PATH},
    )
    try:
        wait_until_it_accepts(port, process)
        tls = aistudio.TlsOptions(ca_file=certificate[0])
        with aistudio.Client(timeout=30, tls=tls) as client:
            yield f"{scheme}://127.0.0.1:{port}/serving", client
    finally:
        process.terminate()
        process.wait(30)


def wait_until_it_accepts(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server did not start"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server does not accept connections")


@pytest.mark.parametrize("path", ["", "/chunked", "/close"])
def test_calls_are_answered(server: tuple[str, aistudio.Client], path: str) -> None:
    url, client = server
    predictor = client.predictor(url + path, api_key="k")
    for i in range(20):
        assert predictor.predict({"i": i, "text": "价格 🏠"}) == {
            "got": {"i": i, "text": "价格 🏠"}
        }
    answers = predictor.predict_many(range(200), max_in_flight=8)
    assert list(answers) == [{"got": i} for i in range(200)]


def test_large_records_and_answers_arrive(server: tuple[str, aistudio.Client]) -> None:
    url, client = server
    numbers = list(range(150_000))
    assert client.predictor(url, api_key="k").predict(numbers) == {"got": numbers}


def test_service_that_is_busy_is_tried_again_and_then_told(
    server: tuple[str, aistudio.Client],
) -> None:
    url, client = server
    with pytest.raises(aistudio.RateLimitError) as raised:
        client.predictor(url + "/busy", api_key="k").predict(1, timeout=20)
    assert (raised.value.status, raised.value.service_code) == (503, 10010)
    assert raised.value.attempts > 1


def test_asyncio_calls_are_answered(server: tuple[str, aistudio.Client]) -> None:
    url, client = server

    async def main() -> None:
        async with aistudio.AsyncClient(**client.__getstate__()) as twin:
            predict = twin.predictor(url, api_key="k").predict
            answers = await asyncio.gather(*(predict(i) for i in range(100)))
            assert answers == [{"got": i} for i in range(100)]

    asyncio.run(main())


def name_of(request: pytest.FixtureRequest) -> str:
    return str(request.node.callspec.params["server"][0])


def test_what_comes_before_the_answer_is_skipped(
    server: tuple[str, aistudio.Client], request: pytest.FixtureRequest
) -> None:
    if name_of(request) not in ("http_server", "tornado"):
        pytest.skip("it sends nothing before an answer that was not asked for")
    url, client = server
    predictor = client.predictor(url + "/early", api_key="k")
    assert [predictor.predict(i) for i in range(10)] == [{"got": i} for i in range(10)]
    answers = predictor.predict_many(range(100), max_in_flight=8)
    assert list(answers) == [{"got": i} for i in range(100)]


def test_answer_compressed_unasked_is_told_and_the_next_is_read(
    server: tuple[str, aistudio.Client], request: pytest.FixtureRequest
) -> None:
    if name_of(request) not in ("http_server", "nginx"):
        pytest.skip("it compresses nothing that was not asked for")
    url, client = server
    with pytest.raises(aistudio.APIError) as raised:
        client.predictor(url + "/gzip", api_key="k").predict(1)
    assert (raised.value.code, raised.value.outcome) == ("decode_failed", "done")
    assert client.predictor(url, api_key="k").predict(1) == {"got": 1}
