package org.aistudio.sdk;

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
