package org.aistudio.sdk;

import java.time.Duration;
import org.aistudio.sdk.internal.Handle;
import org.aistudio.sdk.internal.NativeClient;
import org.aistudio.sdk.internal.NativeLibrary;
import org.aistudio.sdk.internal.NativePredictor;
import org.aistudio.sdk.internal.Utf8;
import org.aistudio.sdk.internal.ValueCodec;
import org.aistudio.sdk.internal.WireWriter;

/** One account on one service. May be used by several threads; share one. */
public final class AiStudio implements AutoCloseable {
    private final Handle<NativeClient> handle;

    private AiStudio(Builder b) {
        NativeLibrary.load();
        NativeClient made = new NativeClient(
                Utf8.encode(b.baseUrl), Utf8.encode(b.accessToken.reveal()), Utf8.encode(b.profile), b.deadline);
        handle = new Handle<>("client", made, NativeClient::close, NativeClient::delete);
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
        NativePredictor made = handle.use(c -> c.predictor(out.toByteArray(), idempotent));
        return new Predictor(this, made);
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
     * Ends everything in flight and refuses later calls with an {@link IllegalStateException}. Twice is
     * fine.
     */
    @Override
    public void close() {
        handle.close();
    }

    void requireOpen() {
        handle.requireOpen();
    }

    /** What is not set is taken from the environment, then from the profile file. */
    public static final class Builder {
        private String baseUrl = "";
        private Secret accessToken = Secret.EMPTY;
        private String profile = "";
        private long deadline = -1;

        private Builder() {}

        /**
         * Service address; {@code AISTUDIO_BASE_URL}.
         *
         * @param value the address
         * @return this builder
         */
        public Builder baseUrl(String value) {
            baseUrl = value;
            return this;
        }

        /**
         * Access token; {@code AISTUDIO_ACCESS_TOKEN}. Prediction calls do not need it.
         *
         * @param value the token
         * @return this builder
         */
        public Builder accessToken(Secret value) {
            accessToken = value;
            return this;
        }

        /**
         * Section of the profile file; {@code AISTUDIO_PROFILE}.
         *
         * @param value the name
         * @return this builder
         */
        public Builder profile(String value) {
            profile = value;
            return this;
        }

        /**
         * Bound of a whole call over all attempts; 120 seconds if not set.
         *
         * @param value the time; zero: no bound
         * @return this builder
         */
        public Builder deadline(Duration value) {
            deadline = Predictor.millis(value);
            return this;
        }

        /**
         * Makes the client.
         *
         * @return the client
         */
        public AiStudio build() {
            return new AiStudio(this);
        }
    }
}
