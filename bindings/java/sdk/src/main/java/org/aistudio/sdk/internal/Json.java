package org.aistudio.sdk.internal;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * JSON text to trees of {@code Map}, {@code List}, {@code String}, {@code Long}, {@code BigInteger},
 * {@code Double}, {@code Boolean} and null, for programs without a JSON library.
 */
public final class Json {
    private static final int DEEPEST = 512;
    private static final byte[] RESULT = "\"result\"".getBytes(StandardCharsets.UTF_8);

    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    /** Reads a whole text; throws {@code IllegalArgumentException} that names the place of a fault. */
    public static Object parse(String text) {
        Json json = new Json(text);
        Object out = json.value();
        json.space();
        if (json.at < text.length()) {
            throw json.fault("something follows the value");
        }
        return out;
    }

    private IllegalArgumentException fault(String what) {
        return new IllegalArgumentException("This is not JSON: " + what + " at character " + at + ".");
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() {
        space();
        if (at == text.length()) {
            throw fault("it ends early");
        }
        return text.charAt(at);
    }

    private boolean skip(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    private void expect(char c) {
        if (!skip(c)) {
            throw fault("'" + c + "' is missing");
        }
    }

    private Object value() {
        switch (peek()) {
            case '{':
                return nested(this::object);
            case '[':
                return nested(this::array);
            case '"':
                return string();
            case 't':
                return word("true", true);
            case 'f':
                return word("false", false);
            case 'n':
                return word("null", null);
            default:
                return number();
        }
    }

    private Object nested(Supplier<Object> read) {
        if (++depth > DEEPEST) {
            throw fault("it is nested too deeply");
        }
        at++;
        Object out = read.get();
        depth--;
        return out;
    }

    private Object object() {
        Map<String, Object> out = new LinkedHashMap<>();
        if (skip('}')) {
            return out;
        }
        do {
            peek();
            String name = string();
            expect(':');
            out.put(name, value());
        } while (skip(','));
        expect('}');
        return out;
    }

    private Object array() {
        List<Object> out = new ArrayList<>();
        if (skip(']')) {
            return out;
        }
        do {
            out.add(value());
        } while (skip(','));
        expect(']');
        return out;
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) {
            throw fault("a word that is none");
        }
        at += word.length();
        return value;
    }

    private String string() {
        expect('"');
        StringBuilder out = new StringBuilder();
        for (; ; ) {
            if (at == text.length()) {
                throw fault("a text ends early");
            }
            char c = text.charAt(at++);
            if (c == '"') {
                return out.toString();
            }
            if (c < ' ') {
                throw fault("a control character in a text");
            }
            out.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = at < text.length() ? text.charAt(at++) : ' ';
        int simple = "\"\\/bfnrt".indexOf(c);
        if (simple >= 0) {
            return "\"\\/\b\f\n\r\t".charAt(simple);
        }
        if (c != 'u' || at + 4 > text.length()) {
            throw fault("an escape that is none");
        }
        int code = 0;
        for (int end = at + 4; at < end; at++) {
            int digit = Character.digit(text.charAt(at), 16);
            if (digit < 0) {
                throw fault("an escape that is none");
            }
            code = code * 16 + digit;
        }
        return (char) code;
    }

    private Object number() {
        int from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String digits = text.substring(from, at);
        if (!digits.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            at = from;
            throw fault("no value");
        }
        if (!digits.matches("-?[0-9]+")) {
            return new BigDecimal(digits).doubleValue();
        }
        BigInteger whole = new BigInteger(digits);
        return whole.bitLength() < Long.SIZE ? (Object) whole.longValue() : whole;
    }

    /**
     * Where the answer proper stands: the member {@code result} of an object that has it, else all of it.
     * Returns offset and length; does not check what is around.
     */
    public static int[] answer(byte[] json, int offset, int length) {
        int end = offset + length;
        int[] whole = {offset, length};
        int i = skipSpace(json, offset, end);
        if (i == end || json[i] != '{') {
            return whole;
        }
        i = skipSpace(json, i + 1, end);
        while (i < end && json[i] == '"') {
            int nameEnd = skipValue(json, i, end);
            boolean found = Arrays.equals(json, i, nameEnd, RESULT, 0, RESULT.length);
            int from = skipSpace(json, skipSpace(json, nameEnd, end) + 1, end);
            int after = skipValue(json, from, end);
            if (found) {
                return new int[] {from, after - from};
            }
            i = skipSpace(json, after, end);
            if (i >= end || json[i] != ',') {
                return whole;
            }
            i = skipSpace(json, i + 1, end);
        }
        return whole;
    }

    private static int skipSpace(byte[] json, int i, int end) {
        while (i < end && (json[i] == ' ' || json[i] == '\n' || json[i] == '\r' || json[i] == '\t')) {
            i++;
        }
        return i;
    }

    private static int skipValue(byte[] json, int i, int end) {
        int open = 0;
        for (; i < end; i++) {
            switch (json[i]) {
                case '"' -> {
                    for (i++; i < end && json[i] != '"'; i++) {
                        if (json[i] == '\\') {
                            i++;
                        }
                    }
                    if (open == 0) {
                        return Math.min(i + 1, end);
                    }
                }
                case '{', '[' -> open++;
                case '}', ']' -> {
                    if (open == 0) {
                        return i;
                    }
                    if (--open == 0) {
                        return i + 1;
                    }
                }
                case ',', ' ', '\n', '\r', '\t' -> {
                    if (open == 0) {
                        return i;
                    }
                }
                default -> {}
            }
        }
        return end;
    }
}
