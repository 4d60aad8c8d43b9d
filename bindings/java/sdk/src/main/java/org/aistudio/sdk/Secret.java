package org.aistudio.sdk;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A key or token that is never shown by accident: {@link #toString} gives {@code ***}. */
public final class Secret {
    /** No secret. */
    public static final Secret EMPTY = new Secret("");

    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    /**
     * Wraps a key.
     *
     * @param text the key; empty means "no secret"
     * @return the secret
     */
    public static Secret of(String text) {
        return text.isEmpty() ? EMPTY : new Secret(text);
    }

    /**
     * The secret itself. Send it to its owner, never to a log.
     *
     * @return the text
     */
    public String reveal() {
        return text;
    }

    /**
     * Whether there is none.
     *
     * @return true for an empty text
     */
    public boolean isEmpty() {
        return text.isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret s
                && MessageDigest.isEqual(
                        text.getBytes(StandardCharsets.UTF_8), s.text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
