package org.aistudio.sdk.internal;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.aistudio.sdk.Secret;

/** Writes values as {@code value_reader} of value_bytes.hpp reads them. */
public final class WireWriter {
    /** Longer ones would not fit into the core's clock. */
    private static final Duration LONGEST = Duration.ofDays(365 * 100);

    /** A function given along with a value, to be called with its arguments as bytes. */
    @FunctionalInterface
    public interface Callback {
        void call(WireReader arguments);
    }

    private interface Step {
        void run(DataOutputStream out) throws IOException;
    }

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);
    private final List<Callback> functions = new ArrayList<>();

    /** The functions written so far, in order. */
    public List<Callback> functions() {
        return functions;
    }

    public byte[] toByteArray() {
        return bytes.toByteArray();
    }

    public void bool(boolean v) {
        put(o -> o.writeBoolean(v));
    }

    public void int32(int v) {
        put(o -> o.writeInt(v));
    }

    public void int64(long v) {
        put(o -> o.writeLong(v));
    }

    public void float64(double v) {
        put(o -> o.writeDouble(v));
    }

    public void text(String v) {
        byte[] utf8 = Utf8.encode(v);
        put(o -> {
            o.writeInt(utf8.length);
            o.write(utf8);
        });
    }

    public void secret(Secret v) {
        text(v.reveal());
    }

    public void path(Path v) {
        text(v.toString());
    }

    public void time(Optional<Instant> v) {
        int64(v.map(Instant::toEpochMilli).orElse(0L));
    }

    /** What is between two milliseconds counts as the later one, so that it does not become zero. */
    public void duration(Duration v) {
        if (v.isNegative()) {
            throw new IllegalArgumentException("A duration must not be negative: " + v + ".");
        }
        int64(
                v.compareTo(LONGEST) > 0
                        ? LONGEST.toMillis()
                        : v.plusNanos(999_999).toMillis());
    }

    public <A> void callback(Optional<Consumer<A>> v, Function<WireReader, A> argument) {
        bool(v.isPresent());
        v.ifPresent(f -> functions.add(in -> f.accept(argument.apply(in))));
    }

    public <A> void callback(Consumer<A> v, Function<WireReader, A> argument) {
        callback(Optional.of(v), argument);
    }

    public <A, B> void callback(
            Optional<BiConsumer<A, B>> v, Function<WireReader, A> first, Function<WireReader, B> second) {
        bool(v.isPresent());
        v.ifPresent(f -> functions.add(in -> f.accept(first.apply(in), second.apply(in))));
    }

    public <T> void list(List<T> v, BiConsumer<WireWriter, T> item) {
        int32(v.size());
        v.forEach(i -> item.accept(this, i));
    }

    public <T> void optional(Optional<T> v, BiConsumer<WireWriter, T> value) {
        bool(v.isPresent());
        v.ifPresent(i -> value.accept(this, i));
    }

    private void put(Step step) {
        try {
            step.run(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail so
        }
    }
}
