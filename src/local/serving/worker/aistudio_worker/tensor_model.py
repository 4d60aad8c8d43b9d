"""A model of tensors: checks what goes in, and lets calls go through it together. A kind of model derives from it and
says what its inputs are and how to run it."""

import json

import numpy as np

from .errors import (CONVERTER_FAILED, PARAMETER_INVALID, PARAMETER_MISSING, WORKER_FAILED, CallError, each, last_line,
                     together)
from .json_text import encode


def fits(want, shape):
    return want is None or len(want) == len(shape) and all(size in (-1, have) for size, have in zip(want, shape))


def cut(arrays, sizes):
    """For each size a list with that many rows of every array."""
    pieces, start = [], 0
    for size in sizes:
        pieces.append([array[start:start + size] for array in arrays])
        start += size
    return pieces


_WHOLE = 2**53  # up to here a fraction's type holds every whole number
_NO_NUMBER = np.dtype(object)


class Input:
    """Shape: None where it is not known, -1 for a dimension of any size."""

    def __init__(self, name, shape, dtype):
        self.name, self.shape, self.dtype = name, shape, np.dtype(dtype)
        self.declared = None  # what the service's definition allows of it

    def fits(self, shape):
        return fits(self.shape, shape)

    def of_fields(self, values):
        """For each call's value of the field its array, or a CallError."""
        return self._all_at_once(values) or each(self._of_field, values)

    def _all_at_once(self, values):
        """The rows of all calls through one array; None unless that gives each call what it gets alone."""
        any_rows = self.shape and self.shape[0] == -1 and (self.declared is None or self.declared[0] == -1)
        if len(values) < 2 or not any_rows or not all(type(value) is list and value for value in values):
            return None
        try:
            array = np.array([row for value in values for row in value])
            # Fractions of one call must not cost whole numbers of another their last digits.
            if array.dtype.kind == "f" and (self.dtype.kind != "f" or np.abs(array).max() > _WHOLE):
                return None
            return [piece for [piece] in cut([self._checked(array)], map(len, values))]
        except (CallError, ValueError, OverflowError, MemoryError):
            return None

    def _of_field(self, value):
        try:
            array = np.array(value)
        except (ValueError, OverflowError):
            raise self._no_numbers() from None
        return self._checked(array)

    def _no_numbers(self):
        return CallError(PARAMETER_INVALID, f"The field `{self.name}` must hold numbers, in arrays of equal length.")

    def _checked(self, array):
        """Of the model's type."""
        if array.dtype.kind not in "biuf":
            raise self._no_numbers()
        with np.errstate(over="ignore", invalid="ignore"):
            cast = array.astype(self.dtype)
        if not np.isfinite(cast).all() or (self.dtype.kind != "f" and not np.array_equal(cast, array)):
            raise CallError(PARAMETER_INVALID, f"The field `{self.name}` holds a number that {self.dtype} cannot.")
        for who, want in (("model", self.shape), ("service", self.declared)):
            if not fits(want, cast.shape):
                raise CallError(PARAMETER_INVALID, f"The field `{self.name}` has the shape {list(cast.shape)}, "
                                                   f"the {who} takes {want}.")
        return cast

    def of_samples(self, values):
        """The values of all samples for this input; a flat sample gets the model's shape, as DataFeeder does it."""
        try:
            array = np.array(values, dtype=self.dtype)
            if not self.fits(array.shape) and min(self.shape[1:], default=1) > 0:
                array = array.reshape([len(values), *self.shape[1:]])
        except (ValueError, TypeError, OverflowError) as error:
            raise CallError(CONVERTER_FAILED, f"`reader_infer` gave values for the input `{self.name}` that do not "
                                              f"make an array of {self.dtype} {self.shape or ''}: {error}.") from None
        if not self.fits(array.shape):
            raise CallError(CONVERTER_FAILED, f"`reader_infer` gave the input `{self.name}` the shape "
                                              f"{list(array.shape)}, the model takes {self.shape}.")
        return array


def check_declared(kind, declared, names):
    for spec in declared:
        if spec["name"] not in names:
            raise CallError(PARAMETER_INVALID, f"The model has no {kind} `{spec['name']}`; its {kind}s are "
                                               f"{', '.join(f'`{name}`' for name in names)}. Correct the declaration.")


