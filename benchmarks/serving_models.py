"""Saves the networks of examples/housing and examples/digits, untrained, and measures what a predictor loop costs.

    serving_models.py save FOLDER             FOLDER/housing and FOLDER/digits, each with record.json, a call's body
    serving_models.py loop FOLDER/housing     calls a second of Paddle's predictor, set as the studio's worker, at batch 1

Runs with an interpreter that has PaddlePaddle. What a network computes does not depend on what it was taught.
"""

import importlib.util
import json
import os
import pathlib
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import paddle

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"


def example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / name / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def save(folder):
    random = np.random.default_rng(1)
    rows = random.normal(size=(64, 13)).astype("float32")
    networks = {
        "housing": (example("housing").HousePrices(rows, rows[:, :1]), "x", rows[:1]),
        "digits": (example("digits").Reader(example("digits").Digits()), "image",
                   random.integers(0, 256, (1, 784)).astype("float32")),
    }  # fmt: skip
    for name, (network, field, record) in networks.items():
        target = pathlib.Path(folder) / name
        target.mkdir(parents=True, exist_ok=True)
        network.eval()
        spec = paddle.static.InputSpec([None, record.shape[1]], "float32", field)
        paddle.jit.save(network, str(target / "model"), input_spec=[spec])
        values = np.round(record.astype("float64"), 6).tolist()
        (target / "record.json").write_text(json.dumps({field: values}, separators=(",", ":")))


def loop(folder, seconds=2.0):
    sys.path.append(str(EXAMPLES.parent / "src" / "local" / "serving" / "worker"))
    from aistudio_worker import paddle_model

    folder = pathlib.Path(folder)
    graph = str(folder / "model.json")
    predictor = paddle_model.load(graph, paddle_model.has_convolutions(graph))
    record = next(iter(json.loads((folder / "record.json").read_text()).values()))
    array = np.asarray(record, "float32")
    source = predictor.get_input_handle(predictor.get_input_names()[0])
    target = predictor.get_output_handle(predictor.get_output_names()[0])

    def call():
        source.copy_from_cpu(array)
        predictor.run()
        return target.copy_to_cpu()

    for _ in range(500):
        call()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(50):
            call()
        count += 50
    print(json.dumps({"calls_per_second": count / (time.perf_counter() - start)}))


if __name__ == "__main__":
    {"save": save, "loop": loop}[sys.argv[1]](sys.argv[2])
