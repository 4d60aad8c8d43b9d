"""SDK for Baidu AI Studio.

>>> predictor = aistudio.predictor(url, api_key=key)
>>> predictor.predict({"x": [1, 2, 3]})
"""

from __future__ import annotations

from aistudio._core import (
    Client,
    Dataset,
    DatasetFile,
    Endpoint,
    Job,
    LogChunk,
    NewDataset,
    NewJob,
    NewProject,
    NewService,
    OutputFile,
    Predictor,
    Project,
    ProjectChanges,
    Secret,
    Service,
    TensorSpec,
    TransferProgress,
    __version__,
)
from aistudio._default import predictor
from aistudio._errors import APIError, Error, TimeoutError, TransportError

__all__ = [
    "APIError",
    "Client",
    "Dataset",
    "DatasetFile",
    "Endpoint",
    "Error",
    "Job",
    "LogChunk",
    "NewDataset",
    "NewJob",
    "NewProject",
    "NewService",
    "OutputFile",
    "Predictor",
    "Project",
    "ProjectChanges",
    "Secret",
    "Service",
    "TensorSpec",
    "TimeoutError",
    "TransferProgress",
    "TransportError",
    "__version__",
    "predictor",
]

for _name in __all__:
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = "aistudio"
