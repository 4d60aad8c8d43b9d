from __future__ import annotations

import _thread
import builtins
import concurrent.futures
import json
import math
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import aistudio
from aistudio.local import Studio

RECORDS: list[Any] = [
    {"x": [1, 2.5, -3], "name": "价格 🏠 \U0010ffff \x00", "ok": True, "none": None},
    [],
    [[], {}, ""],
    (1, 2),
    0,
    2**63,
    -(2**63),
    1e-300,
]


@pytest.mark.parametrize("record", RECORDS)
def test_predict_returns_what_the_service_answers(
    client: aistudio.Client, echo: aistudio.Endpoint, record: Any
) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    assert predictor.predict(record) == {"got": json.loads(json.dumps(record))}


@pytest.mark.parametrize("record", ['{"a": "é"}', '{"a": "é"}'.encode()])
def test_predict_text_and_bytes_are_sent_as_json(
    client: aistudio.Client, echo: aistudio.Endpoint, record: str | bytes
) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    assert predictor.predict(record) == {"got": {"a": "é"}}


def test_predict_numbers_of_other_libraries_are_written_as_numbers(
    client: aistudio.Client, echo: aistudio.Endpoint
) -> None:
    np = pytest.importorskip("numpy")
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    answer = predictor.predict({"a": np.int64(7), "b": np.float32(0.5)})
    assert answer == {"got": {"a": 7, "b": 0.5}}


def test_predict_raw_returns_the_whole_answer(
    client: aistudio.Client, echo: aistudio.Endpoint
) -> None:
    answer = json.loads(client.predictor(echo.url, api_key=echo.api_key).predict_raw([1]))
    assert (answer["errorCode"], answer["result"]) == (0, {"got": [1]})
    assert answer["logId"]


def test_predict_with_the_shared_client_works(echo: aistudio.Endpoint) -> None:
    predictor = aistudio.predictor(echo.url, api_key=echo.api_key.reveal())
    assert predictor.url == echo.url
    assert predictor.predict({"a": 1}, timeout=20) == {"got": {"a": 1}}


def cyclic() -> list[Any]:
    out: list[Any] = []
    out.append(out)
    return out


@pytest.mark.parametrize(
    ("record", "kind", "message"),
    [
        ({"x": [0, math.nan]}, ValueError, "record.x[1]: JSON has no NaN"),
        ({"x": math.inf}, ValueError, "record.x: JSON has no NaN and no infinity"),
        ({"x": {"y": set()}}, TypeError, "record.x.y: expected what JSON has"),
        ({"x": b"raw"}, TypeError, "record.x: expected what JSON has"),
        ({1: 2}, TypeError, "record: a key: expected str, not int."),
        ({"x": "\ud800"}, ValueError, "record.x: the text has a lone surrogate"),
        (2**64, ValueError, "record: the whole number does not fit into 64 bits"),
        (cyclic(), ValueError, "contains itself"),
    ],
)
def test_predict_record_that_json_cannot_hold_names_the_place(
    client: aistudio.Client,
    echo: aistudio.Endpoint,
    record: Any,
    kind: type[Exception],
    message: str,
) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    with pytest.raises(kind) as raised:
        predictor.predict(record)
    assert message in str(raised.value)
    assert predictor.predict("1") == {"got": 1}


def test_predict_wrong_key_is_unauthorized(
    client: aistudio.Client, echo: aistudio.Endpoint
) -> None:
    with pytest.raises(aistudio.APIError) as raised:
        client.predictor(echo.url, api_key="canary-key-8f1c").predict({})
    error = raised.value
    assert (error.code, error.status, error.outcome) == ("unauthorized", 401, "done")
    assert error.attempts == 1
    assert error.log_id
    assert "canary" not in f"{error} {error!r} {vars(error)}"


def closed_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/x"


def test_predict_closed_port_is_not_sent(client: aistudio.Client) -> None:
    with pytest.raises(aistudio.TransportError) as raised:
        client.predictor(closed_address(), api_key="k").predict({})
    assert (raised.value.code, raised.value.outcome) == ("connect_failed", "not_sent")
    assert raised.value.phase == "connect"


def test_predict_function_that_raises_fails_with_its_text(
    client: aistudio.Client, studio: Studio
) -> None:
    def broken(record: Any) -> Any:
        raise KeyError("no such feature")

    endpoint = studio.serve("broken", broken)
    with pytest.raises(aistudio.APIError) as raised:
        client.predictor(endpoint.url, api_key=endpoint.api_key).predict({})
    assert "KeyError: 'no such feature'" in str(raised.value)
    assert raised.value.service_code == 422


def test_predict_function_whose_answer_json_cannot_hold_fails_with_the_place(
    client: aistudio.Client, studio: Studio
) -> None:
    endpoint = studio.serve("odd", lambda record: {"a": [set()]})
    with pytest.raises(aistudio.APIError, match=r"answer\.a\[0\]: expected what JSON has"):
        client.predictor(endpoint.url, api_key=endpoint.api_key).predict({})


def test_predict_timeout_is_also_the_built_in_one(client: aistudio.Client, studio: Studio) -> None:
    release = threading.Event()
    endpoint = studio.serve("slow", lambda record: release.wait(30))
    predictor = client.predictor(endpoint.url, api_key=endpoint.api_key)
    try:
        with pytest.raises(builtins.TimeoutError) as raised:
            predictor.predict({}, timeout=0.2)
        assert isinstance(raised.value, aistudio.TimeoutError)
        assert raised.value.code == "deadline_exceeded"
    finally:
        release.set()


