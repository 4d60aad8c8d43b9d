package org.aistudio.sdk;

import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.aistudio.sdk.internal.Call;
import org.aistudio.sdk.internal.Handle;
import org.aistudio.sdk.internal.Json;
import org.aistudio.sdk.internal.NativeClient;
import org.aistudio.sdk.internal.Utf8;
import org.aistudio.sdk.internal.ValueCodec;
import org.aistudio.sdk.internal.VirtualThreads;
import org.aistudio.sdk.internal.WireWriter;

/**
 * Calls one prediction service. {@link AiStudio#predictor} makes it; it ends with its client. May be used by
 * several threads.
 *
 * <p>Text and bytes are JSON and are sent as they are; the answer is the whole answer as the service sent
 * it. All methods throw {@link AiStudioException} when the call fails, and {@link IllegalStateException}
 * when the client is closed.
 */
public final class Predictor {
    private static final long CLIENTS_DEADLINE = -1;
    private static final Type MAP = Map.class;

    private final AiStudio client;
    private final int number;
    private final long deadline;

    Predictor(AiStudio client, int number) {
        this(client, number, CLIENTS_DEADLINE);
    }

    private Predictor(AiStudio client, int number, long deadline) {
        this.client = client;
        this.number = number;
        this.deadline = deadline;
    }

    /**
     * The same service with another bound of each whole call over all attempts.
     *
     * @param value the time; zero: no bound
     * @return a predictor for it
     */
    public Predictor withDeadline(Duration value) {
        return new Predictor(client, number, millis(value));
    }

    /**
     * The same service with other retries than the client's.
     *
     * @param value how often a call is made, and the waits between; with one attempt never again
     * @return a predictor for it
     */
    public Predictor withRetry(RetryPolicy value) {
        WireWriter out = new WireWriter();
        ValueCodec.writeRetryPolicy(out, value);
        return new Predictor(client, client.handle().use(c -> c.withRetry(number, out.toByteArray())), deadline);
    }

    /**
     * Sends one record and returns the whole answer.
     *
     * @param json the record as JSON text
     * @return the answer as the service sent it
     * @throws IllegalArgumentException when the text is not UTF-16
     */
    public String predict(String json) {
        return text(predict(Utf8.encode(json)));
    }

    /**
     * Sends one record and returns the whole answer's bytes.
     *
     * @param json the record as JSON in UTF-8
     * @return the answer as the service sent it
     */
    public byte[] predict(byte[] json) {
        return now(json, deadline);
    }

    /**
     * Sends one record and returns the whole answer's bytes.
     *
     * @param json the record as JSON in UTF-8
     * @param deadline bound of the whole call over all attempts; zero: none
     * @return the answer as the service sent it
     */
    public byte[] predict(byte[] json, Duration deadline) {
        return now(json, millis(deadline));
    }

    /**
     * Sends one record and returns the whole answer's bytes.
     *
     * @param json the record as JSON in UTF-8, from the buffer's position to its limit; the position
     *     stays. A direct buffer is read where it is.
     * @return the answer as the service sent it
     */
    public byte[] predict(ByteBuffer json) {
        return client.await(predictAsync(json));
    }

    /**
     * As {@link #predict(String)}, without waiting.
     *
     * @param json the record as JSON text
     * @return a future of the answer; cancelling it ends the call
     */
    public CompletableFuture<String> predictAsync(String json) {
        byte[] utf8 = Utf8.encode(json);
        return client.start(
                new TextCall(client), (c, id) -> c.predictBytes(number, utf8, 0, utf8.length, deadline, id));
    }

    /**
     * As {@link #predict(byte[])}, without waiting.
     *
     * @param json the record as JSON in UTF-8; copied before this returns
     * @return a future of the answer; cancelling it ends the call
     */
    public CompletableFuture<byte[]> predictAsync(byte[] json) {
        return client.start(
                new BytesCall(client), (c, id) -> c.predictBytes(number, json, 0, json.length, deadline, id));
    }

    /**
     * As {@link #predict(ByteBuffer)}, without waiting.
     *
     * @param json the record as JSON in UTF-8; copied before this returns
     * @return a future of the answer; cancelling it ends the call
     */
    public CompletableFuture<byte[]> predictAsync(ByteBuffer json) {
        int length = json.remaining();
        if (json.isDirect()) {
            int from = json.position();
            return client.start(
                    new BytesCall(client), (c, id) -> c.predictMemory(number, json, from, length, deadline, id));
        }
        if (json.hasArray()) {
            int from = json.arrayOffset() + json.position();
            return client.start(
                    new BytesCall(client), (c, id) -> c.predictBytes(number, json.array(), from, length, deadline, id));
        }
        byte[] copy = new byte[length];
        json.duplicate().get(copy);
        return predictAsync(copy);
    }

