package org.aistudio.sdk;

import java.util.Optional;
import org.aistudio.sdk.internal.Failure;
import org.aistudio.sdk.internal.ValueCodec;
import org.aistudio.sdk.internal.WireReader;

/** Exceptions across the border. */
final class Failures {
    private Failures() {}

    /** Called from C++. */
    static Throwable exception(byte[] bytes) {
        return exception(new WireReader(bytes));
    }

    /** An answer that was a success and is not what the caller wants of it. */
    static AiStudioException unusable(String why, Throwable cause) {
        AiStudioException out = new ApiException(
                new Failure("api", why, ErrorCodes.DECODE_FAILED, 200, 0, "", "decode", "done", 1, Optional.empty()));
        out.initCause(cause);
        return out;
    }

    static Throwable exception(WireReader in) {
        Failure f = ValueCodec.readFailure(in);
        if (f.code().equals("client_closed")) {
            return new IllegalStateException(f.message());
        }
        return switch (f.family()) {
            case "api" -> new ApiException(f);
            case "transport" -> new TransportException(f);
            case "timeout" -> new TimeLimitException(f);
            default -> new AiStudioException(f);
        };
    }
}
