package org.aistudio.sdk.internal;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Exact UTF-8: what cannot be converted is refused, where {@code String} would put a {@code ?}. */
public final class Utf8 {
    private static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    public static byte[] encode(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return encodeExactly(text);
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] encodeExactly(String text) {
        try {
            ByteBuffer out = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[out.remaining()];
            out.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("The text has a lone surrogate, so that it is not UTF-8.", e);
        }
    }

    public static String decode(byte[] bytes) throws CharacterCodingException {
        return decode(bytes, 0, bytes.length);
    }

    public static String decode(byte[] bytes, int offset, int length) throws CharacterCodingException {
        String out = new String(bytes, offset, length, StandardCharsets.UTF_8);
        if (out.indexOf(REPLACEMENT) >= 0) { // was there, or stands for what is not UTF-8
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, offset, length));
        }
        return out;
    }

    public static byte[] encodeLossy(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** For bytes that come from our own C++ code, which writes UTF-8 only. */
    public static String decodeTrusted(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
