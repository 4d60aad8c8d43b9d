package org.aistudio.sdk;

import org.aistudio.sdk.internal.Failure;

/** The service was not reached, or the connection broke. */
public final class TransportException extends AiStudioException {
    private static final long serialVersionUID = 1L;

    TransportException(Failure f) {
        super(f);
    }
}
