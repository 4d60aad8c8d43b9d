package org.aistudio.sdk.junit5;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tests of a class have an AI Studio of their own, in this process and without the cloud. It starts
 * before the first of them, in an empty temporary folder, and ends after the last. Nested classes share it.
 *
 * <p>Methods of the class take as parameters, of which each may be left out:
 * <ul>
 *   <li>{@link org.aistudio.sdk.Studio}: the studio,
 *   <li>{@link org.aistudio.sdk.AiStudio}: a client of it, which is closed after the last test,
 *   <li>{@link org.aistudio.sdk.Predictor} or {@link org.aistudio.sdk.Endpoint} with {@link ServedAs}: one of
 *       the services that the class has in fields with {@link ServedAs}.
 * </ul>
 * {@link PlayFault} lets calls go wrong as they do in production. {@link LocalStudioExtension} is the same
 * for a field with {@code @RegisterExtension}.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(LocalStudioExtension.class)
public @interface LocalStudio {}
