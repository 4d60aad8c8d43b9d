package org.aistudio.sdk.junit5;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The studio plays this fault to prediction calls during a test, or during each test of a class, and none
 * after it. Of several that fit a call, the one that stands first is played, those of the class before those
 * of the method. {@link org.aistudio.sdk.Faults#add} does the same within a test; all faults end with it.
 */
@Documented
@Repeatable(PlayFault.List.class)
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface PlayFault {
    /**
     * What happens, such as {@code queue_full}, {@code stall} or {@code reset}.
     *
     * @return a kind that {@link org.aistudio.sdk.Fault} names
     */
    String value();

    /**
     * Only calls to the service of this name, see {@link ServedAs}.
     *
     * @return the name; empty: calls to any
     */
    String service() default "";

    /**
     * Calls that are answered well before it begins.
     *
     * @return the number
     */
    long after() default 0;

    /**
     * Calls it is played to, then it is over.
     *
     * @return the number; 0: without end
     */
    long times() default 0;

    /**
     * Part of the calls it is played to, chosen at random.
     *
     * @return above 0 to 1
     */
    double share() default 1.0;

    /**
     * See {@link org.aistudio.sdk.Fault#bytes}.
     *
     * @return the number
     */
    long bytes() default 0;

    /**
     * See {@link org.aistudio.sdk.Fault#delayMs}.
     *
     * @return milliseconds
     */
    long delayMs() default 0;

    /** Several of them. */
    @Documented
    @Target({ElementType.TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @interface List {
        /**
         * The faults.
         *
         * @return in their order
         */
        PlayFault[] value();
    }
}
