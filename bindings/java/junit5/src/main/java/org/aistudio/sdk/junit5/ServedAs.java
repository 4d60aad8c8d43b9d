package org.aistudio.sdk.junit5;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a field of type {@link org.aistudio.sdk.Studio.Service}: the studio serves this function, the one of a
 * static field before all tests, the one of another before each. On a parameter of type
 * {@link org.aistudio.sdk.Predictor} or {@link org.aistudio.sdk.Endpoint}: this is the service meant.
 */
@Documented
@Target({ElementType.FIELD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
public @interface ServedAs {
    /**
     * The service's name.
     *
     * @return the name
     */
    String value();
}
