package org.aistudio.sdk.internal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.aistudio.sdk.Page;
import org.aistudio.sdk.Secret;

/** Reads values as {@code value_writer} of value_bytes.hpp writes them. */
public final class WireReader {
    private final ByteBuffer in;

    public WireReader(byte[] bytes) {
        in = ByteBuffer.wrap(bytes);
    }

    public WireReader(byte[] bytes, int offset, int length) {
        in = ByteBuffer.wrap(bytes, offset, length);
    }

    public boolean bool() {
        return in.get() != 0;
    }

    public int int32() {
        return in.getInt();
    }

    public long int64() {
        return in.getLong();
    }

    public double float64() {
        return in.getDouble();
    }

    public String text() {
        byte[] bytes = new byte[in.getInt()];
        in.get(bytes);
        return Utf8.decodeTrusted(bytes);
    }

    public Secret secret() {
        return Secret.of(text());
    }

    public Path path() {
        return Path.of(text());
    }

    /** The epoch itself means "not known". */
    public Optional<Instant> time() {
        long millis = in.getLong();
        return millis == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    public Duration duration() {
        return Duration.ofMillis(in.getLong());
    }

    public Void nothing() {
        return null;
    }

    public <T> Page<T> page(Function<WireReader, T> item) {
        List<T> items = list(item);
        return new Page<>(items, in.getLong(), in.getInt(), in.getInt());
    }

    public <T> List<T> list(Function<WireReader, T> item) {
        int size = in.getInt();
        List<T> out = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            out.add(item.apply(this));
        }
        return List.copyOf(out);
    }

    public <T> Optional<T> optional(Function<WireReader, T> value) {
        return bool() ? Optional.of(value.apply(this)) : Optional.empty();
    }
}
