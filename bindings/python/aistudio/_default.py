"""The client behind `aistudio.predictor`, made at first use."""

from __future__ import annotations

import os
import threading
from typing import Any

from aistudio._core import Client, Predictor, Secret

_lock = threading.Lock()
_client: Client | None = None


def predictor(url: str, *, api_key: str | Secret, idempotent: bool = True) -> Predictor:
    """Calls to one prediction service, over connections that all such predictors share.

    The same as `Client().predictor(...)`; see there.
    """
    return _shared_client().predictor(url, api_key=api_key, idempotent=idempotent)


def remake_predictor(
    kind: str, client: dict[str, Any], url: str, api_key: Secret, idempotent: bool
) -> Any:
    """A predictor from its pickle."""
    import aistudio

    made = getattr(aistudio, kind)(**client)
    return made.predictor(url, api_key=api_key, idempotent=idempotent)


def _shared_client() -> Client:
    global _client
    with _lock:
        if _client is None:
            _client = Client()
        return _client


def _forget() -> None:
    """In a forked child: the parent's client is not ours, and the lock may be held by nobody."""
    global _client, _lock
    _lock = threading.Lock()
    _client = None


os.register_at_fork(after_in_child=_forget)
