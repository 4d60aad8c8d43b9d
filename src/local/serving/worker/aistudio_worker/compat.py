"""What converters written for the platform's own environment import: `paddle.fluid`, which Paddle has not had since
2.5, as far as converters use it, and `home.utility`."""

import base64
import contextlib
import importlib.util
import io
import sys
import types

import functools


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
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


def _module(name, **members):
    module = types.ModuleType(name)
    vars(module).update(members)
    return module


@functools.cache
def _modules():
    layers = _module("paddle.fluid.layers", data=data)
    utility = _module("home.utility", base64_to_image=base64_to_image)
    return {
        "paddle.fluid.layers": layers,
        "paddle.fluid": _module("paddle.fluid", layers=layers, DataFeeder=DataFeeder, CPUPlace=Place, CUDAPlace=Place,
                                data=functools.partial(data, append_batch_size=False)),
        "home.utility": utility,
        "home": _module("home", utility=utility),
    }


def _exists(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


@contextlib.contextmanager
def installed():
    """Offers those modules that are not there for real. They stay: a converter may import inside its functions."""
    for name, module in _modules().items():
        if name not in sys.modules and not _exists(name):
            sys.modules[name] = module
            parent, _, child = name.rpartition(".")
            if parent in sys.modules:
                setattr(sys.modules[parent], child, module)
    yield
