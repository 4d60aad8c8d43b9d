package org.aistudio.sdk;

import org.aistudio.sdk.internal.Failure;

/** The service answered, and its answer is a failure or cannot be used. */
public final class ApiException extends AiStudioException {
    private static final long serialVersionUID = 1L;

    ApiException(Failure f) {
        super(f);
    }
}
