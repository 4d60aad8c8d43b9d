package org.aistudio.sdk;

/**
 * One of many predictions.
 *
 * @param index the record's place in the stream, from 0 on
 * @param answer null when it failed
 * @param failure why there is no answer, else null
 * @param <T> the answer's type
 */
public record Prediction<T>(long index, T answer, RuntimeException failure) {
    /**
     * The answer, or the failure as an exception.
     *
     * @return the answer
     */
    public T get() {
        if (failure != null) {
            throw failure;
        }
        return answer;
    }
}
