package org.aistudio.sdk;

import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import org.aistudio.sdk.internal.Handle;
import org.aistudio.sdk.internal.NativePredictor;
import org.aistudio.sdk.internal.Utf8;

/**
 * Calls one prediction service. {@link AiStudio#predictor} makes it; it ends with its client. May be used by
 * several threads.
 */
public final class Predictor {
    private static final long CLIENTS_DEADLINE = -1;

    private final AiStudio client;
    private final Handle<NativePredictor> handle;

    Predictor(AiStudio client, NativePredictor made) {
        this.client = client;
        handle = new Handle<>("predictor", made, p -> {}, NativePredictor::delete);
    }

    /**
     * Sends one record and returns the whole answer.
     *
     * @param json the record as JSON text
     * @return the answer as the service sent it
     * @throws AiStudioException when the call fails
     * @throws IllegalArgumentException when the text is not UTF-16
     * @throws IllegalStateException when the client is closed
     */
    public String predict(String json) {
        byte[] answer = predict(Utf8.encode(json));
        try {
            return Utf8.decode(answer);
        } catch (CharacterCodingException e) {
            throw new IllegalStateException("The answer is not UTF-8; take its bytes with predict(byte[]).", e);
        }
    }

    /**
     * Sends one record and returns the whole answer's bytes.
     *
     * @param json the record as JSON in UTF-8, sent as it is
     * @return the answer as the service sent it
     * @throws AiStudioException when the call fails
     * @throws IllegalStateException when the client is closed
     */
    public byte[] predict(byte[] json) {
        return call(json, CLIENTS_DEADLINE);
    }

    /**
     * Sends one record and returns the whole answer's bytes.
     *
     * @param json the record as JSON in UTF-8, sent as it is
     * @param deadline bound of the whole call over all attempts; zero: none
     * @return the answer as the service sent it
     * @throws AiStudioException when the call fails
     * @throws IllegalStateException when the client is closed
     */
    public byte[] predict(byte[] json, Duration deadline) {
        return call(json, millis(deadline));
    }

    /**
     * The service's address.
     *
     * @return the address, without the key
     */
    public String url() {
        return Utf8.decodeTrusted(handle.use(NativePredictor::url));
    }

    @Override
    public String toString() {
        return "Predictor[" + url() + "]";
    }

    private byte[] call(byte[] json, long deadline) {
        client.requireOpen();
        return handle.use(p -> p.predict(json, deadline));
    }

    static long millis(Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException("A deadline must not be negative: " + value + ".");
        }
        // Less than a millisecond must not become "none".
        return value.plusNanos(999_999).toMillis();
    }
}
