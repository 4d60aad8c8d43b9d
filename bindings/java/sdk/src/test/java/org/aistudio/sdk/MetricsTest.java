package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code onCall}. */
@Timeout(60)
class MetricsTest {
    @TempDir
    static Path folder;

    private static Studio studio;
    private static Endpoint echo;

    /** Java forgets loggers that nobody holds, and their handlers. */
    private static final Logger LOGGER = Logger.getLogger("org.aistudio.sdk");

    private final BlockingQueue<CallReport> reports = new LinkedBlockingQueue<>();

    @BeforeAll
    static void start() {
        studio = Studio.start(folder.resolve("studio"));
        echo = studio.serve("echo", json -> json);
    }

    @AfterAll
    static void stop() {
        studio.close();
    }

    private static AiStudio client(Consumer<CallReport> onCall) {
        return AiStudio.builder()
                .baseUrl(studio.baseUrl())
                .accessToken(studio.accessToken())
                .onCall(onCall)
                .build();
    }

    private CallReport next() throws InterruptedException {
        CallReport out = reports.poll(30, TimeUnit.SECONDS);
        assertNotNull(out, "no report came");
        return out;
    }

    @Test
    void report_of_a_prediction_tells_how_it_ended() throws Exception {
        try (AiStudio client = client(reports::add)) {
            client.predictor(echo).predict("1");
            CallReport r = next();
            assertEquals(
                    "POST 200  none done 1",
                    "%s %d %s %s %s %d"
                            .formatted(r.method(), r.status(), r.error(), r.phase(), r.outcome(), r.attempts()));
            assertTrue(r.url().startsWith(echo.url()), r.url());
            assertTrue(r.seconds() > 0 && r.seconds() < 30, r.toString());
            assertFalse(r.toString().contains(echo.apiKey().reveal()));
        }
    }

    @Test
    void report_of_a_failure_has_its_code_and_all_attempts() throws Exception {
        try (AiStudio client = client(reports::add)) {
            client.faults().add(Fault.builder().kind("queue_full").times(1).build());
            next();
            client.predictor(echo).predict("1");
            assertEquals(2, next().attempts());
            Predictor wrong = client.predictor(echo.url(), "canary-key-11ab");
            assertThrows(ApiException.class, () -> wrong.predict("1"));
            CallReport r = next();
            assertEquals("unauthorized 401 done", r.error() + " " + r.status() + " " + r.outcome());
            assertFalse(r.toString().contains("canary"), r.toString());
        }
    }

    @Test
    void report_of_an_operation_names_its_call() throws Exception {
        try (AiStudio client = client(reports::add)) {
            client.projects().list();
            CallReport r = next();
            assertEquals(200, r.status());
            assertTrue(r.url().startsWith(studio.baseUrl() + "/"), r.url());
        }
    }

    @Test
    void reports_of_many_calls_all_arrive_on_one_daemon_thread() throws Exception {
        BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
        try (AiStudio client = client(r -> {
            threads.add(Thread.currentThread());
            reports.add(r);
        })) {
            Predictor predictor = client.predictor(echo);
            List<CompletableFuture<byte[]>> calls = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                calls.add(predictor.predictAsync(new byte[] {'1'}));
            }
            calls.forEach(CompletableFuture::join);
            for (int i = 0; i < 500; i++) {
                assertEquals(200, next().status());
            }
            assertEquals(1, threads.stream().distinct().count());
            assertTrue(threads.element().isDaemon());
        }
    }

    /** Java's own logging is what SLF4J writes to in these tests. */
    private static Handler capture(List<LogRecord> to) {
        Handler out = new Handler() {
            @Override
            public void publish(LogRecord record) {
                to.add(record);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        LOGGER.addHandler(out);
        return out;
    }

    @Test
    void function_that_throws_is_logged_and_the_client_goes_on() throws Exception {
        List<LogRecord> logged = new CopyOnWriteArrayList<>();
        Handler handler = capture(logged);
        try (AiStudio client = client(r -> {
            reports.add(r);
            throw new AssertionError("no registry");
        })) {
            for (int i = 0; i < 2; i++) {
                assertEquals(
                        "1",
                        new String(client.predictor(echo)
                                        .predictAsync(new byte[] {'1'})
                                        .join())
                                .replaceAll(".*\"result\":|}$", ""));
                next();
            }
        } finally {
            LOGGER.removeHandler(handler);
        }
        assertTrue(
                logged.stream()
                        .anyMatch(l -> l.getThrown() instanceof AssertionError
                                && l.getThrown().getMessage().equals("no registry")),
                logged.toString());
    }
}