class TensorModel:
    def __init__(self, settings, inputs, output_names):
        self.inputs, self.output_names = inputs, output_names
        self._names_as_json = [json.dumps(name, ensure_ascii=False) + ":" for name in output_names]
        names = [item.name for item in inputs]
        check_declared("input", settings["inputs"], names)
        check_declared("output", settings["outputs"], output_names)
        for spec in settings["inputs"]:
            self._check_input(spec)
        # Only then do rows of several calls mean the same together as alone.
        self.batches = bool(names) and all(item.shape and item.shape[0] == -1 for item in inputs)
        self._settle()
        if settings["outputs"]:
            self._check_outputs(settings["outputs"])

    def _predict(self, arrays):
        """The arrays of all outputs, for one array an input."""
        raise NotImplementedError

    def _settle(self):
        """Called once the inputs are known: for what must be tried."""

    def _zeros(self):
        """The smallest call."""
        sizes = [[max(size, 1) for size in item.declared or item.shape or [1]] for item in self.inputs]
        return [np.zeros(size, item.dtype) for size, item in zip(sizes, self.inputs)]

    def _check_input(self, spec):
        actual = next(item for item in self.inputs if item.name == spec["name"])
        if spec["dtype"] != actual.dtype.name:
            raise CallError(PARAMETER_INVALID, f"The input `{actual.name}` is declared {spec['dtype']}, "
                                               f"the model takes {actual.dtype}. Correct the declaration.")
        if spec["shape"] and not (len(spec["shape"]) == len(actual.shape or spec["shape"]) and all(
                -1 in pair or pair[0] == pair[1] for pair in zip(spec["shape"], actual.shape or spec["shape"]))):
            raise CallError(PARAMETER_INVALID, f"The input `{actual.name}` is declared with the shape {spec['shape']}, "
                                               f"the model takes {actual.shape}. Correct the declaration.")
        actual.declared = spec["shape"] or None

    def _check_outputs(self, declared):
        """What the outputs are shows only when the model runs."""
        zeros = self._zeros()
        try:
            arrays = self._predict(zeros)
        except Exception as error:  # it takes no zeros, or not so few
            print(f"shapes and types of the outputs were not compared: {last_line(error)}")
            return
        actual = dict(zip(self.output_names, arrays))
        for spec in declared:
            array = actual[spec["name"]]
            if getattr(array, "dtype", None) is None:
                continue
            if array.dtype.name != spec["dtype"]:
                raise CallError(PARAMETER_INVALID, f"The output `{spec['name']}` is declared {spec['dtype']}, "
                                                   f"the model gives {array.dtype}. Correct the declaration.")
            if spec["shape"] and not fits(spec["shape"], array.shape):
                raise CallError(PARAMETER_INVALID, f"The output `{spec['name']}` is declared with the shape "
                                                   f"{spec['shape']}, the model gives {list(array.shape)} for inputs "
                                                   f"of the shapes {[list(item.shape) for item in zeros]}. "
                                                   "Correct the declaration.")

    def describe(self):
        return {"inputs": [{"name": item.name, "shape": item.shape or [], "dtype": item.dtype.name}
                           for item in self.inputs], "outputs": self.output_names, "batches": self.batches}

    def feeds_of_fields(self, calls):
        """For each call one array an input, or a CallError."""
        return together(self._feeds_of_whole, each(self._whole, calls))

    def _whole(self, fields):
        for item in self.inputs:
            if item.name not in fields:
                raise CallError(PARAMETER_MISSING, f"The field `{item.name}` is missing; the model's inputs are "
                                                   f"{', '.join(f'`{other.name}`' for other in self.inputs)}.")
        return fields

    def _feeds_of_whole(self, calls):
        columns = [item.of_fields([fields[item.name] for fields in calls]) for item in self.inputs]
        feeds = [[column[place] for column in columns] for place in range(len(calls))]
        return [next((array for array in feed if isinstance(array, CallError)), feed) for feed in feeds]

    def feed_of_samples(self, samples, feeder):
        names = getattr(feeder, "feed_names", None) or [item.name for item in self.inputs]
        if not isinstance(samples, (list, tuple)) or not samples:
            raise CallError(CONVERTER_FAILED, "`reader_infer` gave no sample: it must return a list of samples, each "
                                              "a list with one value for each input.")
        for sample in samples:
            if not hasattr(sample, "__len__") or len(sample) != len(names):
                raise CallError(CONVERTER_FAILED, f"`reader_infer` gave a sample that is not a list of {len(names)} "
                                                  f"value(s), one for each of {', '.join(names)}.")
        place = {name: index for index, name in enumerate(names)}
        missing = [item.name for item in self.inputs if item.name not in place]
        if missing:
            raise CallError(CONVERTER_FAILED, f"The feeder of `reader_infer` has no input `{missing[0]}`.")
        return [item.of_samples([sample[place[item.name]] for sample in samples]) for item in self.inputs]

    def text(self, arrays):
        """As JSON. But for NaN and infinity Python's numbers are JSON's, and need no encoder, which takes far longer."""
        if all([getattr(array, "dtype", _NO_NUMBER).kind in "iuf" for array in arrays]):
            texts = [repr(array.tolist()) for array in arrays]
            if not any(["n" in text for text in texts]):
                fields = [name + text.replace(" ", "") for name, text in zip(self._names_as_json, texts)]
                return f"{{{','.join(fields)}}}".encode()
        # Some ONNX models give lists and maps beside arrays.
        return encode({name: array.tolist() if hasattr(array, "tolist") else array
                       for name, array in zip(self.output_names, arrays)}, "The model's result")

    def run(self, feeds):
        """For each feed the arrays of all outputs, or a CallError. Feeds of equal row shapes go together."""
        results = [None] * len(feeds)
        for places in self._groups(feeds):
            for place, result in zip(places, self._run_together([feeds[place] for place in places])):
                results[place] = result
        return results

    def _groups(self, feeds):
        if not self.batches or len(feeds) < 2:
            return [[place] for place in range(len(feeds))]
        groups = {}
        for place, feed in enumerate(feeds):
            # Inputs of one call with different numbers of rows would be torn apart.
            rows = {len(array) for array in feed}
            key = tuple(array.shape[1:] for array in feed) if len(rows) == 1 else place
            groups.setdefault(key, []).append(place)
        return groups.values()

    def _run_together(self, feeds):
        if len(feeds) > 1:
            sizes = [len(feed[0]) for feed in feeds]
            try:
                outputs = self._predict([np.concatenate(parts) for parts in zip(*feeds)])
            except Exception:
                outputs = []  # whose fault it is shows when they run alone
            if outputs and all(getattr(array, "ndim", 0) and len(array) == sum(sizes) for array in outputs):
                return cut(outputs, sizes)
        return [self._run_alone(feed) for feed in feeds]

    def _run_alone(self, feed):
        try:
            return self._predict(feed)
        except Exception as error:
            return CallError(WORKER_FAILED, f"The model failed: {last_line(error)}.")