    /**
     * Sends one record and returns the whole answer.
     *
     * @param record the record's members
     * @return the members of the answer
     * @throws IllegalArgumentException when the record cannot be written
     * @throws AiStudioException also when the answer is not an object: code {@code decode_failed}
     */
    public Map<String, Object> predict(Map<String, ?> record) {
        return client.await(predictAsync(record));
    }

    /**
     * As {@link #predict(Map)}, without waiting.
     *
     * @param record the record's members
     * @return a future of the members of the answer; cancelling it ends the call
     */
    public CompletableFuture<Map<String, Object>> predictAsync(Map<String, ?> record) {
        return valueCall(record, MAP, false);
    }

    /**
     * Sends one record and returns the answer as a value: its {@code result} when it is an object that has
     * one, else the whole answer.
     *
     * @param record what the client's {@link JsonCodec} can write; text and bytes are JSON already
     * @param answer what to make of it
     * @param <T> the same
     * @return the answer
     * @throws IllegalArgumentException when the record cannot be written
     * @throws AiStudioException also when the answer is something else: code {@code decode_failed}
     */
    public <T> T predict(Object record, Class<T> answer) {
        return client.await(predictAsync(record, answer));
    }

    /**
     * As {@link #predict(Object, Class)}, without waiting.
     *
     * @param record what the client's {@link JsonCodec} can write; text and bytes are JSON already
     * @param answer what to make of it
     * @param <T> the same
     * @return a future of the answer; cancelling it ends the call
     */
    public <T> CompletableFuture<T> predictAsync(Object record, Class<T> answer) {
        return valueCall(record, answer, true);
    }

    /**
     * Sends numbers as one JSON array.
     *
     * @param record the numbers; NaN and infinity are refused
     * @return all numbers of the answer (or of its {@code result}), which is an array of numbers or an
     *     array of such of equal length, row by row
     */
    public double[] predict(double[] record) {
        return client.await(predictAsync(record));
    }

    /**
     * As {@link #predict(double[])}, without waiting.
     *
     * @param record the numbers; copied before this returns
     * @return a future of the answer's numbers; cancelling it ends the call
     */
    public CompletableFuture<double[]> predictAsync(double[] record) {
        return client.start(new NumbersCall(client), (c, id) -> c.predictDoubles(number, record, 0, deadline, id));
    }

    /**
     * Sends rows of numbers as a JSON array of arrays.
     *
     * @param rows of equal length, at least one; NaN and infinity are refused
     * @return the rows of the answer, or of its {@code result}
     */
    public double[][] predict(double[][] rows) {
        return client.await(predictAsync(rows));
    }

