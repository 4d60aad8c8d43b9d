"""What converters written for the platform's own environment import: `paddle.fluid`, which Paddle has not had since
2.5, as far as converters use it, and `home.utility`."""

import base64
import functools
import importlib.machinery
import io
import sys
import types


class Variable:
    def __init__(self, name, shape, dtype):
        self.name, self.shape, self.dtype = name, shape, dtype


def data(name, shape, dtype="float32", append_batch_size=True, **_):
    return Variable(name, [-1, *shape] if append_batch_size else list(shape), dtype)


class DataFeeder:
    """Knows which input the n-th value of a sample is for. The model itself knows types and shapes."""

    def __init__(self, feed_list, place=None, program=None):
        self.feed_names = [getattr(item, "name", item) for item in feed_list]


class Place:
    def __init__(self, *_):
        pass


def base64_to_image(text):
    """An image of Pillow from base64 text or a data URI."""
    from PIL import Image
    if not isinstance(text, (str, bytes)):
        raise TypeError(f"base64_to_image takes a text of base64 or a data URI, not a value of type {type(text).__name__}")
    text = text if isinstance(text, str) else text.decode("ascii", "replace")
    head, comma, data = text.partition(",") if text.startswith("data:") else ("", "", text)
    if head and not (comma and head.endswith(";base64")):
        raise ValueError("base64_to_image takes a data URI only as `data:image/...;base64,...`")
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except ValueError as error:
        raise ValueError(f"base64_to_image got a text that is not base64: {error}") from None
    try:
        return Image.open(io.BytesIO(content))
    except OSError:
        raise ValueError(f"base64_to_image got {len(content)} bytes that are no image which Pillow knows") from None


def _module(name, **members):
    module = types.ModuleType(name)
    module.__path__ = []
    vars(module).update(members)
    return module


_layers = _module("paddle.fluid.layers", data=data)
_utility = _module("home.utility", base64_to_image=base64_to_image)
_modules = {
    "paddle.fluid": _module("paddle.fluid", layers=_layers, DataFeeder=DataFeeder, CPUPlace=Place, CUDAPlace=Place,
                            data=functools.partial(data, append_batch_size=False)),
    "paddle.fluid.layers": _layers,
    "home": _module("home", utility=_utility),
    "home.utility": _utility,
}


class _Finder:
    """Asked last, so that a real module of the name wins."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, _Finder, is_package=True) if name in _modules else None

    @staticmethod
    def create_module(spec):
        return _modules[spec.name]

    @staticmethod
    def exec_module(module):
        pass


def install():
    if _Finder not in sys.meta_path:
        sys.meta_path.append(_Finder)
