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
    #: Of `predict_many` and `predict_array`: which record failed; -1: another call.
    index: int

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
        self.index = facts.get("index", -1)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), str(self), vars(self))


class APIError(Error):
    """The service answered, and its answer is a failure or cannot be used."""


class BadRequestError(APIError):
    """The service does not accept what it was sent."""


class AuthenticationError(APIError):
    """The access token or key is not valid."""


class PermissionDeniedError(APIError):
    """The account may not do that."""


class NotFoundError(APIError):
    """There is no such thing."""


class ConflictError(APIError):
    """What there is does not allow it now."""


class RateLimitError(APIError):
    """Too many calls; `retry_after` may say how long to wait."""


class ServerError(APIError):
    """The service failed."""


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

_BY_CODE: dict[str, type[Error]] = {
    "bad_request": BadRequestError,
    "payload_too_large": BadRequestError,
    "unauthorized": AuthenticationError,
    "forbidden": PermissionDeniedError,
    "not_found": NotFoundError,
    "conflict": ConflictError,
    "rate_limited": RateLimitError,
    "service_overloaded": RateLimitError,
    "service_not_running": ServerError,
    "service_failed": ServerError,
    "server_error": ServerError,
}

for _class in (*_FAMILIES.values(), *_BY_CODE.values()):
    _class.__module__ = "aistudio"


def from_failure(*, family: str, message: str, **facts: Any) -> Error:
    """Called by the native part."""
    return _BY_CODE.get(facts["code"], _FAMILIES[family])(message, **facts)


def _restore(kind: type[Error], message: str, facts: dict[str, Any]) -> Error:
    return kind(message, **facts)
