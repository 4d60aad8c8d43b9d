"""predict_many and predict_array."""

from __future__ import annotations

import asyncio
import gc
import math
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import aistudio
from aistudio.local import Studio


def answer(record: Any) -> Any:
    if record == "bad":
        raise ValueError("bad record")
    return {"got": record}


@pytest.fixture
def predictor(client: aistudio.Client, studio: Studio) -> aistudio.Predictor:
    where = studio.serve("many", answer)
    return client.predictor(where.url, api_key=where.api_key)


@pytest.fixture
def adder(client: aistudio.Client, studio: Studio) -> aistudio.Predictor:
    def add(record: Any) -> Any:
        values = list(record.values()) if isinstance(record, dict) else record
        return [[sum(v for v in values if isinstance(v, int | float))]]

    where = studio.serve("add", add)
    return client.predictor(where.url, api_key=where.api_key)


def test_many_yields_answers_in_the_order_of_the_records(predictor: aistudio.Predictor) -> None:
    answers = list(predictor.predict_many(({"i": i} for i in range(500)), max_in_flight=8))
    assert answers == [{"got": {"i": i}} for i in range(500)]


def test_many_unordered_yields_each_record_once(predictor: aistudio.Predictor) -> None:
    answers = dict(predictor.predict_many(range(300), ordered=False))
    assert answers == {i: {"got": i} for i in range(300)}


def test_many_reads_records_when_they_can_be_sent(predictor: aistudio.Predictor) -> None:
    read = 0

    def endless() -> Iterator[int]:
        nonlocal read
        while True:
            read += 1
            yield read

    answers = predictor.predict_many(endless(), max_in_flight=2, window=10)
    for i in range(1, 100):
        assert next(answers) == {"got": i}
        assert read <= i + 10
    answers.close()  # type: ignore[attr-defined]


def test_many_failed_record_is_raised_with_its_index(predictor: aistudio.Predictor) -> None:
    answers = predictor.predict_many([0, "bad", 2])
    assert next(answers) == {"got": 0}
    with pytest.raises(aistudio.Error) as raised:
        next(answers)
    assert raised.value.index == 1
    assert next(answers) == {"got": 2}
    with pytest.raises(StopIteration):
        next(answers)


def test_many_failed_record_is_returned_where_asked(predictor: aistudio.Predictor) -> None:
    records = [0, "bad", math.nan, 3]
    zero, bad, nan, three = predictor.predict_many(records, errors="return")
    assert (zero, three) == ({"got": 0}, {"got": 3})
    assert isinstance(bad, aistudio.APIError)
    assert isinstance(nan, aistudio.Error)
    assert (nan.code, nan.index) == ("encode_failed", 2)


def test_many_generator_that_raises_ends_after_the_answers_before(
    predictor: aistudio.Predictor,
) -> None:
    def records() -> Iterator[int]:
        yield 1
        yield 2
        raise KeyError("mine")

    answers = predictor.predict_many(records())
    assert [next(answers), next(answers)] == [{"got": 1}, {"got": 2}]
    with pytest.raises(KeyError, match="mine"):
        next(answers)
    assert predictor.predict(3) == {"got": 3}


def test_many_left_early_ends_and_frees_its_source(predictor: aistudio.Predictor) -> None:
    class Source:
        def __iter__(self) -> Iterator[int]:
            return iter(range(10**9))

    source = Source()
    gone = weakref.ref(source)
    answers = predictor.predict_many(source)
    next(answers)
    del answers, source
    gc.collect()
    assert gone() is None


