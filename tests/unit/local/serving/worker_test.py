"""The worker of src/local/serving/worker without a process: what a batch of calls comes to, call by call."""

import json
import pathlib
import sys
import unittest
from unittest import mock

try:
    import numpy as np
except ImportError:
    raise unittest.SkipTest(f"{sys.executable} has no NumPy, which the worker's models need") from None

ROOT = pathlib.Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "src/local/serving/worker"))

from aistudio_worker import calls, frames, tensor_model

SETTINGS = {"main_program": "", "inputs": [], "outputs": [], "converter": ""}


class Model(tensor_model.TensorModel):
    """Inputs as `name: (shape, dtype)`; `compute` takes their arrays and gives those of the outputs."""

    def __init__(self, settings, inputs, outputs, compute):
        self.compute = compute
        self.runs = []  # the shapes of the first input
        super().__init__(settings, [tensor_model.Input(name, *kind) for name, kind in inputs.items()], outputs)

    def _predict(self, arrays):
        self.runs.append(arrays[0].shape)
        return self.compute(*arrays)


def service(inputs, outputs, compute, settings=None):
    with mock.patch.object(calls, "_load_model", lambda given: Model(given, inputs, outputs, compute)):
        return calls.Service(SETTINGS | (settings or {}))


def pair(settings=None):
    """Two inputs and two outputs, row by row."""
    return service({"a": ([-1, 3], "float32"), "b": ([-1, 1], "int64")}, ["twice", "total"],
                   lambda a, b: [a * 2, a.sum(axis=1, keepdims=True) + b], settings)


def body(fields):
    return fields.encode() if isinstance(fields, str) else json.dumps(fields).encode()


def ask(served, *fields):
    """The answers, results as Python values."""
    return [(code, json.loads(text) if code == 0 else text.decode())
            for code, text in served.answer([body(item) for item in fields])]


GOOD = {"a": [[1, 2, 3]], "b": [[4]]}
GOOD_ANSWER = (0, {"twice": [[2, 4, 6]], "total": [[10]]})


