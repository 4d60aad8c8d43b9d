package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.aistudio.sdk.internal.VirtualThreads;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With a JDK that has virtual threads, where one is beside that of the build. */
@Timeout(120)
class VirtualThreadsTest {
    private static final String PROGRAM =
            """
            import java.nio.file.*;
            import java.util.*;
            import java.util.concurrent.*;
            import org.aistudio.sdk.*;

            public class Program {
                public static void main(String[] folder) throws Exception {
                    CountDownLatch all = new CountDownLatch(100);
                    try (Studio studio = Studio.start(Path.of(folder[0])); AiStudio client = AiStudio.create()) {
                        Predictor p = client.predictor(studio.serve("meet", json -> {
                            all.await(60, TimeUnit.SECONDS);
                            return json;
                        }));
                        List<Thread> threads = new ArrayList<>();
                        Set<String> right = ConcurrentHashMap.newKeySet();
                        for (int i = 0; i < 100; i++) {
                            String json = "" + i;
                            threads.add(Thread.ofVirtual().start(() -> {
                                all.countDown();
                                if (p.predict(json).contains("\\"result\\":" + json)) {
                                    right.add(json);
                                }
                            }));
                        }
                        for (Thread t : threads) {
                            t.join();
                        }
                        System.out.println(right.size());
                    }
                }
            }
            """;

    @TempDir
    Path folder;

    /** The newest there is. */
    private static Optional<Path> java() throws IOException {
        Path all = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(all)) {
            return Optional.empty();
        }
        try (Stream<Path> found = Files.list(all)) {
            return found.map(home -> home.resolve("bin/java"))
                    .filter(Files::isExecutable)
                    .filter(java -> version(java) >= 21)
                    .max(Comparator.comparing(VirtualThreadsTest::version));
        }
    }

    private static int version(Path java) {
        try (Stream<String> lines = Files.lines(java.resolveSibling("../release"))) {
            return lines.filter(line -> line.startsWith("JAVA_VERSION="))
                    .map(line ->
                            Runtime.Version.parse(line.replaceAll(".*=|\"", "")).feature())
                    .findFirst()
                    .orElse(0);
        } catch (IOException | IllegalArgumentException e) {
            return 0;
        }
    }

    @Test
    void this_thread_is_not_virtual() {
        assertFalse(VirtualThreads.isCurrent());
    }

    /** All calls are in flight at a time, on one carrier. */
    @Test
    void blocking_prediction_does_not_hold_the_carrier() throws Exception {
        Optional<Path> java = java();
        assumeTrue(java.isPresent(), "there is no JDK 21 or later in /usr/lib/jvm");
        Path source = Files.writeString(folder.resolve("Program.java"), PROGRAM);
        Path output = folder.resolve("output");
        Process p = new ProcessBuilder(
                        java.get().toString(),
                        "-Djdk.virtualThreadScheduler.parallelism=1",
                        "-Djdk.virtualThreadScheduler.maxPoolSize=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dorg.aistudio.sdk.cache=" + System.getProperty("org.aistudio.sdk.cache"),
                        "-cp",
                        Path.of(AiStudio.class
                                        .getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .toURI())
                                .toString(),
                        source.toString(),
                        folder.resolve("studio").toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!p.waitFor(90, TimeUnit.SECONDS)) {
            p.destroyForcibly();
        }
        assertEquals("100\n", Files.readString(output, StandardCharsets.UTF_8));
    }
}
