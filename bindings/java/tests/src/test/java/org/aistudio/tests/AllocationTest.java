package org.aistudio.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.Predictor;
import org.aistudio.tests.servers.NettyServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a call allocates, the record of a house in and a price out: in the thread that calls and the one that completes. */
@Timeout(120)
class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final String HOUSE = "{\"CRIM\":0.00632,\"ZN\":18,\"INDUS\":2.31,\"CHAS\":0,\"NOX\":0.538,"
            + "\"RM\":6.575,\"AGE\":65.2,\"DIS\":4.09,\"RAD\":1,\"TAX\":296,\"PTRATIO\":15.3,\"B\":396.9,\"LSTAT\":4.98}";
    private static final int MOST = 500;
    private static final int COUNT = 8000;

    /** Bytes that these threads have allocated so far. */
    private static long allocated(long... threads) {
        long out = 0;
        for (long bytes : THREADS.getThreadAllocatedBytes(threads)) {
            out += Math.max(0, bytes); // -1: it has ended
        }
        return out;
    }

    private static void calls(int count, Supplier<CompletableFuture<?>> one, Semaphore window)
            throws InterruptedException {
        Runnable ended = window::release; // not one for each call
        for (int i = 0; i < count; i++) {
            window.acquire();
            one.get().thenRun(ended); // 1 future and 1 node, which count as the caller's
        }
        window.acquire(32);
        window.release(32);
    }

    private static void check(String what, Supplier<CompletableFuture<?>> one) throws InterruptedException {
        Semaphore window = new Semaphore(32);
        one.get().join();
        long[] threads = Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t == Thread.currentThread() || t.getName().equals("aistudio-completions"))
                .mapToLong(Thread::getId)
                .toArray();
        assertTrue(threads.length >= 2);
        calls(COUNT, one, window);
        long before = allocated(threads);
        calls(COUNT, one, window);
        double each = (allocated(threads) - before) / (double) COUNT;
        System.out.printf("%s: %.0f bytes a call%n", what, each);
        assertTrue(each <= MOST, () -> what + ": " + each + " bytes a call");
    }

    @Test
    void call_allocates_at_most_500_bytes() throws Exception {
        try (NettyServer server = new NettyServer();
                AiStudio client = AiStudio.create()) {
            Predictor predictor = client.predictor(server.url() + "/price", "k");
            byte[] utf8 = HOUSE.getBytes(StandardCharsets.UTF_8);
            // First, because futures need the thread that completes calls.
            check("byte[]", () -> predictor.predictAsync(utf8));
            check("String", () -> predictor.predictAsync(HOUSE));
            check("byte[], blocking", () -> CompletableFuture.completedFuture(predictor.predict(utf8)));
            check("String, blocking", () -> CompletableFuture.completedFuture(predictor.predict(HOUSE)));
        }
    }
}
