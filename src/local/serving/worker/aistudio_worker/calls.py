"""From the bodies of calls to their answers. Each call fails alone; only the model sees them together."""

import json

from .converter import Converter
from .errors import CONVERTER_FAILED, PARAMETER_INVALID, CallError


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def _plain(value):
    """NumPy's arrays and numbers, which converters return easily, as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a value of type {type(value).__name__} cannot be written as JSON")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
_encoder = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=_plain)


def decode(body):
    try:
        fields = _decoder.decode(body.decode())
    except RecursionError:
        raise CallError(PARAMETER_INVALID, "The body is nested too deeply.") from None
    except ValueError as error:
        raise CallError(PARAMETER_INVALID, f"The body is not JSON: {error}.") from None
    if not isinstance(fields, dict):
        raise CallError(PARAMETER_INVALID, "The body must be a JSON object with the service's parameters.")
    return fields


def encode(result, whose):
    try:
        return _encoder.encode(result).encode()
    except ValueError as error:
        if "JSON compliant" in str(error):
            raise CallError(CONVERTER_FAILED, f"{whose} holds NaN or infinity, which JSON cannot.") from None
        raise CallError(CONVERTER_FAILED, f"{whose} cannot be written as JSON: {error}.") from None
    except (TypeError, RecursionError) as error:
        raise CallError(CONVERTER_FAILED, f"{whose} cannot be written as JSON: {error}.") from None


def _load_model(settings):
    # Imported here: a Python model needs no Paddle, which takes seconds to import.
    if settings["main_program"].endswith(".py"):
        from .python_model import PythonModel
        return PythonModel(settings)
    if settings["main_program"].endswith(".onnx"):
        from .onnx_model import OnnxModel
        return OnnxModel(settings)
    from .paddle_model import PaddleModel
    return PaddleModel(settings)


class _Call:
    def __init__(self, body):
        self.body = body
        self.fields = self.feed = self.result = self.answer = None

    def attempt(self, step):
        try:
            step(self)
        except CallError as error:
            self.answer = (error.code, error.message.encode(errors="replace"))


class Service:
    def __init__(self, settings):
        self.model = _load_model(settings)
        self.converter = Converter(settings["converter"]) if settings["converter"] else Converter.none()

    def describe(self):
        return self.model.describe()

    def answer(self, bodies):
        calls = [_Call(body) for body in bodies]
        for call in calls:
            call.attempt(self._read)
        ready = [call for call in calls if call.answer is None]
        for call, result in zip(ready, self.model.run([call.feed for call in ready])):
            call.result = result
            call.attempt(self._write)
        return [call.answer for call in calls]

    def _read(self, call):
        call.fields = decode(call.body)
        if self.converter.reader_infer is None:
            call.feed = self.model.feed_of_fields(call.fields)
        else:
            call.feed = self.model.feed_of_samples(*self.converter.read(call.fields))

    def _write(self, call):
        if isinstance(call.result, CallError):
            raise call.result
        if self.converter.output is None:
            call.answer = (0, encode(self.model.plain(call.result), "The model's result"))
        else:
            call.answer = (0, encode(self.converter.write(call.result, call.fields), "What `output` returned"))
