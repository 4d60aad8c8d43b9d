package org.aistudio.sdk;

/**
 * How many predictions are made.
 *
 * @param inOrder answers come in the order of the records, a slow one holds those after it back; false: as
 *     they come
 * @param maxInFlight calls at a time, and answers that wait to be taken, at most; at least 1
 */
public record BulkOptions(boolean inOrder, int maxInFlight) {
    private static final int USUAL = 64;

    /** Checks the number. */
    public BulkOptions {
        if (maxInFlight < 1) {
            throw new IllegalArgumentException("At least one call must be allowed at a time, not " + maxInFlight + ".");
        }
    }

    /**
     * In the order of the records, 64 calls at a time.
     *
     * @return the options
     */
    public static BulkOptions ordered() {
        return new BulkOptions(true, USUAL);
    }

    /**
     * As the answers come, 64 calls at a time.
     *
     * @return the options
     */
    public static BulkOptions asCompleted() {
        return new BulkOptions(false, USUAL);
    }

    /**
     * The same with another number of calls at a time.
     *
     * @param value at least 1
     * @return the options
     */
    public BulkOptions withMaxInFlight(int value) {
        return new BulkOptions(inOrder, value);
    }
}
