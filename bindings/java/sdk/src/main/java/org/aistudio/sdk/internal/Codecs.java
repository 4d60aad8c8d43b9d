package org.aistudio.sdk.internal;

import org.aistudio.sdk.JsonCodec;

/** Which codec is used where none is given. */
public final class Codecs {
    private Codecs() {}

    public static JsonCodec standard() {
        return Standard.CODEC;
    }

    private static final class Standard {
        static final JsonCodec CODEC = find();

        private static JsonCodec find() {
            try {
                return new JacksonCodec();
            } catch (LinkageError e) { // it is not there, or too old
                return new PlainCodec();
            }
        }
    }
}
