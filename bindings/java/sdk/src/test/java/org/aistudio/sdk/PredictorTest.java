package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PredictorTest {
    private static final String KEY = "canary-key-8f1c";

    @TempDir
    static Path folder;

    private static Studio studio;
    private static AiStudio client;
    private static Endpoint echo;

    @BeforeAll
    static void start() {
        studio = Studio.start(folder.resolve("studio"));
        client = AiStudio.builder().deadline(Duration.ofSeconds(20)).build();
        echo = studio.serve("echo", json -> json);
    }

    @AfterAll
    static void stop() {
        client.close();
        studio.close();
    }

    /** The answer's {@code result}, which stands last. */
    private static String result(String answer) {
        String name = "\"result\":";
        return answer.substring(answer.indexOf(name) + name.length(), answer.length() - 1);
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"x\":[1,2.5]}", "\"价格\"", "\"🏠\"", "\"\uDBFF\uDFFF\"", "\"\\u0000\"", "[]", "0"})
    void predict_text_arrives_and_returns_exactly(String json) {
        String answer = client.predictor(echo).predict(json);
        assertTrue(answer.startsWith("{") && answer.contains("\"errorCode\":0"), answer);
        assertEquals(json, result(answer));
    }

    @Test
    void predict_bytes_returns_the_same_as_text() {
        byte[] json = "{\"a\":\"é🏠\"}".getBytes(StandardCharsets.UTF_8);
        String answer = new String(client.predictor(echo).predict(json), StandardCharsets.UTF_8);
        assertEquals("{\"a\":\"é🏠\"}", result(answer));
    }

    @Test
    void predict_with_url_and_key_as_text_works() {
        Predictor predictor = client.predictor(echo.url(), echo.apiKey().reveal());
        assertEquals("7", result(predictor.predict("7")));
        assertEquals(echo.url(), predictor.url());
        assertFalse(predictor.toString().contains(echo.apiKey().reveal()));
    }

    @Test
    void predict_wrong_key_is_unauthorized() {
        Predictor predictor = client.predictor(echo.url(), KEY);
        ApiException e = assertThrows(ApiException.class, () -> predictor.predict("{}"));
        assertEquals("unauthorized", e.code());
        assertEquals(401, e.status());
        assertEquals("done", e.outcome());
        assertEquals(1, e.attempts());
        assertFalse(e.logId().isEmpty());
        assertFalse((e + e.getMessage()).contains("canary"), e.getMessage());
    }

    @Test
    void predict_closed_port_is_not_sent() throws IOException {
        Predictor predictor = client.predictor("http://127.0.0.1:" + closedPort() + "/x", "k");
        TransportException e = assertThrows(TransportException.class, () -> predictor.predict("{}"));
        assertEquals("connect_failed", e.code());
        assertEquals("not_sent", e.outcome());
        assertEquals("connect", e.phase());
    }

    @Test
    void predict_body_that_is_not_json_is_refused_by_the_service() {
        Predictor predictor = client.predictor(echo);
        ApiException e = assertThrows(ApiException.class, () -> predictor.predict("{"));
        assertEquals("bad_request", e.code());
        assertEquals("1", result(predictor.predict("1")));
    }

    @Test
    void predict_service_that_throws_fails_with_its_text() {
        Endpoint broken = studio.serve("broken", json -> {
            throw new IOException("no such feature: 面积");
        });
        Predictor predictor = client.predictor(broken);
        ApiException e = assertThrows(ApiException.class, () -> predictor.predict("{}"));
        assertTrue(e.getMessage().contains("no such feature: 面积"), e.getMessage());
        assertEquals(422, e.serviceCode());
    }

    @Test
    void predict_service_too_slow_ends_with_the_deadline() {
        CountDownLatch release = new CountDownLatch(1);
        Endpoint slow = studio.serve("slow", json -> {
            release.await(30, TimeUnit.SECONDS);
            return json;
        });
        Predictor predictor = client.predictor(slow);
        try {
            TimeLimitException e = assertThrows(
                    TimeLimitException.class, () -> predictor.predict(new byte[] {'1'}, Duration.ofMillis(200)));
            assertEquals("deadline_exceeded", e.code());
        } finally {
            release.countDown();
        }
    }

    @Test
    void predict_null_and_negative_deadline_are_refused() {
        Predictor predictor = client.predictor(echo);
        assertThrows(NullPointerException.class, () -> predictor.predict((String) null));
        assertThrows(NullPointerException.class, () -> predictor.predict((byte[]) null));
        assertThrows(IllegalArgumentException.class, () -> predictor.predict(new byte[] {'1'}, Duration.ofMillis(-1)));
        assertThrows(IllegalArgumentException.class, () -> predictor.predict("\"\uD800\""));
        assertEquals("1", result(predictor.predict("1")));
    }

    @Test
    void predict_from_many_threads_gives_each_its_answer() throws Exception {
        Predictor predictor = client.predictor(echo);
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String json = Integer.toString(i);
                answers.add(pool.submit(() -> result(predictor.predict(json))));
            }
            for (int i = 0; i < 200; i++) {
                assertEquals(Integer.toString(i), answers.get(i).get());
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void client_closed_refuses_calls() {
        AiStudio closed = AiStudio.create();
        Predictor predictor = closed.predictor(echo);
        closed.close();
        closed.close();
        assertThrows(IllegalStateException.class, () -> predictor.predict("{}"));
        assertThrows(IllegalStateException.class, closed::baseUrl);
    }

    @Test
    void client_closed_ends_calls_in_flight() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Endpoint hanging = studio.serve("hanging", json -> {
            entered.countDown();
            release.await(30, TimeUnit.SECONDS);
            return json;
        });
        AiStudio closed = AiStudio.create();
        Predictor predictor = closed.predictor(hanging);
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            Future<?> call =
                    pool.submit(() -> assertThrows(IllegalStateException.class, () -> predictor.predict("{}")));
            assertTrue(entered.await(30, TimeUnit.SECONDS));
            closed.close();
            call.get(30, TimeUnit.SECONDS);
        } finally {
            release.countDown();
            pool.shutdownNow();
        }
    }

    @Test
    void predictor_key_in_the_address_is_refused() {
        AiStudioException e = assertThrows(
                AiStudioException.class, () -> client.predictor("http://127.0.0.1:1/x?apiKey=" + KEY, "k"));
        assertEquals("invalid_argument", e.code());
        assertFalse(e.getMessage().contains("canary"), e.getMessage());
    }

    @Test
    void predictor_answer_bytes_are_untouched() {
        Endpoint fixed = studio.serve("fixed", json -> "{ \"a\" : [1 ,2] }");
        byte[] first = client.predictor(fixed).predict(new byte[] {'1'});
        assertArrayEquals(
                "{ \"a\" : [1 ,2] }".getBytes(StandardCharsets.UTF_8),
                result(new String(first, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
    }

    private static Fault busy(long times) {
        return Fault.builder()
                .kind("queue_full")
                .apiKey(echo.apiKey())
                .times(times)
                .build();
    }

    private static RetryPolicy attempts(int most) {
        return RetryPolicy.builder()
                .maxAttempts(most)
                .throttleBaseDelay(Duration.ofMillis(1))
                .build();
    }

    @Test
    void withRetry_bounds_the_attempts_of_its_calls_only() {
        try (AiStudio own = AiStudio.builder()
                .baseUrl(studio.baseUrl())
                .accessToken(studio.accessToken())
                .retry(attempts(3))
                .build()) {
            Predictor usual = own.predictor(echo);
            Predictor once = usual.withRetry(attempts(1));
            Predictor often = usual.withDeadline(Duration.ofSeconds(15)).withRetry(attempts(5));
            own.faults().add(busy(0));
            assertEquals(
                    3,
                    assertThrows(ApiException.class, () -> usual.predict("1")).attempts());
            assertEquals(
                    1, assertThrows(ApiException.class, () -> once.predict("1")).attempts());
            ExecutionException e = assertThrows(
                    ExecutionException.class, () -> often.predictAsync("1").get());
            assertEquals(5, ((ApiException) e.getCause()).attempts());
            own.faults().clear();
            assertEquals(echo.url(), once.url());
            assertEquals("1", result(once.predict("1")));
        }
    }

    @Test
    void withRetry_that_makes_no_sense_is_refused() {
        Predictor none = client.predictor(echo).withRetry(attempts(0));
        assertEquals(
                "invalid_argument",
                assertThrows(AiStudioException.class, () -> none.predict("1")).code());
        assertThrows(NullPointerException.class, () -> none.withRetry(null));
    }
}
