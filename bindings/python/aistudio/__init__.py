"""SDK for Baidu AI Studio.

>>> with aistudio.Client() as client:
...     for dataset in client.datasets.list():
...         print(dataset.name)
>>> predictor = aistudio.predictor(url, api_key=key)
>>> predictor.predict({"x": [1, 2, 3]})
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aistudio import _core
from aistudio._core import (
    CallReport,
    ChatAnswer,
    ChatChoice,
    ChatDelta,
    ChatMessage,
    ChatRequest,
    ChatUsage,
    Client,
    CodeFile,
    CsvPreview,
    CsvRow,
    Dataset,
    DatasetChanges,
    DatasetFile,
    DatasetPath,
    Endpoint,
    EnvironmentChoice,
    Fault,
    FileChange,
    ForkRecord,
    Job,
    JobChanges,
    JobChoices,
    JobVersion,
    LogChunk,
    Model,
    ModelCommit,
    ModelFile,
    ModelSnapshot,
    ModelTag,
    ModelUpload,
    NewDataset,
    NewJob,
    NewModel,
    NewProject,
    NewService,
    OutputFile,
    PoolOptions,
    Predictor,
    Project,
    ProjectChanges,
    ProjectFile,
    ProjectVersion,
    ProxyOptions,
    ResourceChoice,
    RetryBudgetOptions,
    RetryPolicy,
    Secret,
    Service,
    ServiceChanges,
    ServiceStatistics,
    ServingOptions,
    SnapshotRequest,
    TensorSpec,
    TimeLimits,
    TlsOptions,
    TransferProgress,
    __version__,
)
from aistudio._default import predictor
from aistudio._errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    Error,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TimeoutError,
    TransportError,
)
from aistudio._follow import follow as _follow
from aistudio._lists import AsyncItems, Items

if TYPE_CHECKING:
    from aistudio._async import AsyncClient, AsyncPredictor

__all__ = [
    "APIError",
    "AsyncClient",
    "AsyncItems",
    "AsyncPredictor",
    "AuthenticationError",
    "BadRequestError",
    "CallReport",
    "ChatAnswer",
    "ChatChoice",
    "ChatDelta",
    "ChatMessage",
    "ChatRequest",
    "ChatUsage",
    "Client",
    "CodeFile",
    "ConflictError",
    "CsvPreview",
    "CsvRow",
    "Dataset",
    "DatasetChanges",
    "DatasetFile",
    "DatasetPath",
    "Endpoint",
    "EnvironmentChoice",
    "Error",
    "Fault",
    "FileChange",
    "ForkRecord",
    "Items",
    "Job",
    "JobChanges",
    "JobChoices",
    "JobVersion",
    "LogChunk",
    "Model",
    "ModelCommit",
    "ModelFile",
    "ModelSnapshot",
    "ModelTag",
    "ModelUpload",
    "NewDataset",
    "NewJob",
    "NewModel",
    "NewProject",
    "NewService",
    "NotFoundError",
    "OutputFile",
    "PermissionDeniedError",
    "PoolOptions",
    "Predictor",
    "Project",
    "ProjectChanges",
    "ProjectFile",
    "ProjectVersion",
    "ProxyOptions",
    "RateLimitError",
    "ResourceChoice",
    "RetryBudgetOptions",
    "RetryPolicy",
    "Secret",
    "ServerError",
    "Service",
    "ServiceChanges",
    "ServiceStatistics",
    "ServingOptions",
    "SnapshotRequest",
    "TensorSpec",
    "TimeLimits",
    "TimeoutError",
    "TlsOptions",
    "TransferProgress",
    "TransportError",
    "__version__",
    "predictor",
]

_core.Jobs.follow = _follow  # type: ignore[method-assign]

# asyncio takes longer to load than all the rest.
_LAZY = ("AsyncClient", "AsyncPredictor")


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'aistudio' has no attribute {name!r}")
    from aistudio import _async

    for lazy in _LAZY:
        globals()[lazy] = getattr(_async, lazy)
        globals()[lazy].__module__ = "aistudio"
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


for _name in __all__:
    if isinstance(globals().get(_name), type):
        globals()[_name].__module__ = "aistudio"