class Batch(unittest.TestCase):
    def test_calls_go_through_the_model_together_and_get_their_own_rows(self):
        served = pair()
        answers = ask(served, GOOD, {"a": [[0, 0, 1], [0, 0, 2]], "b": [[1], [2]]}, {"a": [[0.5, 0, 0]], "b": [[7]]})
        self.assertEqual(served.model.runs, [(4, 3)])
        self.assertEqual(answers, [GOOD_ANSWER, (0, {"twice": [[0, 0, 2], [0, 0, 4]], "total": [[2], [4]]}),
                                   (0, {"twice": [[1, 0, 0]], "total": [[7.5]]})])

    def test_no_calls_are_answered_by_nothing(self):
        self.assertEqual(pair().answer([]), [])

    def test_bad_call_fails_as_it_does_alone_and_spoils_no_neighbour(self):
        deep = '{"a":' + "[" * 100_000
        bad = {
            "nothing": ("", 10004, "The body is not JSON: Expecting value: line 1 column 1 (char 0)."),
            "no object": ("[1]", 10004, "The body must be a JSON object"),
            "a body and a half": ('{"a":1}{', 10004, "The body is not JSON: Extra data: line 1 column 8 (char 7)."),
            "half a body": ('{"a":1', 10004, "delimiter: line 1 column 7"),
            "what follows white space": (' {"a":1} x', 10004, "Extra data: line 1 column 10 (char 9)"),
            "no UTF-8": (b"\xff", 10004, "The body is not JSON: 'utf-8' codec"),
            "NaN": ('{"a":[[1,2,NaN]],"b":[[4]]}', 10004, "NaN is not JSON"),
            "depth": (deep, 10004, "nested too deeply"),
            "nothing in it": ({}, 10003, "The field `a` is missing; the model's inputs are `a`, `b`."),
            "one field": ({"a": [[1, 2, 3]]}, 10003, "The field `b` is missing"),
            "short row": ({"a": [[1, 2]], "b": [[4]]}, 10004, "`a` has the shape [1, 2], the model takes [-1, 3]."),
            "flat row": ({"a": [1, 2, 3], "b": [[4]]}, 10004, "`a` has the shape [3]"),
            "no row": ({"a": [], "b": [[4]]}, 10004, "`a` has the shape [0]"),
            "empty row": ({"a": [[]], "b": [[4]]}, 10004, "`a` has the shape [1, 0]"),
            "torn rows": ({"a": [[1, 2, 3], [1]], "b": [[4]]}, 10004, "must hold numbers, in arrays of equal length."),
            "null": ({"a": [[1, 2, None]], "b": [[4]]}, 10004, "`a` must hold numbers"),
            "text": ({"a": [[1, 2, "3"]], "b": [[4]]}, 10004, "`a` must hold numbers"),
            "bare text": ({"a": "123", "b": [[4]]}, 10004, "`a` must hold numbers"),
            "a bare number": ({"a": 5, "b": [[4]]}, 10004, "`a` has the shape [], the model takes [-1, 3]."),
            "an object": ({"a": {"1": 2}, "b": [[4]]}, 10004, "`a` must hold numbers"),
            "an empty object": ({"a": {}, "b": [[4]]}, 10004, "`a` must hold numbers"),
            "infinity": ('{"a":[[1,2,1e400]],"b":[[4]]}', 10004, "`a` holds a number that float32 cannot."),
            "a large number": ({"a": [[1, 2, 1e39]], "b": [[4]]}, 10004, "`a` holds a number that float32 cannot."),
            "a fraction": ({"a": [[1, 2, 3]], "b": [[4.5]]}, 10004, "`b` holds a number that int64 cannot."),
            "a huge whole number": ({"a": [[1, 2, 3]], "b": [[2**70]]}, 10004, "`b` must hold numbers"),
            "two faults": ({"a": [[1, 2]], "b": "x"}, 10004, "`a` has the shape"),
        }
        for name, (wrong, code, says) in bad.items():
            with self.subTest(name):
                served = pair()
                wrong = wrong if isinstance(wrong, bytes) else body(wrong)
                answers = served.answer([body(GOOD), wrong, body(GOOD)])
                self.assertEqual(answers[1:2], served.answer([wrong]))
                self.assertEqual(answers[1][0], code)
                self.assertIn(says, answers[1][1].decode())
                self.assertEqual(ask(served, GOOD)[0], GOOD_ANSWER)
                self.assertEqual([answers[0], answers[2]], served.answer([body(GOOD)]) * 2)
                self.assertEqual(served.model.runs[0], (2, 3))

    def test_rows_of_different_shapes_go_in_groups(self):
        served = service({"x": ([-1, -1], "float32")}, ["sum"], lambda x: [x.sum(axis=1)])
        answers = ask(served, {"x": [[1, 2]]}, {"x": [[1, 2, 3]]}, {"x": [[5, 6], [7, 8]]}, {"x": [[1, 1, 1]]})
        self.assertEqual([answer["sum"] for _, answer in answers], [[3], [6], [11, 15], [3]])
        self.assertEqual(sorted(served.model.runs), [(2, 3), (3, 2)])

    def test_call_whose_inputs_differ_in_rows_runs_alone(self):
        served = service({"a": ([-1], "float32"), "b": ([-1], "float32")}, ["y"], lambda a, b: [a + b])
        answers = ask(served, {"a": [1], "b": [2]}, {"a": [1, 2], "b": [3]}, {"a": [4], "b": [5]})
        self.assertEqual([answer["y"] for _, answer in answers], [[3], [4, 5], [9]])
        self.assertEqual(served.model.runs, [(2,), (2,)])

    def test_call_without_rows_is_answered_with_none(self):
        served = service({"x": ([-1], "float32")}, ["twice"], lambda x: [x * 2])
        self.assertEqual(ask(served, {"x": [1]}, {"x": []}, {"x": [2, 3]}),
                         [(0, {"twice": [2]}), (0, {"twice": []}), (0, {"twice": [4, 6]})])

    def test_declared_number_of_rows_counts_for_each_call(self):
        declared = [{"name": "x", "shape": [2, 2], "dtype": "float32"}]
        served = service({"x": ([-1, 2], "float32")}, ["y"], lambda x: [x], {"inputs": declared})
        short = (10004, "The field `x` has the shape [1, 2], the service takes [2, 2].")
        self.assertEqual(ask(served, {"x": [[1, 2]]}, {"x": [[3, 4]]}), [short, short])
        self.assertEqual(ask(served, {"x": [[1, 2], [3, 4]]}, {"x": [[5, 6]]}), [(0, {"y": [[1, 2], [3, 4]]}), short])

    def test_whole_numbers_stay_exact_beside_fractions(self):
        large = 2**53 + 1
        for dtype in ("int64", "uint64", "float64", "float32"):
            served = service({"x": ([-1], dtype)}, ["y"], lambda x: [x])
            together = ask(served, {"x": [large]}, {"x": [2.0]}, {"x": [True]})
            self.assertEqual(together[0], ask(served, {"x": [large]})[0])
            self.assertEqual(together[1], (0, {"y": [2]}), dtype)
        # Rounded once this is 2**60 + 2**37, by way of float64 2**60.
        served = service({"x": ([-1], "float32")}, ["y"], lambda x: [x])
        between = {"x": [2**60 + 2**36 + 1]}
        self.assertEqual(ask(served, between, {"x": [0.5]})[0], ask(served, between)[0])

    def test_model_that_fails_at_one_call_fails_that_call(self):
        def compute(x):
            if (x < 0).any():
                raise RuntimeError("(OutOfRange) negative")
            return [x]

        answers = ask(service({"x": ([-1], "float32")}, ["y"], compute), {"x": [1]}, {"x": [-1]}, {"x": [2]})
        self.assertEqual([code for code, _ in answers], [0, 502, 0])
        self.assertEqual(answers[1][1], "The model failed: RuntimeError: (OutOfRange) negative.")

    def test_model_whose_outputs_are_not_by_row_takes_calls_alone(self):
        served = service({"x": ([-1], "float32")}, ["mean", "all"], lambda x: [x.mean(), x])
        self.assertEqual(ask(served, {"x": [1, 3]}, {"x": [5]}),
                         [(0, {"mean": 2, "all": [1, 3]}), (0, {"mean": 5, "all": [5]})])


