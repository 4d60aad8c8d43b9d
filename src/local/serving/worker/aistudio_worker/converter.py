"""The user's converters: `reader_infer(data_args)` before the model and `output(results, data_args)` behind it."""

import linecache
import types

from . import compat
from .errors import CONVERTER_FAILED, CallError, explain

FILE = "converter.py"
PLACE = "the converter"


def _call(name, function, *arguments):
    try:
        return function(*arguments)
    except (Exception, SystemExit) as error:
        raise explain(f"`{name}`", error, FILE, PLACE) from None


class Converter:
    def __init__(self, source):
        # So that tracebacks show the lines, though there is no such file.
        linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
        module = types.ModuleType("converter")
        compat.install()
        try:
            exec(compile(source, FILE, "exec"), module.__dict__)
        except (Exception, SystemExit) as error:
            raise explain("Loading the converter", error, FILE, PLACE) from None
        self.reader_infer = getattr(module, "reader_infer", None)
        self.output = getattr(module, "output", None)
        if self.reader_infer is None and self.output is None:
            raise CallError(CONVERTER_FAILED, "The converter defines neither `reader_infer(data_args)` nor "
                                              "`output(results, data_args)`; define one or both, or send no converter.")

    @classmethod
    def none(cls):
        self = cls.__new__(cls)
        self.reader_infer = self.output = None
        return self

    def read(self, data_args):
        """`(data, feeder)`. The platform shows two styles, the pair itself and a function that gives it."""
        given = _call("reader_infer", self.reader_infer, data_args)
        if callable(given):
            given = _call("reader_infer", given)
        if isinstance(given, types.GeneratorType):
            given = _call("reader_infer", next, given)
        if not isinstance(given, tuple) or len(given) != 2:
            raise CallError(CONVERTER_FAILED, "`reader_infer` must return a pair: a list of samples, each a list with "
                                              f"one value for each input, and a feeder or None; it returned a {type(given).__name__}.")
        return given

    def write(self, results, data_args):
        return _call("output", self.output, results, data_args)
