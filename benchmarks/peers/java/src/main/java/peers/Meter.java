package peers;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * Says when calls may start and counts those that end after the warm-up. For any thread. The warm-up
 * is in seconds of processor time: that is what the JVM needs to compile, however busy the machine is.
 */
final class Meter {
    private final Options options;
    private final OperatingSystemMXBean system =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final CountDownLatch idle = new CountDownLatch(1);
    private long[] latencies = new long[1 << 16];
    private long warmAt; // processor time of the process
    private long beginAt;
    private long endAt;
    private long toStart;
    private long inFlight;
    private int count;
    private int errors;
    private String firstError = "";
    private double cpuSeconds;
    private double seconds;
    private long cpuBefore;
    private boolean measuring;
    private boolean done;

    Meter(Options options) {
        this.options = options;
    }

    synchronized void begin() {
        long now = System.nanoTime();
        warmAt = system.getProcessCpuTime() + (long) (options.warmupSeconds * 1e9);
        if (options.warmupSeconds <= 0) {
            beginMeasuring(now);
        }
    }

    synchronized boolean mayStart() {
        if (done || (measuring && options.calls > 0 && toStart-- <= 0)) {
            return false;
        }
        inFlight++;
        return true;
    }

    synchronized void finished(long started, boolean right, Object why) {
        long now = System.nanoTime();
        inFlight--;
        if (measuring) {
            record(now - started, right, why);
            if (options.calls > 0 ? count >= options.calls : now >= endAt) {
                endMeasuring(now);
            }
        } else if (!done && system.getProcessCpuTime() >= warmAt) {
            beginMeasuring(now);
        }
        if (done && inFlight == 0) {
            idle.countDown();
        }
    }

    private void record(long latency, boolean right, Object why) {
        if (count == latencies.length) {
            latencies = Arrays.copyOf(latencies, 2 * count);
        }
        latencies[count++] = latency;
        if (!right && errors++ == 0) {
            firstError = String.valueOf(why);
        }
    }

    private void beginMeasuring(long now) {
        measuring = true;
        toStart = options.calls - inFlight;
        beginAt = now;
        endAt = now + (long) (options.seconds * 1e9);
        cpuBefore = system.getProcessCpuTime();
    }

    private void endMeasuring(long now) {
        cpuSeconds = (system.getProcessCpuTime() - cpuBefore) / 1e9;
        seconds = (now - beginAt) / 1e9;
        measuring = false;
        done = true;
    }

    /** Waits for the end of the measured time and of the calls that still run then. */
    void await() throws InterruptedException {
        idle.await();
    }

    synchronized String line() {
        Arrays.sort(latencies, 0, count);
        String error = firstError.replace(options.key, "***").replaceAll("[\"\\\\\\p{Cntrl}]", " ");
        return String.format(
                Locale.ROOT,
                "{\"calls\": %d, \"errors\": %d, \"seconds\": %.6f, \"cpu_us_per_call\": %.4f, "
                        + "\"calls_per_second\": %.1f, \"p50_us\": %.2f, \"p99_us\": %.2f, "
                        + "\"first_error\": \"%s\"}",
                count, errors, seconds, count > 0 ? cpuSeconds * 1e6 / count : 0.0,
                seconds > 0 ? count / seconds : 0.0, percentile(0.5), percentile(0.99),
                error.substring(0, Math.min(200, error.length())));
    }

    private double percentile(double share) {
        return count == 0 ? 0 : latencies[(int) (share * (count - 1))] / 1e3;
    }
}
