package org.aistudio.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.BulkOptions;
import org.aistudio.sdk.Endpoint;
import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.Studio;
import org.aistudio.sdk.junit5.LocalStudio;
import org.aistudio.sdk.junit5.ServedAs;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Memory, open files and threads over many calls and clients; a heap of 128 MiB bounds what Java adds. */
@LocalStudio
@Tag("long")
@Timeout(600)
class LoadTest {
    private static final byte[] RECORD = "{\"x\":[1,2,3]}".getBytes(StandardCharsets.UTF_8);
    private static final long GROWTH = 24 << 10; // kilobytes; a byte lost by each of 10^6 calls is 1 MiB

    @ServedAs("echo")
    static final Studio.Service ECHO = json -> json;

    private static void flat(Resources before, Resources after) {
        String both = before + " -> " + after;
        System.out.println(both);
        assertTrue(after.openFiles() <= before.openFiles(), both);
        assertTrue(after.threads() <= before.threads(), both);
        assertTrue(after.residentKilobytes() - before.residentKilobytes() < GROWTH, both);
    }

    private static void calls(Predictor predictor, int count) throws InterruptedException {
        Semaphore window = new Semaphore(64);
        AtomicLong right = new AtomicLong();
        AtomicReference<Throwable> wrong = new AtomicReference<>();
        for (int i = 0; i < count; i++) {
            window.acquire();
            predictor.predictAsync(RECORD).whenComplete((answer, failure) -> {
                if (failure == null && answer.length > RECORD.length) {
                    right.incrementAndGet();
                } else {
                    wrong.set(failure);
                }
                window.release();
            });
        }
        window.acquire(64);
        assertEquals(count, right.get(), () -> String.valueOf(wrong.get()));
    }

    @Test
    void million_calls_leave_nothing_behind(@ServedAs("echo") Predictor predictor) throws Exception {
        calls(predictor, 100_000);
        Resources before = Resources.now();
        calls(predictor, 1_000_000);
        flat(before, Resources.settled(before));
    }

    @Test
    void predictAll_of_many_records_leaves_nothing_behind(@ServedAs("echo") Predictor predictor) throws Exception {
        Resources before = null;
        for (int round = 0; round < 5; round++) {
            try (var answers =
                    predictor.predictAll(Stream.generate(() -> RECORD).limit(50_000), BulkOptions.asCompleted())) {
                assertEquals(50_000, answers.filter(a -> a.get().length > 0).count());
            }
            before = before != null ? before : Resources.now();
        }
        flat(before, Resources.settled(before));
    }

    /** Each is closed with or without a call in flight, or forgotten. */
    private static void clients(Endpoint endpoint, int count) {
        for (int i = 0; i < count; i++) {
            AiStudio client =
                    AiStudio.builder().deadline(Duration.ofSeconds(20)).build();
            Predictor predictor = client.predictor(endpoint);
            CompletableFuture<byte[]> call = predictor.predictAsync(RECORD);
            switch (i % 4) {
                case 0 -> {
                    assertTrue(call.join().length > 0);
                    client.close();
                }
                case 1 -> client.close(); // ends the call
                case 2 -> {
                    call.cancel(true);
                    client.close();
                }
                default -> {
                    call.join();
                    if (i % 40 != 3) {
                        client.close();
                    } // else it is forgotten
                }
            }
            if (i % 4 != 0) {
                assertTrue(isOver(call), call::toString);
            }
        }
    }

    private static boolean isOver(CompletableFuture<?> call) {
        try {
            call.join();
        } catch (CancellationException | CompletionException e) {
            // the client's end, or our own
        }
        return call.isDone();
    }

    @Test
    void ten_thousand_clients_leave_nothing_behind(@ServedAs("echo") Endpoint endpoint) throws Exception {
        Resources start = Resources.now();
        clients(endpoint, 2500);
        Resources before = Resources.settled(start);
        for (int round = 0; round < 4; round++) {
            clients(endpoint, 2500);
            Resources.settled(start);
        }
        flat(before, Resources.settled(start));
    }

    @Test
    void garbage_collection_at_any_time_harms_no_call(@ServedAs("echo") Endpoint endpoint) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Thread collector = new Thread(() -> {
            while (!over.get()) {
                System.gc();
            }
        });
        collector.start();
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            for (int round = 0; round < 10 || System.nanoTime() < end; round++) {
                try (AiStudio client = AiStudio.create()) {
                    oneOfEach(client.predictor(endpoint));
                }
            }
        } finally {
            over.set(true);
            collector.join();
        }
    }

    private static void oneOfEach(Predictor predictor) {
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            ByteBuffer memory =
                    ByteBuffer.allocateDirect(RECORD.length).put(RECORD).flip();
            calls.add(predictor.predictAsync(memory)); // nobody holds the memory any more
            calls.add(predictor.predictAsync(RECORD.clone()));
            calls.add(predictor.predictAsync(new double[] {1, 2, 3}));
            CompletableFuture<String> cancelled = predictor.predictAsync("[]");
            if (ThreadLocalRandom.current().nextBoolean()) {
                cancelled.cancel(true);
            }
        }
        calls.forEach(CompletableFuture::join);
    }
}
