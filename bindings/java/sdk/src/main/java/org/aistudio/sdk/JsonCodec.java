package org.aistudio.sdk;

import java.lang.reflect.Type;

/**
 * Turns values into JSON and back, for predictions. Jackson is used where it is on the class path; without
 * it, maps, lists, arrays, text, numbers and records work. May be used by several threads.
 */
public interface JsonCodec {
    /**
     * Writes a value.
     *
     * @param value what to send
     * @return JSON in UTF-8
     * @throws IllegalArgumentException when it cannot be written
     */
    byte[] write(Object value);

    /**
     * Reads a value.
     *
     * @param json has JSON in UTF-8
     * @param offset where it begins
     * @param length its bytes
     * @param type what is wanted
     * @param <T> the same
     * @return the value
     * @throws IllegalArgumentException when the JSON is not of this type
     */
    <T> T read(byte[] json, int offset, int length, Type type);
}
