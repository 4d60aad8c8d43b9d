package org.aistudio.sdk;

import java.time.Duration;
import java.util.Optional;
import org.aistudio.sdk.internal.Failure;

/**
 * A call that failed; the one base of all such exceptions. Its message says what happened and what to do
 * next, and holds no key.
 */
public class AiStudioException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final int status;
    private final long serviceCode;
    private final String logId;
    private final String phase;
    private final String outcome;
    private final int attempts;
    private final Duration retryAfter;

    AiStudioException(Failure f) {
        super(f.message());
        code = f.code();
        status = f.status();
        serviceCode = f.serviceCode();
        logId = f.logId();
        phase = f.phase();
        outcome = f.outcome();
        attempts = f.attempts();
        retryAfter =
                f.retryAfter().map(s -> Duration.ofMillis((long) (s * 1000))).orElse(null);
    }

    /**
     * Stable name of what went wrong, such as {@code unauthorized} or {@code connect_failed}.
     *
     * @return the name
     */
    public String code() {
        return code;
    }

    /**
     * HTTP status of the answer.
     *
     * @return the status; 0: there was no answer
     */
    public int status() {
        return status;
    }

    /**
     * The service's own {@code errorCode}.
     *
     * @return the code; 0: there was none
     */
    public long serviceCode() {
        return serviceCode;
    }

    /**
     * The service's {@code logId}, for its support.
     *
     * @return the id; may be empty
     */
    public String logId() {
        return logId;
    }

    /**
     * Where the call was.
     *
     * @return a name such as {@code connect} or {@code first_byte}
     */
    public String phase() {
        return phase;
    }

    /**
     * What the service may have done.
     *
     * @return {@code not_sent}, {@code done} (it answered) or {@code unknown}
     */
    public String outcome() {
        return outcome;
    }

    /**
     * Attempts made.
     *
     * @return the number; 0: the call was refused before the first
     */
    public int attempts() {
        return attempts;
    }

    /**
     * How long the service asked to wait, where it did.
     *
     * @return the time
     */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
