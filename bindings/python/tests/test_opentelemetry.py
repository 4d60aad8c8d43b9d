"""Spans and metrics, as OpenTelemetry's own SDK sees them."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest

import aistudio
from aistudio.local import Studio
from aistudio.opentelemetry import Telemetry


@pytest.fixture
def sdk() -> Any:
    """What the calls made with `telemetry` have come to."""
    pytest.importorskip("opentelemetry.sdk")
    return Collected()


class Collected:
    def __init__(self) -> None:
        export = importlib.import_module("opentelemetry.sdk.metrics.export")
        trace = importlib.import_module("opentelemetry.sdk.trace")
        processors = importlib.import_module("opentelemetry.sdk.trace.export")
        memory = importlib.import_module(
            "opentelemetry.sdk.trace.export.in_memory_span_exporter"
        ).InMemorySpanExporter()
        self._reader = export.InMemoryMetricReader()
        self._memory = memory
        self.tracers = trace.TracerProvider()
        self.tracers.add_span_processor(processors.SimpleSpanProcessor(memory))
        self.meters = importlib.import_module("opentelemetry.sdk.metrics").MeterProvider(
            metric_readers=[self._reader]
        )

    def telemetry(self, **more: Any) -> Any:
        return Telemetry(tracer_provider=self.tracers, meter_provider=self.meters, **more)

    @property
    def spans(self) -> list[Any]:
        return list(self._memory.get_finished_spans())

    @property
    def durations(self) -> Any:
        """The histogram and its points."""
        (of_resource,) = self._reader.get_metrics_data().resource_metrics
        (of_scope,) = of_resource.scope_metrics
        (metric,) = of_scope.metrics
        return metric


@pytest.mark.long
def test_calls_become_spans_with_the_conventions_attributes(
    sdk: Any, studio: Studio, echo: aistudio.Endpoint
) -> None:
    host, port = studio.base_url.removeprefix("http://").split(":")
    with aistudio.Client(
        base_url=studio.base_url,
        access_token=studio.access_token,
        retry=aistudio.RetryPolicy(throttle_base_delay=0.001),
        on_call=sdk.telemetry(),
    ) as client:
        client.projects.create(name="p")
        with pytest.raises(aistudio.NotFoundError):
            client.projects.get(77)
        studio.add_fault("queue_full", times=1)
        client.predictor(echo.url, api_key=echo.api_key).predict([1])
    made, missed, predicted = sdk.spans
    assert made.name == "POST"
    assert made.kind.name == "CLIENT"
    assert made.status.status_code.name == "UNSET"
    assert dict(made.attributes) == {
        "http.request.method": "POST",
        "server.address": host,
        "server.port": int(port),
        "url.scheme": "http",
        "url.full": studio.base_url + "/api/local/v1/projects",
        "http.response.status_code": 200,
    }
    assert 0 < made.end_time - made.start_time < 20e9
    assert made.parent is None
    assert made.instrumentation_scope.name == "aistudio"

    assert missed.name == "GET"
    assert missed.status.status_code.name == "ERROR"
    assert missed.attributes["error.type"] == "not_found"
    assert missed.attributes["http.response.status_code"] == 404
    assert missed.attributes["aistudio.outcome"] == "done"

    assert predicted.attributes["http.request.resend_count"] == 1
    assert predicted.status.status_code.name == "UNSET"
    assert echo.api_key.reveal() not in predicted.attributes["url.full"]


@pytest.mark.long
def test_durations_are_a_histogram_by_what_has_few_values(sdk: Any, studio: Studio) -> None:
    options: dict[str, Any] = {"base_url": studio.base_url, "access_token": studio.access_token}
    with aistudio.Client(**options, on_call=sdk.telemetry()) as client:
        for name in "abc":
            client.projects.create(name=name)
        with pytest.raises(aistudio.NotFoundError):
            client.projects.get(77)
    metric = sdk.durations
    assert (metric.name, metric.unit) == ("http.client.request.duration", "s")
    counts = {
        (point.attributes["http.request.method"], point.attributes.get("error.type")): point.count
        for point in metric.data.data_points
    }
    assert counts == {("POST", None): 3, ("GET", "not_found"): 1}
    for point in metric.data.data_points:
        assert point.explicit_bounds[0] == 0.005
        assert point.attributes["http.response.status_code"] in (200, 404)
        assert "url.full" not in point.attributes


@pytest.mark.long
def test_spans_have_the_parent_they_are_given(sdk: Any, studio: Studio) -> None:
    trace: Any = pytest.importorskip("opentelemetry.trace")
    parent = sdk.tracers.get_tracer("mine").start_span("request")
    telemetry = sdk.telemetry(context=trace.set_span_in_context(parent))
    options: dict[str, Any] = {"base_url": studio.base_url, "access_token": studio.access_token}
    with aistudio.Client(**options, on_call=telemetry) as client:
        client.projects.create(name="a")
    (span,) = sdk.spans
    assert span.parent.span_id == parent.get_span_context().span_id


def test_without_opentelemetry_what_to_install_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("opentelemetry", "opentelemetry.trace"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install aistudio\[otel\]"):
        Telemetry()
