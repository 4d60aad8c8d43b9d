"""The JSON of calls: strict, both ways."""

import json

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


def _parse(text):
    if text.startswith("{"):
        value, end = _decoder.raw_decode(text)
        if end == len(text):
            return value
    return _decoder.decode(text)  # it looks for white space around the value, which takes as long as a small body


def decode(body):
    try:
        fields = _parse(body.decode())
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
