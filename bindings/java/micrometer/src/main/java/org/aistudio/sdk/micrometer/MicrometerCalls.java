package org.aistudio.sdk.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.aistudio.sdk.CallReport;

/**
 * Counts a client's calls in a registry:
 *
 * <pre>{@code AiStudio.builder().onCall(new MicrometerCalls(registry)).build()}</pre>
 *
 * <ul>
 *   <li>{@code aistudio.calls}, a timer: each call over all its attempts;
 *   <li>{@code aistudio.retries}, a counter: attempts after a call's first.
 * </ul>
 *
 * <p>Both have the tags {@code method}, {@code host}, {@code uri} (numbers and ids in it are {@code {id}}),
 * {@code status} (0: no answer), {@code error} ({@code none}: it succeeded) and {@code outcome}. May be used
 * by several clients at a time.
 */
public final class MicrometerCalls implements Consumer<CallReport> {
    /** Bound of what is remembered: a client that calls more kinds of addresses has them looked up again. */
    private static final int MOST = 1000;

    /** A part of a path with a digit stands for one of many things; versions such as v1 are not. */
    private static final Pattern ID = Pattern.compile("(?<=/)(?!v\\d+(?:/|$))[^/]*\\d[^/]*");

    private final MeterRegistry registry;
    private final Tags common;
    private final Map<Kind, Meters> known = new ConcurrentHashMap<>();

    /**
     * Counts in {@code registry}.
     *
     * @param registry where to
     * @param common tags that each meter gets as well
     */
    public MicrometerCalls(MeterRegistry registry, Tag... common) {
        this.registry = registry;
        this.common = Tags.of(List.of(common));
    }

    private record Kind(String method, String url, int status, String error, String outcome) {}

    private record Meters(Timer calls, Counter retries) {}

    @Override
    public void accept(CallReport report) {
        Kind kind = new Kind(report.method(), report.url(), report.status(), report.error(), report.outcome());
        Meters meters = known.get(kind);
        if (meters == null) {
            meters = metersOf(kind);
            if (known.size() < MOST) {
                known.put(kind, meters);
            }
        }
        meters.calls.record((long) (report.seconds() * 1e9), TimeUnit.NANOSECONDS);
        if (report.attempts() > 1) {
            meters.retries.increment(report.attempts() - 1.0);
        }
    }

    private Meters metersOf(Kind kind) {
        URI address = URI.create(kind.url());
        Tags tags = common.and(
                "method", kind.method(),
                "host", address.getRawAuthority(),
                "uri", ID.matcher(address.getRawPath()).replaceAll("{id}"),
                "status", Integer.toString(kind.status()),
                "error", kind.error().isEmpty() ? "none" : kind.error(),
                "outcome", kind.outcome());
        return new Meters(
                Timer.builder("aistudio.calls")
                        .description("Calls to AI Studio, over all their attempts")
                        .tags(tags)
                        .register(registry),
                Counter.builder("aistudio.retries")
                        .description("Attempts after a call's first")
                        .tags(tags)
                        .register(registry));
    }
}
