package org.aistudio.sdk.internal;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.aistudio.sdk.Secret;

/** Writes values as {@code value_reader} of value_bytes.hpp reads them. */
public final class WireWriter {
    private interface Step {
        void run(DataOutputStream out) throws IOException;
    }

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

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
