"""Threads, forks, new interpreters, the interpreter's end, Ctrl-C, the command."""

from __future__ import annotations

import importlib.metadata
import json
import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

import aistudio
import aistudio.__main__
from aistudio.local import Studio


def run(program: str, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,
    )


def in_child(work: Any) -> int:
    """The exit status of a forked child that does the work."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def ask(url: str, key: str, i: int) -> Any:
    return aistudio.predictor(url, api_key=key).predict(i)


def ask_with(predictor: aistudio.Predictor, i: int) -> Any:
    return predictor.predict(i)


@pytest.fixture
def released() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def held(studio: Studio, released: threading.Event) -> aistudio.Endpoint:
    """A service that does not answer before the end of the test."""
    return studio.serve("held", lambda record: released.wait(30))


def test_shared_client_works_in_a_forked_child(echo: aistudio.Endpoint) -> None:
    ask(echo.url, echo.api_key.reveal(), 1)
    assert in_child(lambda: ask(echo.url, echo.api_key.reveal(), 2) == {"got": 2}) == 0
    assert ask(echo.url, echo.api_key.reveal(), 3) == {"got": 3}


def test_fork_with_calls_in_flight_leaves_both_usable(
    client: aistudio.Client, echo: aistudio.Endpoint, held: aistudio.Endpoint
) -> None:
    predictor = client.predictor(held.url, api_key=held.api_key)
    waiting = [threading.Thread(target=lambda: pytest.raises(aistudio.Error, predictor.predict, 1))]
    for thread in waiting:
        thread.start()

    def in_the_child() -> bool:
        try:
            predictor.predict(1)
        except aistudio.Error as error:
            refused = error.code == "client_closed"
        with aistudio.Client(timeout=20) as own:
            return refused and own.predictor(echo.url, api_key=echo.api_key).predict(1) == {
                "got": 1
            }

    assert in_child(in_the_child) == 0
    assert client.predictor(echo.url, api_key=echo.api_key).predict(2) == {"got": 2}
    client.close()
    for thread in waiting:
        thread.join(20)
        assert not thread.is_alive()


def test_child_that_only_inherited_clients_ends(
    client: aistudio.Client, echo: aistudio.Endpoint
) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    answers = predictor.predict_many(range(100))
    next(answers)
    child = os.fork()
    if child == 0:
        del predictor, answers
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert len(list(answers)) == 99


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_process_pool_calls(echo: aistudio.Endpoint, method: str) -> None:
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        calls = [pool.submit(ask, echo.url, echo.api_key.reveal(), i) for i in range(6)]
        assert [call.result(30) for call in calls] == [{"got": i} for i in range(6)]


def test_predictor_goes_to_another_process_as_its_configuration(
    client: aistudio.Client, echo: aistudio.Endpoint
) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(ask_with, predictor, 5).result(30) == {"got": 5}


def test_threads_make_use_and_close_clients_at_once(echo: aistudio.Endpoint) -> None:
    def work(i: int) -> Any:
        with aistudio.Client(timeout=20) as client:
            return client.predictor(echo.url, api_key=echo.api_key).predict(i)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(40))) == [{"got": i} for i in range(40)]


def test_interpreter_ends_with_calls_in_flight(held: aistudio.Endpoint) -> None:
    program = """
import asyncio, sys, threading, aistudio
url, key = sys.argv[1:]
predictor = aistudio.Client().predictor(url, api_key=key)
threading.Thread(target=lambda: predictor.predict(1), daemon=True).start()
answers = predictor.predict_many(range(100))
threading.Thread(target=lambda: next(answers), daemon=True).start()
loop = asyncio.new_event_loop()
client = aistudio.AsyncClient()
async def begin():
    asyncio.ensure_future(client.predictor(url, api_key=key).predict(1))
    await asyncio.sleep(0.1)
