package org.aistudio.sdk.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.aistudio.sdk.ApiException;
import org.aistudio.sdk.CallReport;
import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.junit5.LocalStudioExtension;
import org.aistudio.sdk.junit5.PlayFault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MicrometerCallsTest {
    private static final SimpleMeterRegistry REGISTRY = new SimpleMeterRegistry();

    @RegisterExtension
    static final LocalStudioExtension STUDIO = LocalStudioExtension.create()
            .serve("double", json -> json + json)
            .client(builder -> builder.onCall(new MicrometerCalls(REGISTRY, Tag.of("app", "test"))));

    private static void until(BooleanSupplier condition) throws InterruptedException {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30); !condition.getAsBoolean(); ) {
            assertTrue(System.nanoTime() < end, () -> REGISTRY.getMetersAsString());
            Thread.sleep(5);
        }
    }

    private static long count(String name, String value) {
        return REGISTRY.find("aistudio.calls").tag(name, value).timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    @Test
    @PlayFault(value = "queue_full", times = 2)
    void call_is_timed_and_its_retries_counted() throws Exception {
        STUDIO.predictor("double").predict("1");
        until(() -> !REGISTRY.find("aistudio.retries").counters().isEmpty()
                && REGISTRY.find("aistudio.retries").counters().stream()
                                .mapToDouble(c -> c.count())
                                .sum()
                        == 2);
        Timer timer = REGISTRY.get("aistudio.calls")
                .tags("uri", "/serving/online/{id}", "method", "POST", "status", "200")
                .tags("error", "none", "outcome", "done", "app", "test")
                .timer();
        assertEquals(1, timer.count());
        assertTrue(timer.totalTime(TimeUnit.SECONDS) > 0);
    }

    @Test
    void failure_is_counted_by_its_code_and_without_the_key() throws Exception {
        Predictor wrong = STUDIO.client().predictor(STUDIO.endpoint("double").url(), "canary-key-77");
        assertThrows(ApiException.class, () -> wrong.predict("1"));
        until(() -> count("error", "unauthorized") == 1);
        assertFalse(REGISTRY.getMetersAsString().contains("canary"));
    }

    @Test
    void addresses_that_differ_by_an_id_are_one_meter() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        MicrometerCalls calls = new MicrometerCalls(registry);
        for (int i = 0; i < 3000; i++) {
            calls.accept(CallReport.builder()
                    .method("GET")
                    .status(200)
                    .outcome("done")
                    .attempts(1)
                    .seconds(0.25)
                    .url("http://127.0.0.1:80/v1/jobs/job-" + i + "/logs?offset=" + i)
                    .build());
        }
        Timer all =
                registry.get("aistudio.calls").tag("uri", "/v1/jobs/{id}/logs").timer();
        assertEquals(3000, all.count());
        assertEquals(750, all.totalTime(TimeUnit.SECONDS), 1e-6);
        assertEquals(2, registry.getMeters().size());
    }
}