def test_many_closed_client_ends_it(client: aistudio.Client, studio: Studio) -> None:
    release = threading.Event()
    where = studio.serve("held", lambda record: release.wait(30))
    answers = client.predictor(where.url, api_key=where.api_key).predict_many(range(100))
    threading.Timer(0.1, client.close).start()
    try:
        with pytest.raises(aistudio.Error) as raised:
            list(answers)
        assert raised.value.code == "client_closed"
    finally:
        release.set()


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"errors": "ignore"}, ValueError, "predict_many: errors: expected 'raise' or 'return'."),
        ({"max_in_flight": "4"}, TypeError, "predict_many: max_in_flight: expected int, not str."),
        ({"speed": 4}, TypeError, "unexpected keyword argument: 'speed'"),
        ({"timeout": 0}, ValueError, "predict_many: timeout: expected seconds above 0"),
    ],
)
def test_many_wrong_options_are_named(
    predictor: aistudio.Predictor, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as raised:
        predictor.predict_many([1], **options)
    assert message in str(raised.value)


def test_many_for_asyncio(studio: Studio) -> None:
    where = studio.serve("many", answer)

    async def slowly() -> AsyncIterator[int]:
        for i in range(50):
            if i % 10 == 0:
                await asyncio.sleep(0)
            yield i

    async def main() -> None:
        async with aistudio.AsyncClient(timeout=20) as client:
            predictor = client.predictor(where.url, api_key=where.api_key)
            expected = [{"got": i} for i in range(50)]
            assert [a async for a in predictor.predict_many(range(50))] == expected
            assert [a async for a in predictor.predict_many(slowly())] == expected
            unordered = {i: a async for i, a in predictor.predict_many(slowly(), ordered=False)}
            assert [unordered[i] for i in range(50)] == expected
            with pytest.raises(aistudio.Error) as raised:
                async for _ in predictor.predict_many([1, "bad", 3]):
                    pass
            assert raised.value.index == 1
            kinds = [type(a) async for a in predictor.predict_many(["bad"], errors="return")]
            assert issubclass(kinds[0], aistudio.Error)
            async for first in predictor.predict_many(range(10**9)):
                assert first == {"got": 0}
                break

    asyncio.run(main())


def test_many_tells_how_far_it_is(
    predictor: aistudio.Predictor, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[tuple[int, int | None]] = []
    list(predictor.predict_many([1] * 50, progress=lambda *far: seen.append(far)))
    list(predictor.predict_many((i for i in range(5)), progress=lambda *far: seen.append(far)))
    assert (50, 50) in seen
    assert (5, None) in seen
    list(predictor.predict_many([1, 2], progress=True))
    with pytest.raises(TypeError, match="progress: expected a function, or True"):
        predictor.predict_many([1], progress=3)  # type: ignore[arg-type]


# --- tables

np = pytest.importorskip("numpy")


def test_async_many_tells_how_far_it_is(predictor: aistudio.Predictor, studio: Studio) -> None:
    seen: list[Any] = []

    def broken(done: int, total: int | None) -> None:
        raise KeyError("mine")

    async def main() -> None:
        where = studio.serve("told", answer)
        async with aistudio.AsyncClient(timeout=20) as client:
            service = client.predictor(where.url, api_key=where.api_key)
            got = [
                a async for a in service.predict_many([1] * 50, progress=lambda *f: seen.append(f))
            ]
            assert len(got) == 50
            assert seen[-1] == (50, 50)
            assert seen == sorted(seen)

            async def records() -> AsyncIterator[int]:
                for i in range(5):
                    yield i

            async for _ in service.predict_many(records(), progress=lambda *f: seen.append(f)):
                pass
            assert seen[-1] == (5, None)
            async for _ in service.predict_many([1, 2], progress=True):
                pass
            with pytest.raises(KeyError, match="mine"):
                async for _ in service.predict_many([1, 2], progress=broken):
                    pass

    asyncio.run(main())


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "i4", "i2", "i1", "u1", "u2", "u4", "u8", "?"])
def test_array_rows_become_records(adder: aistudio.Predictor, dtype: str) -> None:
    table = np.arange(12).reshape(4, 3).astype(dtype)
    expected = [[[float(row.sum())]] for row in table.astype("f8")]
    assert adder.predict_array(table) == expected
    assert adder.predict_array(table, columns=["a", "b", "c"]) == expected


def test_array_with_strides_is_read_where_it_is(adder: aistudio.Predictor) -> None:
    table = np.arange(60, dtype="f8").reshape(6, 10)[::-2, 1::3]
    assert adder.predict_array(table) == [[[float(row.sum())]] for row in table]
    assert adder.predict_array(np.asfortranarray(table)) == adder.predict_array(table)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "i4", "u1"])
