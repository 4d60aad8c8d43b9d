"""A model that is a Python file with a function `predict(data)`: for rules, baselines and tests."""

import math
import runpy

from .errors import PARAMETER_INVALID, PARAMETER_MISSING, WORKER_FAILED, CallError, each, explain, last_line
from .json_text import encode


def _shape(value):
    """Of nested lists; None when they are not all of the same length."""
    if not isinstance(value, list):
        return []
    shapes = [_shape(item) for item in value]
    if any(shape is None or shape != shapes[0] for shape in shapes):
        return None
    return [len(value), *(shapes[0] if shapes else [])]


def _flat(value):
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _is_of(dtype, value):
    if dtype == "bool":
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    if dtype.startswith("float"):
        return math.isfinite(value)
    low, high = {"uint8": (0, 255), "int32": (-2**31, 2**31 - 1), "int64": (-2**63, 2**63 - 1)}[dtype]
    return value == int(value) and low <= value <= high


def check_field(spec, fields):
    """A field of a call against the declaration of an input."""
    name, want = spec["name"], spec["shape"]
    if name not in fields:
        raise CallError(PARAMETER_MISSING, f"The field `{name}` is missing; the service declares it as an input.")
    shape = _shape(fields[name])
    if shape is None or not all(_is_of(spec["dtype"], value) for value in _flat(fields[name])):
        raise CallError(PARAMETER_INVALID, f"The field `{name}` must hold {spec['dtype']}, in arrays of equal length.")
    if want and not (len(want) == len(shape) and all(size in (-1, have) for size, have in zip(want, shape))):
        raise CallError(PARAMETER_INVALID, f"The field `{name}` has the shape {shape}, the service takes {want}.")


class PythonModel:
    """`predict` gets what `reader_infer` gave, or the call's fields, and returns what JSON can hold."""

    def __init__(self, settings):
        self.file, self.inputs = settings["main_program"], settings["inputs"]
        try:
            self.predict = runpy.run_path(self.file, run_name="model").get("predict")
        except (Exception, SystemExit) as error:
            raise CallError(WORKER_FAILED, f"The model {self.file} cannot be loaded: {last_line(error)}.") from error
        if not callable(self.predict):
            raise CallError(WORKER_FAILED, f"The model {self.file} has no function `predict(data)`.")

    def describe(self):
        return {"inputs": self.inputs, "outputs": [], "batches": False}

    def feeds_of_fields(self, calls):
        return each(self._checked, calls)

    def _checked(self, fields):
        for spec in self.inputs:
            check_field(spec, fields)
        return fields

    def feed_of_samples(self, samples, _feeder):
        return samples

    def run(self, feeds):
        return [self._run_one(feed) for feed in feeds]

    def text(self, result):
        return encode(result, "The model's result")

    def _run_one(self, feed):
        try:
            return self.predict(feed)
        except (Exception, SystemExit) as error:
            return explain("`predict`", error, self.file, self.file)
