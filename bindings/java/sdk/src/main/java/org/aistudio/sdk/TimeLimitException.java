package org.aistudio.sdk;

import org.aistudio.sdk.internal.Failure;

/** A time limit passed; {@link #phase} says which. */
public final class TimeLimitException extends AiStudioException {
    private static final long serialVersionUID = 1L;

    TimeLimitException(Failure f) {
        super(f);
    }
}