    /**
     * As {@link #predict(double[][])}, without waiting.
     *
     * @param rows of equal length, at least one; copied before this returns
     * @return a future of the answer's rows; cancelling it ends the call
     */
    public CompletableFuture<double[][]> predictAsync(double[][] rows) {
        int columns = rows.length == 0 ? 0 : rows[0].length;
        if (columns == 0) {
            throw new IllegalArgumentException("Send at least one row with at least one number.");
        }
        double[] flat = new double[Math.multiplyExact(rows.length, columns)];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != columns) {
                throw new IllegalArgumentException(
                        "Row " + i + " has " + rows[i].length + " numbers, the first has " + columns + ".");
            }
            System.arraycopy(rows[i], 0, flat, i * columns, columns);
        }
        return client.start(new RowsCall(client), (c, id) -> c.predictDoubles(number, flat, columns, deadline, id));
    }

    /**
     * Sends many records, several at a time, and hands out their answers as they are asked for: records
     * are read from the stream only as fast as answers are taken. Answers have the type of the records:
     * {@code String}, {@code byte[]}, {@code double[]}, {@code double[][]} or {@code Map}.
     *
     * <p>A record that fails is an element with a failure and stops no other. Closing the stream ends what
     * is on its way.
     *
     * @param records what to send
     * @param options order and number of calls at a time
     * @param <R> the type of records and answers
     * @return the answers
     */
    public <R> Stream<Prediction<R>> predictAll(Stream<R> records, BulkOptions options) {
        return Bulk.stream(records, this::sameKind, options);
    }

    /**
     * The same in the order of the records, with the usual number of calls at a time.
     *
     * @param records what to send
     * @param <R> the type of records and answers
     * @return the answers
     */
    public <R> Stream<Prediction<R>> predictAll(Stream<R> records) {
        return predictAll(records, BulkOptions.ordered());
    }

    /**
     * The same with answers as in {@link #predict(Object, Class)}.
     *
     * @param records what to send
     * @param answer what to make of each answer
     * @param options order and number of calls at a time
     * @param <T> the same
     * @return the answers
     */
    public <T> Stream<Prediction<T>> predictAll(Stream<?> records, Class<T> answer, BulkOptions options) {
        return Bulk.stream(records, record -> predictAsync(record, answer), options);
    }

    @SuppressWarnings("unchecked")
    private <R> CompletableFuture<R> sameKind(R record) {
        if (record instanceof String text) {
            return (CompletableFuture<R>) predictAsync(text);
        }
        if (record instanceof byte[] bytes) {
            return (CompletableFuture<R>) predictAsync(bytes);
        }
        if (record instanceof double[] numbers) {
            return (CompletableFuture<R>) predictAsync(numbers);
        }
        if (record instanceof double[][] rows) {
            return (CompletableFuture<R>) predictAsync(rows);
        }
        if (record instanceof Map<?, ?> members) {
            return (CompletableFuture<R>) predictAsync((Map<String, ?>) members);
        }
        throw new IllegalArgumentException("Say which type the answers to "
                + (record == null ? "null" : "a " + record.getClass().getName()) + " are to have.");
    }

    private <T> CompletableFuture<T> valueCall(Object record, Type type, boolean resultOnly) {
        byte[] json = record instanceof byte[] bytes
                ? bytes
                : record instanceof String text
                        ? Utf8.encode(text)
                        : client.codec().write(record);
        return client.start(
                new ValueCall<T>(client, type, resultOnly),
                (c, id) -> c.predictBytes(number, json, 0, json.length, deadline, id));
    }

    /**
     * The service's address.
     *
     * @return the address, without the key
     */
    public String url() {
        return Utf8.decodeTrusted(client.handle().use(c -> c.predictorUrl(number)));
    }

    @Override
    public String toString() {
        return "Predictor[" + url() + "]";
    }

    private byte[] now(byte[] json, long limit) {
        if (VirtualThreads.isCurrent()) { // waiting in native code would hold the thread that carries it
            return client.await(client.start(
                    new BytesCall(client), (c, id) -> c.predictBytes(number, json, 0, json.length, limit, id)));
        }
        Handle<NativeClient> handle = client.handle();
        handle.enter();
        try {
            return handle.object().predictNow(number, json, 0, Objects.requireNonNull(json, "json").length, limit);
        } finally {
            handle.leave();
        }
    }

    private static String text(byte[] answer) {
        return text(answer, 0, answer.length);
    }

    private static String text(byte[] answer, int offset, int length) {
        try {
            return Utf8.decode(answer, offset, length);
        } catch (CharacterCodingException e) {
            throw Failures.unusable("The answer is not UTF-8; take its bytes with predict(byte[]).", e);
        }
    }

    static long millis(Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException("A deadline must not be negative: " + value + ".");
        }
        // Less than a millisecond must not become "none".
        return value.plusNanos(999_999).toMillis();
    }

    /** Keeps the client alive while the call is on its way. */
    private abstract static class PredictionCall<T> extends Call<T> {
        final AiStudio client;

        PredictionCall(AiStudio client) {
            this.client = client;
        }
    }

    private static final class BytesCall extends PredictionCall<byte[]> {
        BytesCall(AiStudio client) {
            super(client);
        }

        @Override
        protected byte[] decode(byte[] from, int offset, int length) {
            return Arrays.copyOfRange(from, offset, offset + length);
        }
    }

    /** An array of arrays as the core writes it: rows, their length, the numbers. */
    private static final class NumbersCall extends PredictionCall<double[]> {
        NumbersCall(AiStudio client) {
            super(client);
        }

        @Override
        protected double[] decode(byte[] from, int offset, int length) {
            ByteBuffer in = ByteBuffer.wrap(from, offset, length);
            double[] out = new double[in.getInt() * in.getInt()];
            in.order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(out);
            return out;
        }
    }

    private static final class RowsCall extends PredictionCall<double[][]> {
        RowsCall(AiStudio client) {
            super(client);
        }

        @Override
        protected double[][] decode(byte[] from, int offset, int length) {
            ByteBuffer in = ByteBuffer.wrap(from, offset, length);
            double[][] out = new double[in.getInt()][in.getInt()];
            DoubleBuffer numbers = in.order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
            for (double[] row : out) {
                numbers.get(row);
            }
            return out;
        }
    }

    private static final class ValueCall<T> extends PredictionCall<T> {
        private final Type type;
        private final boolean resultOnly;

        ValueCall(AiStudio client, Type type, boolean resultOnly) {
            super(client);
            this.type = type;
            this.resultOnly = resultOnly;
        }

        @Override
        protected T decode(byte[] from, int offset, int length) {
            try {
                int[] at = resultOnly ? Json.answer(from, offset, length) : new int[] {offset, length};
                return client.codec().read(from, at[0], at[1], type);
            } catch (IllegalArgumentException e) {
                throw Failures.unusable(e.getMessage(), e);
            }
        }
    }

    private static final class TextCall extends PredictionCall<String> {
        TextCall(AiStudio client) {
            super(client);
        }

        @Override
        protected String decode(byte[] from, int offset, int length) {
            return text(from, offset, length);
        }
    }
}
