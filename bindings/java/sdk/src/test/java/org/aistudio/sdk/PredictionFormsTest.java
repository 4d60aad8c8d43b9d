package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.aistudio.sdk.internal.PlainCodec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What predictions take and give, one by one and many at a time. */
@Timeout(60)
class PredictionFormsTest {
    @TempDir
    static Path folder;

    private static Studio studio;
    private static AiStudio client;
    private static AiStudio plain;
    private static Endpoint echo;

    @BeforeAll
    static void start() {
        studio = Studio.start(folder.resolve("studio"));
        client = AiStudio.builder().deadline(Duration.ofSeconds(30)).build();
        plain = AiStudio.builder()
                .deadline(Duration.ofSeconds(30))
                .codec(new PlainCodec())
                .build();
        echo = studio.serve("echo", json -> json);
    }

    @AfterAll
    static void stop() {
        client.close();
        plain.close();
        studio.close();
    }

    static List<AiStudio> clients() {
        return List.of(client, plain);
    }

    record House(String city, double area, List<Integer> rooms) {}

    /** Needs Jackson. */
    public static class Pojo {
        public int a;
        public String b;
    }

    public static class Selfish {
        public Selfish getMe() {
            return this;
        }
    }

    @Test
    void async_text_bytes_and_buffers_give_what_blocking_gives() throws Exception {
        Predictor p = client.predictor(echo);
        byte[] json = "{\"a\":\"é🏠\"}".getBytes(StandardCharsets.UTF_8);
        assertTrue(
                p.predictAsync(new String(json, StandardCharsets.UTF_8)).get().contains("é🏠"));
        assertTrue(text(p.predictAsync(json).get()).contains("é🏠"));
        ByteBuffer direct =
                ByteBuffer.allocateDirect(100).put((byte) ' ').put(json).flip().position(1);
        for (ByteBuffer from :
                List.of(direct, ByteBuffer.wrap(json), ByteBuffer.wrap(json).asReadOnlyBuffer())) {
            int before = from.position();
            assertTrue(text(p.predictAsync(from).get()).contains("é🏠"));
            assertTrue(text(p.predict(from)).contains("é🏠"));
            assertEquals(before, from.position());
        }
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("clients")
    void map_gives_the_members_of_the_answer(AiStudio with) {
        Map<String, Object> answer = with.predictor(echo).predict(Map.of("x", List.of(1, 2.5), "y", "🏠\n"));
        assertEquals(0, ((Number) answer.get("errorCode")).intValue());
        Map<?, ?> result = (Map<?, ?>) answer.get("result");
        assertEquals("🏠\n", result.get("y"));
        assertEquals(2.5, ((List<?>) result.get("x")).get(1));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("clients")
    void record_comes_back_as_a_record(AiStudio with) {
        House house = new House("北京", 93.5, List.of(1, 2));
        assertEquals(house, with.predictor(echo).predict(house, House.class));
        assertEquals("7", with.predictor(echo).predict("\"7\"", String.class));
        assertArrayEquals(new double[][] {{1}, {2}}, with.predictor(echo).predict("[[1],[2]]", double[][].class));
    }

    @Test
    void pojo_works_with_jackson_and_is_refused_without() {
        Pojo pojo = new Pojo();
        pojo.a = 3;
        pojo.b = "\u0000\uDBFF\uDFFF";
        Pojo back = client.predictor(echo).predict(pojo, Pojo.class);
        assertEquals(3, back.a);
        assertEquals(pojo.b, back.b);
        Predictor without = plain.predictor(echo);
        RuntimeException e = assertThrows(RuntimeException.class, () -> without.predict(pojo, Pojo.class));
        assertTrue(e.getMessage().contains("Jackson"), e.getMessage());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("clients")
    void value_that_cannot_be_written_is_an_argument_error(AiStudio with) {
        Predictor p = with.predictor(echo);
        assertThrows(IllegalArgumentException.class, () -> p.predict(new Selfish(), String.class));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("clients")
    void answer_that_is_not_what_is_wanted_fails_the_call(AiStudio with) {
        Predictor p = with.predictor(echo);
        ApiException e = assertThrows(ApiException.class, () -> p.predict("{\"city\":1,\"area\":\"x\"}", House.class));
        assertEquals(
                "decode_failed done decode 200", "%s %s %s %d".formatted(e.code(), e.outcome(), e.phase(), e.status()));
        assertInstanceOf(IllegalArgumentException.class, e.getCause());
        CompletableFuture<House> call = p.predictAsync("[1]", House.class);
        assertInstanceOf(
                ApiException.class,
                assertThrows(ExecutionException.class, call::get).getCause());
    }

    @Test
    void doubles_go_and_come_without_loss() {
        Predictor p = client.predictor(echo);
        double[] numbers = {0, -0.0, 0.1, 1e300, Double.MIN_VALUE, 1.0 / 3};
        assertArrayEquals(numbers, p.predict(numbers));
        double[][] rows = {{1, 2, 3}, {4, 5, 6.5}};
        assertArrayEquals(rows, p.predict(rows));
        Endpoint price = studio.serve("price", json -> "[[23.38]]");
        assertArrayEquals(new double[] {23.38}, client.predictor(price).predict(new double[] {1}));
    }

    @Test
    void doubles_that_json_has_not_are_refused() {
        Predictor p = client.predictor(echo);
        AiStudioException e = assertThrows(AiStudioException.class, () -> p.predict(new double[] {1, Double.NaN}));
        assertEquals(ErrorCodes.ENCODE_FAILED, e.code());
        assertThrows(IllegalArgumentException.class, () -> p.predict(new double[][] {{1, 2}, {3}}));
        assertThrows(IllegalArgumentException.class, () -> p.predict(new double[][] {}));
        Endpoint text = studio.serve("text", json -> "\"x\"");
        AiStudioException wrong = assertThrows(
                AiStudioException.class, () -> client.predictor(text).predict(new double[] {1}));
        assertEquals(ErrorCodes.DECODE_FAILED, wrong.code());
    }

    @Test
    void answer_larger_than_the_usual_room_arrives_whole() throws Exception {
        String large = "\"" + "x".repeat(3_000_000) + "\"";
        Predictor p = client.predictor(echo);
        List<CompletableFuture<String>> calls =
                Stream.of(large, "1", large, "2").map(p::predictAsync).toList();
        for (int i = 0; i < 4; i++) {
            assertTrue(calls.get(i).get().endsWith((i % 2 == 0 ? large : Integer.toString(i / 2 + 1)) + "}"));
        }
    }

    @Test
    void answer_that_is_not_utf8_is_refused_as_text_and_given_as_bytes() throws Exception {
        HttpServer server = HttpServer.create(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, 3);
            exchange.getResponseBody().write(new byte[] {'"', (byte) 0xff, '"'});
            exchange.close();
        });
        server.start();
        try {
            Predictor p =
                    client.predictor("http://127.0.0.1:" + server.getAddress().getPort() + "/x", "k");
            assertEquals((byte) 0xff, p.predict(new byte[] {'1'})[1]);
            assertThrows(ApiException.class, () -> p.predict("1"));
            assertThrows(CompletionException.class, () -> p.predictAsync("1").join());
        } finally {
            server.stop(0);
        }
    }

    /** A server that reads and never answers; counts the bytes' end. */
    private record Silent(ServerSocket socket, CountDownLatch arrived, CountDownLatch cut) implements AutoCloseable {
        static Silent start() throws IOException {
            Silent out = new Silent(
                    new ServerSocket(0, 10, InetAddress.getLoopbackAddress()),
                    new CountDownLatch(1),
                    new CountDownLatch(1));
            Thread t = new Thread(out::serve);
            t.setDaemon(true);
            t.start();
            return out;
        }

        private void serve() {
            try (Socket peer = socket.accept()) {
                InputStream in = peer.getInputStream();
                in.read();
                arrived.countDown();
                while (in.read() >= 0) {
                    // until it is cut
                }
            } catch (IOException e) {
                // cut as well
            }
            cut.countDown();
        }

        Predictor predictor(AiStudio client) {
            return client.predictor("http://127.0.0.1:" + socket.getLocalPort() + "/x", "k");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void future_cancelled_cuts_the_request() throws Exception {
        try (Silent server = Silent.start()) {
            CompletableFuture<String> call = server.predictor(client).predictAsync("1");
            assertTrue(server.arrived.await(30, TimeUnit.SECONDS));
            assertTrue(call.cancel(true));
            assertTrue(server.cut.await(20, TimeUnit.SECONDS));
            assertThrows(CancellationException.class, call::join);
        }
    }

    @Test
    void future_timed_out_from_outside_cuts_the_request() throws Exception {
        try (Silent server = Silent.start()) {
            CompletableFuture<String> call = server.predictor(client).predictAsync("1");
            assertTrue(server.arrived.await(30, TimeUnit.SECONDS));
            call.orTimeout(1, TimeUnit.MILLISECONDS);
            assertTrue(server.cut.await(20, TimeUnit.SECONDS));
            ExecutionException e = assertThrows(ExecutionException.class, call::get);
            assertInstanceOf(TimeoutException.class, e.getCause());
        }
    }

    @Test
    void client_closed_fails_futures_in_flight() throws Exception {
        try (Silent server = Silent.start()) {
            AiStudio closed = AiStudio.create();
            CompletableFuture<String> call = server.predictor(closed).predictAsync("1");
            assertTrue(server.arrived.await(30, TimeUnit.SECONDS));
            closed.close();
            ExecutionException e = assertThrows(ExecutionException.class, () -> call.get(30, TimeUnit.SECONDS));
            assertInstanceOf(IllegalStateException.class, e.getCause());
            assertTrue(server.cut.await(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void client_forgotten_is_kept_by_its_call_and_freed_after() throws Exception {
        CompletableFuture<String> call = AiStudio.create().predictor(echo).predictAsync("1");
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        assertTrue(call.get().endsWith("1}"));
    }

    @Test
    void completions_come_on_one_daemon_thread_and_may_call_again() throws Exception {
        CountDownLatch chained = new CountDownLatch(1);
        Endpoint gated = studio.serve("gated", json -> {
            assertTrue(chained.await(30, TimeUnit.SECONDS));
            return json;
        });
        Predictor p = client.predictor(gated);
        Thread[] on = new Thread[2];
        CompletableFuture<String> answers = p.predictAsync("1")
                .thenApply(first -> {
                    on[0] = Thread.currentThread();
                    return p.predict("2") + p.predictAsync("3").join();
                })
                .thenCompose(two -> p.predictAsync("4").thenApply(last -> {
                    on[1] = Thread.currentThread();
                    return two + last;
                }));
        chained.countDown();
        String answer = answers.get();
        for (String part : List.of(":2}", ":3}", ":4}")) {
            assertTrue(answer.contains(part), answer);
        }
        assertTrue(on[0].isDaemon());
        assertTrue(on[0].getName().startsWith("aistudio"), on[0].getName());
        assertSame(on[0], on[1]); // started there, so that it cannot end before it is chained
    }

    @Test
    void withDeadline_bounds_the_call() throws Exception {
        try (Silent server = Silent.start()) {
            Predictor p = server.predictor(client).withDeadline(Duration.ofMillis(100));
            assertThrows(TimeLimitException.class, () -> p.predict("1"));
            ExecutionException e = assertThrows(
                    ExecutionException.class, () -> p.predictAsync("1").get());
            assertInstanceOf(TimeLimitException.class, e.getCause());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void predictAll_gives_each_record_its_answer(boolean ordered) {
        BulkOptions options = new BulkOptions(ordered, 8);
        Stream<double[]> records = IntStream.range(0, 500).mapToObj(i -> new double[] {i});
        List<Prediction<double[]>> answers =
                client.predictor(echo).predictAll(records, options).toList();
        assertEquals(500, answers.size());
        List<Long> order = new ArrayList<>();
        for (Prediction<double[]> answer : answers) {
            assertEquals(answer.index(), answer.get()[0]);
            order.add(answer.index());
        }
        if (!ordered) {
            Collections.sort(order);
        }
        assertEquals(IntStream.range(0, 500).mapToObj(i -> (long) i).toList(), order);
    }

    @Test
    void predictAll_reads_no_further_than_its_window() {
        AtomicInteger read = new AtomicInteger();
        Stream<String> endless = Stream.generate(() -> Integer.toString(read.incrementAndGet()));
        try (Stream<Prediction<String>> answers =
                client.predictor(echo).predictAll(endless, BulkOptions.ordered().withMaxInFlight(4))) {
            var iterator = answers.iterator();
            for (int i = 0; i < 10; i++) {
                assertTrue(iterator.next().get().endsWith(":" + (i + 1) + "}"));
            }
        }
        assertTrue(read.get() <= 14, read::toString);
    }

    @Test
    void predictAll_record_that_fails_stops_no_other() {
        Stream<String> records = Stream.of("1", "\"\uD800\"", "{", "4");
        List<Prediction<String>> answers =
                client.predictor(echo).predictAll(records).toList();
        assertNull(answers.get(0).failure());
        assertInstanceOf(IllegalArgumentException.class, answers.get(1).failure());
        ApiException e = assertThrows(ApiException.class, () -> answers.get(2).get());
        assertEquals(ErrorCodes.BAD_REQUEST, e.code());
        assertTrue(answers.get(3).get().endsWith(":4}"));
    }

    @Test
    void predictAll_with_a_type_gives_values() {
        House house = new House("x", 1, List.of());
        List<House> houses = client.predictor(echo)
                .predictAll(Stream.of(house, house), House.class, BulkOptions.asCompleted())
                .map(Prediction::get)
                .toList();
        assertEquals(List.of(house, house), houses);
    }

    @Test
    void predictAll_interrupted_cuts_what_is_in_flight() throws Exception {
        try (Silent server = Silent.start()) {
            Stream<Prediction<String>> answers = server.predictor(client).predictAll(Stream.of("1"));
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Thread taking = new Thread(() -> {
                try {
                    answers.toList();
                } catch (Throwable t) {
                    ended.complete(t);
                }
            });
            taking.start();
            assertTrue(server.arrived.await(30, TimeUnit.SECONDS));
            taking.interrupt();
            assertInstanceOf(CancellationException.class, ended.get(30, TimeUnit.SECONDS));
            assertTrue(server.cut.await(20, TimeUnit.SECONDS)); // before the deadline would
        }
    }
}
