#!/usr/bin/env python3
"""Prediction calls of the Python package, measured as benchmarks/peers/python does.

    predict_load.py --site build/python/site --mode blocking|asyncio|many|array --url URL ...
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers/python"))
if "--site" in sys.argv:
    at = sys.argv.index("--site")
    sys.path.insert(0, sys.argv[at + 1])
    del sys.argv[at : at + 2]
mode = "blocking"
if "--mode" in sys.argv:
    at = sys.argv.index("--mode")
    mode = sys.argv[at + 1]
    del sys.argv[at : at + 2]

import aistudio
import load


def is_right(answer):
    return len(answer) == 1 and len(answer[0]) == 1 and isinstance(answer[0][0], float)


def options_of(opts):
    return {
        "pool": aistudio.PoolOptions(max_connections=opts.connections),
        "tls": aistudio.TlsOptions(ca_file=opts.ca_file),
        "proxy": aistudio.ProxyOptions(use_environment=False),
    }


def run_blocking(opts, meter):
    with aistudio.Client(**options_of(opts)) as client:
        predict = client.predictor(opts.url, api_key=opts.key).predict
        meter.begin()
        while meter.may_start():
            started = meter.now
            try:
                right, why = is_right(predict(load.HOUSE)), "not the answer expected"
            except aistudio.Error as failure:
                right, why = False, str(failure)
            meter.finished(started, right, why)


def run_asyncio(opts, meter):
    import asyncio

    async def work(predict):
        while meter.may_start():
            started = meter.now
            try:
                right, why = is_right(await predict(load.HOUSE)), "not the answer expected"
            except aistudio.Error as failure:
                right, why = False, str(failure)
            meter.finished(started, right, why)

    async def main():
        async with aistudio.AsyncClient(**options_of(opts)) as client:
            predict = client.predictor(opts.url, api_key=opts.key).predict
            meter.begin()
            await asyncio.gather(*(work(predict) for _ in range(opts.connections)))

    asyncio.run(main())


def run_many(opts, meter):
    def records():
        while meter.may_start():
            yield load.HOUSE

    with aistudio.Client(**options_of(opts)) as client:
        predictor = client.predictor(opts.url, api_key=opts.key)
        meter.begin()
        for answer in predictor.predict_many(records(), max_in_flight=opts.connections,
                                             adaptive=False, errors="return"):  # fmt: skip
            failed = isinstance(answer, Exception)
            meter.finished(meter.now, not failed and is_right(answer), answer)


def run_array(opts, meter):
    import numpy as np

    rows = 2000
    table = np.tile(np.array(list(load.HOUSE.values()), dtype=np.float64), (rows, 1))
    out = np.zeros((rows, 1, 1))
    with aistudio.Client(**options_of(opts)) as client:
        predictor = client.predictor(opts.url, api_key=opts.key)
        meter.begin()
        while meter.may_start():
            started = meter.now
            predictor.predict_array(table, columns=list(load.HOUSE), out=out,
                                    max_in_flight=opts.connections, adaptive=False)  # fmt: skip
            meter.in_flight += rows - 1
            for _ in range(rows):
                meter.finished(started, out[0, 0, 0] > 0)


def main():
    opts = load.options()
    meter = load.Meter(opts)
    {"blocking": run_blocking, "asyncio": run_asyncio, "many": run_many, "array": run_array}[mode](
        opts, meter
    )
    meter.print_line()


main()
