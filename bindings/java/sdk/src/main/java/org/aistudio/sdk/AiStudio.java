package org.aistudio.sdk;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.aistudio.sdk.internal.Call;
import org.aistudio.sdk.internal.Calls;
import org.aistudio.sdk.internal.Codecs;
import org.aistudio.sdk.internal.Handle;
import org.aistudio.sdk.internal.Logs;
import org.aistudio.sdk.internal.NativeClient;
import org.aistudio.sdk.internal.NativeLibrary;
import org.aistudio.sdk.internal.OperationCall;
import org.aistudio.sdk.internal.Utf8;
import org.aistudio.sdk.internal.ValueCodec;
import org.aistudio.sdk.internal.WireReader;
import org.aistudio.sdk.internal.WireWriter;

/**
 * One account on one service. May be used by several threads; share one.
 *
 * <p>Each operation blocks, or returns a {@link CompletableFuture} under the same name with
 * {@code Async}. Cancelling such a future ends the call on the wire, and so does a time limit set with
 * {@code orTimeout}. Futures are completed by a daemon thread of the client, which runs what was chained
 * to them: use the {@code ...Async} forms of {@code thenApply} and the like for work that takes long. A
 * thread that is interrupted while it waits ends its call with a {@link CancellationException} and stays
 * interrupted.
 *
 * <p>Log lines go to the SLF4J logger {@code org.aistudio.sdk} where SLF4J is there, or to the function that
 * {@link Builder#log} was given.
 */
public final class AiStudio implements AutoCloseable {
    private final Handle<NativeClient> handle;
    private final Calls calls;
    private final JsonCodec codec;

    private AiStudio(ClientOptions options, JsonCodec codec) {
        this.codec = codec;
        NativeLibrary.load();
        Optional<Logs.Target> log = options.log().isPresent() ? Optional.empty() : Logs.standard();
        WireWriter out = new WireWriter();
        ValueCodec.writeClientOptions(
                out, log.map(l -> options.toBuilder().log(l.sink()).build()).orElse(options));
        String level = log.map(Logs.Target::level).orElse("debug");
        NativeClient made = new NativeClient(out.toByteArray(), Utf8.encode(level));
        handle = new Handle<>("client", made, NativeClient::close, NativeClient::delete);
        Consumer<Consumer<NativeClient>> access = handle.access(); // the thread of the calls must not hold more
        calls = new Calls(
                () -> made.events(), id -> access.accept(c -> c.cancel(id)), Failures::exception, out.functions());
        if (!out.functions().isEmpty()) {
            calls.listen();
        }
    }

    /**
     * Starts with no option set.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A client with what environment and profile file say.
     *
     * @return the client
     */
    public static AiStudio create() {
        return builder().build();
    }

    /**
     * Datasets: make, upload, download.
     *
     * @return the operations
     */
    public Datasets datasets() {
        return new Datasets(this);
    }

    /**
     * Projects.
     *
     * @return the operations
     */
    public Projects projects() {
        return new Projects(this);
    }

    /**
     * Jobs: submit, follow, fetch their output.
     *
     * @return the operations
     */
    public Jobs jobs() {
        return new Jobs(this);
    }

    /**
     * Prediction services: make, try, deploy.
     *
     * @return the operations
     */
    public Services services() {
        return new Services(this);
    }

    /**
     * Repositories of the model hub: create, upload, download.
     *
     * @return the operations
     */
    public Models models() {
        return new Models(this);
    }

    /**
     * Questions to language models.
     *
     * @return the operations
     */
    public Chat chat() {
        return new Chat(this);
    }

    /**
     * Faults that a local studio plays to prediction calls, to try how a program bears them.
     *
     * @return the operations
     */
    public Faults faults() {
        return new Faults(this);
    }

    /**
     * Calls to one prediction service.
     *
     * @param url as the platform shows it, without {@code ?apiKey=}
     * @param apiKey the service's key
     * @return the predictor
     */
    public Predictor predictor(String url, String apiKey) {
        return predictor(new Endpoint(url, Secret.of(apiKey)));
    }

    /**
     * Calls to one prediction service.
     *
     * @param endpoint where, and with which key
     * @return the predictor
     */
    public Predictor predictor(Endpoint endpoint) {
        return predictor(endpoint, true);
    }

    /**
     * Calls to one prediction service.
     *
     * @param endpoint where, and with which key
     * @param idempotent false for a service with effects: a call whose answer was lost is then not
     *     repeated, and fails with outcome {@code unknown}
     * @return the predictor
     */
    public Predictor predictor(Endpoint endpoint, boolean idempotent) {
        WireWriter out = new WireWriter();
        ValueCodec.writeEndpoint(out, endpoint);
        return new Predictor(this, handle.use(c -> c.predictor(out.toByteArray(), idempotent)));
    }

    /**
     * The service's address.
     *
     * @return the address
     */
    public String baseUrl() {
        return Utf8.decodeTrusted(handle.use(NativeClient::baseUrl));
    }

    /**
     * Ends everything in flight, whose futures fail with an {@link IllegalStateException}, and refuses
     * later calls with one. Twice is fine.
     */
    @Override
    public void close() {
        handle.close();
    }

    JsonCodec codec() {
        return codec;
    }

    Handle<NativeClient> handle() {
        return handle;
    }

    /** Something that starts a call by its number. */
    @FunctionalInterface
    interface Start {
        void run(NativeClient on, long id);
    }

    <T> Call<T> start(Call<T> call, Start how) {
        handle.enter();
        try {
            return calls.start(call, id -> how.run(handle.object(), id));
        } finally {
            handle.leave();
        }
    }

    /** Starts operation number {@code index} of the core's list. */
    <T> CompletableFuture<T> start(int index, WireWriter arguments, Function<WireReader, T> result) {
        byte[] bytes = arguments.toByteArray();
        return start(new OperationCall<>(this, arguments.functions(), result), (c, id) -> c.start(index, bytes, id));
    }

    /** Waits for a call of this client. */
    <T> T await(CompletableFuture<T> call) {
        try {
            return call.get();
        } catch (InterruptedException e) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            CancellationException out = new CancellationException("The thread was interrupted; the call was ended.");
            out.initCause(e);
            throw out;
        } catch (ExecutionException e) {
            throw unwrapped(e.getCause());
        }
    }

    private static RuntimeException unwrapped(Throwable cause) {
        if (cause instanceof Error e) {
            throw e;
        }
        if (cause instanceof AiStudioException e) {
            e.fillInStackTrace(); // only this thread sees it: show where it called
            return e;
        }
        return cause instanceof RuntimeException e ? e : new CompletionException(cause);
    }

    /** What is not set is taken from the environment, then from the profile file. */
    public static final class Builder extends ClientBuilder<Builder> {
        private JsonCodec codec;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * What turns records into JSON, and answers into values; Jackson where it is there.
         *
         * @param value the codec
         * @return this builder
         */
        public Builder codec(JsonCodec value) {
            codec = Objects.requireNonNull(value, "codec");
            return this;
        }

        /**
         * Makes the client.
         *
         * @return the client
         */
        public AiStudio build() {
            return new AiStudio(options(), codec != null ? codec : Codecs.standard());
        }
    }
}
