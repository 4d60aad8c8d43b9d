package org.aistudio.sdk;

import org.aistudio.sdk.internal.Failure;
import org.aistudio.sdk.internal.ValueCodec;
import org.aistudio.sdk.internal.WireReader;

/** Exceptions across the border; called from C++. */
final class Failures {
    private Failures() {}

    static Throwable exception(byte[] bytes) {
        Failure f = ValueCodec.readFailure(new WireReader(bytes));
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
