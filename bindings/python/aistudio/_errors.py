"""What a failed call raises. `Error` is the one base."""

from __future__ import annotations

import builtins
from typing import Any


class Error(Exception):
    """A call that failed. Its text says what happened and what to do next, and holds no key."""

    #: Stable name of what went wrong, such as `unauthorized` or `connect_failed`.
    code: str
    #: HTTP status of the answer; 0: there was none.
    status: int
    #: The service's own `errorCode`; 0: there was none.
    service_code: int
    #: The service's `logId`, for its support; may be empty.
    log_id: str
    #: Where the call was, such as `connect` or `first_byte`.
    phase: str
    #: What the service may have done: `not_sent`, `done` (it answered) or `unknown`.
    outcome: str
    #: Attempts made; 0: it was refused before the first.
    attempts: int
    #: Seconds the service asked to wait, where it did.
    retry_after: float | None

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.code = facts.get("code", "internal_error")
        self.status = facts.get("status", 0)
        self.service_code = facts.get("service_code", 0)
        self.log_id = facts.get("log_id", "")
        self.phase = facts.get("phase", "none")
        self.outcome = facts.get("outcome", "not_sent")
        self.attempts = facts.get("attempts", 0)
        self.retry_after = facts.get("retry_after")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), str(self), vars(self))


class APIError(Error):
    """The service answered, and its answer is a failure or cannot be used."""


class TransportError(Error):
    """The service was not reached, or the connection broke."""


class TimeoutError(Error, builtins.TimeoutError):
    """A time limit passed; `phase` says which. Also the built-in `TimeoutError`."""


_FAMILIES: dict[str, type[Error]] = {
    "other": Error,
    "api": APIError,
    "transport": TransportError,
    "timeout": TimeoutError,
}

for _class in _FAMILIES.values():
    _class.__module__ = "aistudio"


def from_failure(*, family: str, message: str, **facts: Any) -> Error:
    """Called by the native part."""
    return _FAMILIES[family](message, **facts)


def _restore(kind: type[Error], message: str, facts: dict[str, Any]) -> Error:
    return kind(message, **facts)
