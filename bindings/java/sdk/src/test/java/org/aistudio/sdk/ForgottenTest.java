package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that nobody closes. */
@Timeout(60)
class ForgottenTest {
    @TempDir
    Path folder;

    /** Names of threads that complete calls are equal; those that were there before stay. */
    private static long completionThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().equals("aistudio-completions"))
                .count();
    }

    private static void useAndForget(Endpoint endpoint) {
        for (int i = 0; i < 5; i++) {
            AiStudio client = AiStudio.create();
            assertTrue(client.predictor(endpoint).predictAsync("1").join().length() > 0);
        }
    }

    @Test
    void client_that_is_forgotten_is_ended_with_its_threads() throws Exception {
        try (Studio studio = Studio.start(folder)) {
            Endpoint endpoint = studio.serve("echo", json -> json);
            long before = completionThreads();
            useAndForget(endpoint);
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
                    completionThreads() > before && System.nanoTime() < end; ) {
                System.gc();
                Thread.sleep(20);
            }
            assertTrue(completionThreads() <= before, () -> completionThreads() + " > " + before);
        }
    }

    @Test
    void client_that_is_forgotten_completes_its_call_first() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Studio studio = Studio.start(folder)) {
            Endpoint slow = studio.serve("slow", json -> {
                release.await(30, TimeUnit.SECONDS);
                return json;
            });
            CompletableFuture<String> call = AiStudio.create().predictor(slow).predictAsync("1");
            for (int i = 0; i < 10; i++) {
                System.gc();
                Thread.sleep(10);
            }
            release.countDown();
            assertEquals("1", call.get(30, TimeUnit.SECONDS).replaceAll(".*\"result\":|}$", ""));
        }
    }
}