class Text(unittest.TestCase):
    def answer(self, outputs):
        served = service({"x": ([-1], "float32")}, list(outputs), lambda x: list(outputs.values()))
        return served.answer([b'{"x":[1]}'])[0]

    def test_numbers_are_written_as_json_writes_them(self):
        values = [0.1, -0.0, 1e-7, 1e22, 123456789.0, 3.4e38]
        for dtype in ("float64", "float32", "float16", "int8", "uint64", "int64", "bool"):
            with np.errstate(all="ignore"):
                array = np.nan_to_num(np.array(values).astype(dtype), posinf=0)
            expected = json.dumps({"y": [array.tolist()]}, separators=(",", ":"))
            self.assertEqual(self.answer({"y": array[np.newaxis]}), (0, expected.encode()), dtype)

    def test_names_of_outputs_are_written_as_they_are(self):
        name = 'a "b" \\ \u4e2d n'
        self.assertEqual(self.answer({name: np.ones(1)}), (0, ('{"a \\"b\\" \\\\ \u4e2d n":[1.0]}').encode()))

    def test_what_json_cannot_hold_is_told(self):
        for value in (np.nan, np.inf, -np.inf):
            code, text = self.answer({"y": np.array([1, value]), "z": np.ones(1)})
            self.assertEqual((code, text), (422, b"The model's result holds NaN or infinity, which JSON cannot."))

    def test_outputs_that_are_no_numbers_are_written_too(self):
        self.assertEqual(self.answer({"label": np.array(["a b"]), "scores": [{"cat": 0.5}]}),
                         (0, b'{"label":["a b"],"scores":[{"cat":0.5}]}'))


class Converters(unittest.TestCase):
    def test_converter_is_called_once_a_call_in_order_and_keeps_its_state(self):
        served = pair({"converter": "seen = []\n"
                                    "def reader_infer(data_args):\n"
                                    "    seen.append(data_args['n'])\n"
                                    "    assert data_args['n'] != 2, 'two'\n"
                                    "    return [[[data_args['n']] * 3, [0]]], None\n"
                                    "def output(results, data_args):\n"
                                    "    return [list(seen), results[1].tolist(), data_args['n']]\n"})
        answers = ask(served, {"n": 1}, {"n": 2}, {"n": 3})
        self.assertEqual([answers[0], answers[2]], [(0, [[1, 2, 3], [[3]], 1]), (0, [[1, 2, 3], [[9]], 3])])
        self.assertEqual(answers[1][0], 422)
        self.assertIn("`reader_infer` failed in line 4", answers[1][1])
        self.assertEqual(served.model.runs, [(2, 3)])
        self.assertEqual(ask(served, {"n": 4}), [(0, [[1, 2, 3, 4], [[12]], 4])])

    def test_output_that_fails_for_one_call_fails_that_call(self):
        served = pair({"converter": "def output(results, data_args):\n    return 1 // int(results[1][0][0] - 10)\n"})
        answers = ask(served, {"a": [[1, 0, 0]], "b": [[10]]}, GOOD, {"a": [[0, 0, 0]], "b": [[12]]})
        self.assertEqual([code for code, _ in answers], [0, 422, 0])


class Answers(unittest.TestCase):
    def test_answers_of_a_batch_leave_with_one_call_of_the_system(self):
        ends = mock.Mock()
        frames.Channel(ends).send([(0, b"one"), (422, b"two")])
        answers = b"\0\0\0\0\x03\0\0\0one" + b"\xa6\x01\0\0\x03\0\0\0two"
        ends.sendall.assert_called_once_with(b"\x1a\0\0\0\x02\0\0\0" + answers)


if __name__ == "__main__":
    unittest.main()
