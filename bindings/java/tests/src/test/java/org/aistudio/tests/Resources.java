package org.aistudio.tests;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What this process holds, as Linux counts it. */
record Resources(long residentKilobytes, int openFiles, int threads) {
    static Resources now() {
        for (int i = 0; i < 3; i++) {
            System.gc(); // so that what is left is held
        }
        String[] files = new File("/proc/self/fd").list();
        return new Resources(number("VmRSS:"), files == null ? 0 : files.length, (int) number("Threads:"));
    }

    private static long number(String name) {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until files and threads are no more than before: what is closed ends in threads of its own. */
    static Resources settled(Resources before) throws InterruptedException {
        until(() -> {
            Resources now = now();
            return now.openFiles <= before.openFiles && now.threads <= before.threads;
        });
        return now();
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
                !condition.getAsBoolean() && System.nanoTime() < end; ) {
            Thread.sleep(50);
        }
    }
}