loop.run_until_complete(begin())
print("end")
"""
    done = run(program, held.url, held.api_key.reveal())
    assert (done.stdout, done.returncode) == ("end\n", 0)


def test_loop_that_died_takes_its_calls_with_it(
    echo: aistudio.Endpoint, held: aistudio.Endpoint, released: threading.Event
) -> None:
    program = """
import asyncio, sys, gc, aistudio
held, echo, key, echo_key = sys.argv[1:]
client = aistudio.AsyncClient(timeout=20)
async def leave():
    asyncio.ensure_future(client.predictor(held, api_key=key).predict(1))
    await asyncio.sleep(0.05)
loop = asyncio.new_event_loop()
loop.run_until_complete(leave())
loop.close()
del loop
client.close()
async def ask():
    async with aistudio.AsyncClient(timeout=20) as other:
        print(await other.predictor(echo, api_key=echo_key).predict(1))
asyncio.run(ask())
gc.collect()
"""
    done = run(program, held.url, echo.url, held.api_key.reveal(), echo.api_key.reveal())
    assert (done.stdout, done.returncode) == ("{'got': 1}\n", 0), done.stderr


@pytest.mark.parametrize(
    "call",
    [
        "predictor.predict(1)",
        "list(predictor.predict_many(range(100)))",
        "predictor.predict_array(memoryview(bytearray(8)).cast('B', (4, 2)))",
        "asyncio.run(go())",
    ],
)
def test_ctrl_c_returns_within_100_ms(held: aistudio.Endpoint, call: str) -> None:
    program = f"""
import asyncio, os, signal, sys, threading, time, aistudio
signal.signal(signal.SIGINT, signal.default_int_handler)
url, key = sys.argv[1:]
predictor = aistudio.Client().predictor(url, api_key=key)
async def go():
    async with aistudio.AsyncClient() as client:
        await client.predictor(url, api_key=key).predict(1)
def interrupt():
    global at
    at = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(0.5, interrupt).start()
try:
    {call}
except KeyboardInterrupt:
    print(time.monotonic() - at)
"""
    done = run(program, held.url, held.api_key.reveal())
    # 100 ms are promised; a busy machine may add to them.
    assert float(done.stdout) < 0.4, done.stderr


def command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aistudio", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | environment,
    )


def test_command_is_in_the_package() -> None:
    assert aistudio.__version__ in command("--version").stdout
    assert command("nonsense").returncode == 2
    (entry,) = importlib.metadata.distribution("aistudio").entry_points.select(
        group="console_scripts"
    )
    assert (entry.name, entry.load()) == ("aistudio", aistudio.__main__.main)


def test_command_calls_a_service(echo: aistudio.Endpoint) -> None:
    done = command("predict", echo.url, '{"a": 1}', AISTUDIO_API_KEY=echo.api_key.reveal())
    assert json.loads(done.stdout) == {"got": {"a": 1}}
    assert done.returncode == 0


# `python -m aistudio` where Ctrl-C is not ignored: programs in the background inherit that it is.
FOREGROUND = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("aistudio", run_name="__main__", alter_sys=True)
"""


def test_command_runs_a_studio_until_ctrl_c(tmp_path: pathlib.Path) -> None:
    words = ["local", "up", "--dir", str(tmp_path), "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-c", FOREGROUND, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout
            first = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=30)[0]
        finally:
            process.kill()
    assert "127.0.0.1" in first + rest
    assert process.returncode in (0, 130), first + rest


def test_command_detached_studio_outlives_it(tmp_path: pathlib.Path) -> None:
    folder = ("--dir", str(tmp_path))
    assert command("local", "up", "--detach", "--port", "0", *folder).returncode == 0
    try:
        assert command("local", "status", *folder).returncode == 0
    finally:
        assert command("local", "down", *folder).returncode == 0
    assert command("local", "status", *folder).returncode == 1


def test_fixture_is_found_by_pytest(aistudio_studio: Studio) -> None:
    assert aistudio_studio.base_url.startswith("http://127.0.0.1:")
