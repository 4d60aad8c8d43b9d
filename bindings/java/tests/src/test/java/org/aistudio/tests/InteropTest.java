package org.aistudio.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.ApiException;
import org.aistudio.sdk.PoolOptions;
import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.TlsOptions;
import org.aistudio.sdk.TransportException;
import org.aistudio.tests.servers.JdkServer;
import org.aistudio.tests.servers.JettyServer;
import org.aistudio.tests.servers.NettyServer;
import org.aistudio.tests.servers.NginxServer;
import org.aistudio.tests.servers.Server;
import org.aistudio.tests.servers.TomcatServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Predictions through servers that no one here wrote. */
@Timeout(60)
class InteropTest {
    abstract static class Suite {
        @TempDir
        Path folder;

        private Server server;
        private AiStudio client;

        abstract Server start() throws Exception;

        @BeforeEach
        void begin() throws Exception {
            server = start();
            AiStudio.Builder options = AiStudio.builder();
            if (server.caFile() != null) {
                options.tls(
                        TlsOptions.builder().caFile(Path.of(server.caFile())).build());
            }
            client = options.build();
        }

        @AfterEach
        void end() throws Exception {
            client.close();
            server.close();
        }

        final Predictor at(String path) {
            return client.predictor(server.url() + path, "canary-key-5c");
        }

        @Test
        void record_comes_back_exactly() {
            assertEquals("{\"result\":\"价格 🏠 \\u0000\"}", at("/echo").predict("\"价格 🏠 \\u0000\""));
        }

        @Test
        void connection_is_kept_over_calls() {
            Predictor predictor = at("/echo");
            for (int i = 0; i < 50; i++) {
                assertEquals("{\"result\":" + i + "}", predictor.predict("" + i));
            }
            assertEquals(1, server.connections());
        }

        @Test
        void connection_that_the_server_ends_is_followed_by_another() {
            Predictor predictor = at("/close");
            for (int i = 0; i < 10; i++) {
                assertEquals("{\"result\":" + i + "}", predictor.predict("" + i));
            }
            assertEquals(10, server.connections());
            assertEquals(10, server.calls()); // none was sent twice
        }

        @Test
        void answer_in_chunks_arrives_whole_and_the_connection_is_kept() {
            Predictor predictor = at("/chunked");
            String record = "\"" + "chunk ".repeat(3000) + "\"";
            for (int i = 0; i < 10; i++) {
                assertEquals("{\"result\":" + record + "}", predictor.predict(record));
            }
            assertEquals(1, server.connections());
        }

        @Test
        void large_records_and_answers_pass() {
            assertEquals(
                    (3 << 20) + "{\"result\":\"\"}".length(),
                    at("/big").predict("1").length());
            byte[] record = ("\"" + "y".repeat(1 << 20) + "\"").getBytes(StandardCharsets.UTF_8);
            assertEquals(record.length + "{\"result\":}".length(), at("/echo").predict(record).length);
        }

        @Test
        void failure_of_the_server_is_told_with_its_status() {
            ApiException e =
                    assertThrows(ApiException.class, () -> at("/failing").predict("1"));
            assertEquals(500, e.status());
            assertEquals("done", e.outcome());
            assertTrue(!e.getMessage().contains("canary"), e.getMessage());
            assertEquals(
                    404,
                    assertThrows(ApiException.class, () -> at("/nowhere").predict("1"))
                            .status());
        }

        @Test
        void many_calls_at_a_time_get_their_own_answers() {
            Predictor predictor = at("/echo");
            List<CompletableFuture<String>> calls = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                calls.add(predictor.predictAsync("" + i));
            }
            for (int i = 0; i < 2000; i++) {
                assertEquals("{\"result\":" + i + "}", calls.get(i).join());
            }
            assertTrue(server.connections() <= PoolOptions.builder().build().maxConnections());
        }
    }

    @Nested
    class Jdk extends Suite {
        @Override
        Server start() throws Exception {
            return new JdkServer();
        }

        @Test
        void answer_that_is_compressed_though_not_asked_for_is_refused() {
            ApiException e =
                    assertThrows(ApiException.class, () -> at("/zipped").predict("1"));
            assertEquals("decode_failed done", e.code() + " " + e.outcome());
            assertThrows(ApiException.class, () -> at("/zipped").predict(1, Integer.class));
            assertEquals("{\"result\":3}", at("/echo").predict("3"));
        }
    }

    @Nested
    class Jetty extends Suite {
        @Override
        Server start() throws Exception {
            return new JettyServer();
        }
    }

    @Nested
    class Tomcat extends Suite {
        @Override
        Server start() throws Exception {
            return new TomcatServer(folder);
        }
    }

    @Nested
    class Netty extends Suite {
        @Override
        Server start() throws Exception {
            return new NettyServer();
        }
    }

    @Nested
    class NginxWithTls extends Suite {
        @Override
        Server start() throws Exception {
            return new NginxServer(folder);
        }

        @Test
        void certificate_of_an_unknown_authority_is_refused() throws Exception {
            Path other = Files.createDirectories(folder.resolve("other"));
            try (Server server = new NginxServer(other);
                    AiStudio stranger = AiStudio.create()) {
                Predictor predictor = stranger.predictor(server.url() + "/echo", "k");
                TransportException e = assertThrows(TransportException.class, () -> predictor.predict("1"));
                assertEquals("tls_failed not_sent", e.code() + " " + e.outcome());
                assertEquals(0, server.calls());
            }
        }
    }
}