def test_array_answers_fill_out(adder: aistudio.Predictor, dtype: str) -> None:
    table = np.arange(30, dtype="i4").reshape(10, 3)
    out = np.zeros((10, 1, 1), dtype)
    assert adder.predict_array(table, out=out) is out
    assert out.ravel().tolist() == table.sum(axis=1).tolist()


def test_array_with_nan_names_the_row(adder: aistudio.Predictor) -> None:
    table = np.ones((3, 2))
    table[1, 1] = math.nan
    with pytest.raises(aistudio.Error, match="row 1: JSON has no NaN") as raised:
        adder.predict_array(table)
    assert raised.value.index == 1
    out = np.zeros(3)
    adder.predict_array(table, out=out, errors="return")
    assert out[0] == out[2] == 2
    assert math.isnan(out[1])
    failed = adder.predict_array(table, errors="return")[1]
    assert isinstance(failed, aistudio.Error)


@pytest.mark.parametrize(
    ("table", "options", "kind", "message"),
    [
        (np.ones((2, 2), ">f8"), {}, TypeError, "format '>d' cannot be written"),
        (np.ones(3), {}, ValueError, "expected an array of two dimensions or more"),
        (np.ones((2, 2)), {"columns": ["a"]}, ValueError, "1 names in columns, but 2 columns"),
        (np.ones((2, 2)), {"columns": "ab"}, TypeError, "columns: expected a sequence of str"),
        (np.ones((2, 2)), {"out": np.ones(3)}, ValueError, "out: expected 2 rows"),
        (np.ones((2, 2)), {"out": np.ones(2, "c16")}, TypeError, "out: expected float64"),
        (np.ones((2, 2)), {"out": [0, 0]}, TypeError, "out: expected an array"),
        ([[1, 2]], {}, TypeError, "expected an array"),
    ],
)
def test_array_that_cannot_be_used_is_refused(
    adder: aistudio.Predictor,
    table: Any,
    options: dict[str, Any],
    kind: type[Exception],
    message: str,
) -> None:
    with pytest.raises(kind) as raised:
        adder.predict_array(table, **options)
    assert message in str(raised.value)
    assert adder.predict([1]) == [[1]]


def test_array_out_of_another_shape_is_refused_by_the_answer(adder: aistudio.Predictor) -> None:
    for columns in (2, 3):
        with pytest.raises(aistudio.Error, match="not as many numbers as a row of `out`"):
            adder.predict_array(np.ones((2, 2)), out=np.zeros((2, columns)))


def test_array_tells_how_far_it_is(adder: aistudio.Predictor) -> None:
    seen: list[tuple[int, int | None]] = []
    adder.predict_array(np.ones((20, 2)), progress=lambda *far: seen.append(far))
    assert seen[-1] == (20, 20)

    def broken(*far: object) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        adder.predict_array(np.ones((20, 2)), progress=broken)


def test_array_without_rows_has_no_answers(adder: aistudio.Predictor) -> None:
    assert adder.predict_array(np.ones((0, 2))) == []
    assert adder.predict_array(np.ones((0, 2)), out=np.ones(0)).shape == (0,)


def test_arrow_table_becomes_records(predictor: aistudio.Predictor) -> None:
    pa = pytest.importorskip("pyarrow")
    batch = pa.record_batch(
        {
            "f": pa.array([1.5, None, 3.0]),
            "i": pa.array([1, 2, 3], pa.int16()),
            "b": pa.array([True, False, None]),
            "s": pa.array(["é", None, "🏠"]),
            "l": pa.array(["x", "y", "z"], pa.large_string()),
        }
    )
    expected = [{"got": row} for row in batch.to_pylist()]
    assert predictor.predict_array(batch) == expected
    table = pa.Table.from_batches([batch, batch.slice(1)])
    assert predictor.predict_array(table) == expected + expected[1:]
    renamed = predictor.predict_array(batch.select(["i"]), columns=["x"])
    assert renamed == [{"got": {"x": i}} for i in (1, 2, 3)]
    with pytest.raises(TypeError, match="column 't' has Arrow's type"):
        predictor.predict_array(pa.record_batch({"t": pa.array([[1]])}))