@pytest.mark.parametrize("attempts", [1, 2])
def test_predict_is_sent_as_often_as_its_own_policy_says(
    client: aistudio.Client, attempts: int
) -> None:
    predictor = client.predictor(closed_address(), api_key="k")
    policy = aistudio.RetryPolicy(max_attempts=attempts, base_delay=0.001)
    with pytest.raises(aistudio.TransportError) as raised:
        predictor.predict({}, retry=policy)
    assert (raised.value.attempts, raised.value.outcome) == (attempts, "not_sent")
    with pytest.raises(TypeError, match="retry"):
        predictor.predict({}, retry=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("timeout", [0, -1, math.nan])
def test_predict_timeout_without_meaning_is_refused(
    client: aistudio.Client, echo: aistudio.Endpoint, timeout: float
) -> None:
    with pytest.raises(ValueError, match="timeout"):
        client.predictor(echo.url, api_key=echo.api_key).predict({}, timeout=timeout)


@pytest.fixture
def ctrl_c_raises() -> Iterator[None]:
    """A process started in the background ignores the signal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_raises")
def test_predict_interrupted_by_ctrl_c_returns_soon(
    client: aistudio.Client, studio: Studio
) -> None:
    release, entered = threading.Event(), threading.Event()

    def hang(record: Any) -> None:
        entered.set()
        release.wait(30)

    interrupted_at: list[float] = []

    def interrupt() -> None:
        entered.wait(30)
        interrupted_at.append(time.monotonic())
        _thread.interrupt_main()

    endpoint = studio.serve("hang", hang)
    predictor = client.predictor(endpoint.url, api_key=endpoint.api_key)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            predictor.predict({})
        assert time.monotonic() - interrupted_at[0] < 5
    finally:
        release.set()
        thread.join()


def test_predict_from_many_threads_gives_each_its_answer(
    client: aistudio.Client, echo: aistudio.Endpoint
) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(predictor.predict, ({"i": i} for i in range(200))))
    assert answers == [{"got": {"i": i}} for i in range(200)]


def test_predict_waiting_lets_other_threads_run(client: aistudio.Client, studio: Studio) -> None:
    done = threading.Event()
    endpoint = studio.serve("wait", lambda record: done.wait(30))
    # The answer needs this thread, and so does the call: both only work without the GIL.
    threading.Timer(0.05, done.set).start()
    assert client.predictor(endpoint.url, api_key=endpoint.api_key).predict({}) is True


def test_client_closed_refuses_calls(echo: aistudio.Endpoint) -> None:
    client = aistudio.Client()
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    client.close()
    client.close()
    with pytest.raises(aistudio.Error) as raised:
        predictor.predict({})
    assert raised.value.code == "client_closed"


def test_client_made_before_fork_refuses_calls_in_the_child(
    client: aistudio.Client, echo: aistudio.Endpoint
) -> None:
    predictor = client.predictor(echo.url, api_key=echo.api_key)
    child = os.fork()
    if child == 0:
        try:
            predictor.predict({})
        except aistudio.Error as error:
            os._exit(0 if error.code == "client_closed" else 2)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


def test_predictor_with_key_in_the_address_is_refused(client: aistudio.Client) -> None:
    with pytest.raises(aistudio.Error) as raised:
        client.predictor("http://127.0.0.1:1/x?apiKey=canary-key-8f1c", api_key="k")
    assert raised.value.code == "invalid_argument"
    assert "canary" not in str(raised.value)


def test_error_pickles_with_its_facts(client: aistudio.Client, echo: aistudio.Endpoint) -> None:
    with pytest.raises(aistudio.APIError) as raised:
        client.predictor(echo.url, api_key="wrong").predict({})
    copy = pickle.loads(pickle.dumps(raised.value))
    assert type(copy) is aistudio.AuthenticationError
    assert (str(copy), vars(copy)) == (str(raised.value), vars(raised.value))


def test_logger_gets_the_lines_of_the_levels_it_has(
    echo: aistudio.Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="aistudio")
    with aistudio.Client(timeout=20) as client:
        client.predictor(echo.url, api_key=echo.api_key).predict(1)
    (line,) = [r for r in caplog.records if r.name == "aistudio"]
    assert echo.url in line.getMessage()
    assert echo.api_key.reveal() not in line.getMessage()
    caplog.clear()
    caplog.set_level("WARNING", logger="aistudio")
    with aistudio.Client(timeout=20) as client:
        client.predictor(echo.url, api_key=echo.api_key).predict(1)
    assert not caplog.records


def test_logger_at_the_end_of_the_interpreter_does_no_harm(echo: aistudio.Endpoint) -> None:
    program = """
import logging, sys, threading, aistudio
logging.basicConfig(level="DEBUG", stream=open("/dev/null", "w"))
predictor = aistudio.predictor(sys.argv[1], api_key=sys.argv[2])
def calls():
    while True:
        predictor.predict(1)
for _ in range(4):
    threading.Thread(target=calls, daemon=True).start()
predictor.predict(1)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, echo.url, echo.api_key.reveal()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
