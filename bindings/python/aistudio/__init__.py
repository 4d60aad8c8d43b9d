"""SDK for Baidu AI Studio.

>>> predictor = aistudio.predictor(url, api_key=key)
>>> predictor.predict({"x": [1, 2, 3]})
"""

from __future__ import annotations

from aistudio._core import Client, Endpoint, Predictor, Secret, Service, TensorSpec, __version__
from aistudio._default import predictor
from aistudio._errors import APIError, Error, TimeoutError, TransportError

__all__ = [
    "APIError",
    "Client",
    "Endpoint",
    "Error",
    "Predictor",
    "Secret",
    "Service",
    "TensorSpec",
    "TimeoutError",
    "TransportError",
    "__version__",
    "predictor",
]

for _name in __all__:
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = "aistudio"
