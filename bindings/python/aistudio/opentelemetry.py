"""Spans and a histogram of durations for OpenTelemetry, with the attributes that its semantic
conventions give HTTP clients. Needs `opentelemetry-api`: `pip install aistudio[otel]`.

>>> client = aistudio.Client(on_call=aistudio.opentelemetry.Telemetry())
"""

from __future__ import annotations

import importlib
import time
from typing import Any
from urllib.parse import urlsplit

from aistudio._core import CallReport, __version__

__all__ = ["Telemetry"]

#: Bounds of the histogram, in seconds, that the conventions advise.
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_PORTS = {"http": 80, "https": 443}


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            "aistudio.opentelemetry needs opentelemetry-api: pip install aistudio[otel]"
        ) from error


class Telemetry:
    """What to give a client as `on_call`. Each HTTP call becomes a span of kind client and a value
    of the histogram `http.client.request.duration`. May serve several clients.

    A report comes when its call has ended, on a thread of its own. So a span begins as long before
    as the call took, and no span is its parent unless `context` has one.

    tracer_provider, meter_provider: None: the global ones. context: the spans' parent; None: each
    begins a trace.
    """

    def __init__(
        self, *, tracer_provider: Any = None, meter_provider: Any = None, context: Any = None
    ) -> None:
        trace = _imported("opentelemetry.trace")
        metrics = _imported("opentelemetry.metrics")
        self._kind = trace.SpanKind.CLIENT
        self._failed = trace.Status(trace.StatusCode.ERROR)
        # Not what is current on the thread that reports.
        self._context = _imported("opentelemetry.context").Context() if context is None else context
        self._tracer = trace.get_tracer("aistudio", __version__, tracer_provider)
        self._duration = metrics.get_meter(
            "aistudio", __version__, meter_provider
        ).create_histogram(
            "http.client.request.duration",
            unit="s",
            description="Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_BOUNDS,
        )

    def __call__(self, report: CallReport) -> None:
        """Takes a report. Thread safe."""
        end = time.time_ns()
        few = _few_values(report)
        span = self._tracer.start_span(
            report.method,
            context=self._context,
            kind=self._kind,
            attributes=few | _many_values(report),
            start_time=end - int(report.seconds * 1e9),
        )
        if report.error:
            span.set_status(self._failed)
        span.end(end)
        self._duration.record(report.seconds, few)


def _few_values(report: CallReport) -> dict[str, str | int]:
    """Attributes for metrics too."""
    address = urlsplit(report.url)
    out: dict[str, str | int] = {
        "http.request.method": report.method,
        "server.address": address.hostname or "",
        "server.port": address.port or _PORTS.get(address.scheme, 0),
        "url.scheme": address.scheme,
    }
    if report.status:
        out["http.response.status_code"] = report.status
    if report.error:
        out["error.type"] = report.error
    return out


def _many_values(report: CallReport) -> dict[str, str | int]:
    """Attributes for spans only."""
    out: dict[str, str | int] = {"url.full": report.url}
    if report.attempts > 1:
        out["http.request.resend_count"] = report.attempts - 1
    if report.error:
        out |= {"aistudio.phase": report.phase, "aistudio.outcome": report.outcome}
    return out
