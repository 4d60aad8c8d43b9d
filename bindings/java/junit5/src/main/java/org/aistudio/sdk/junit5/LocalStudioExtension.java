package org.aistudio.sdk.junit5;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.Endpoint;
import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.Studio;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * What {@link LocalStudio} stands for. In a field it can be told more:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final LocalStudioExtension STUDIO = LocalStudioExtension.create()
 *         .serve("double", json -> json + json)
 *         .client(builder -> builder.deadline(Duration.ofSeconds(5)));
 * }</pre>
 *
 * <p>The field is static: a studio belongs to the class.
 */
public final class LocalStudioExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(LocalStudioExtension.class);
    private static final Set<Class<?>> TYPES = Set.of(Studio.class, AiStudio.class, Predictor.class, Endpoint.class);

    private final Map<String, Studio.Service> services = new LinkedHashMap<>();
    private UnaryOperator<AiStudio.Builder> options = UnaryOperator.identity();
    private volatile RunningStudio running;

    /** For {@link LocalStudio}; {@link #create} is the same. */
    public LocalStudioExtension() {}

    /**
     * An extension for a field with {@code @RegisterExtension}.
     *
     * @return the extension
     */
    public static LocalStudioExtension create() {
        return new LocalStudioExtension();
    }

    /**
     * Serves a function from the start on.
     *
     * @param name for {@link #predictor} and {@link ServedAs}
     * @param service the function
     * @return this extension
     */
    public LocalStudioExtension serve(String name, Studio.Service service) {
        services.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(service, "service"));
        return this;
    }

    /**
     * Sets options of the client; its address and token are set already.
     *
     * @param change what to do with its builder
     * @return this extension
     */
    public LocalStudioExtension client(UnaryOperator<AiStudio.Builder> change) {
        options = Objects.requireNonNull(change, "change");
        return this;
    }

    /**
     * The studio, while tests run.
     *
     * @return the studio
     */
    public Studio studio() {
        return running().studio();
    }

    /**
     * The client, while tests run.
     *
     * @return the client
     */
    public AiStudio client() {
        return running().client();
    }

    /**
     * Calls one of the services.
     *
     * @param service its name
     * @return a predictor of {@link #client()}
     */
    public Predictor predictor(String service) {
        return running().client().predictor(endpoint(service));
    }

    /**
     * Where to call one of the services.
     *
     * @param service its name
     * @return address and key
     */
    public Endpoint endpoint(String service) {
        return running().endpoint(service);
    }

    RunningStudio running() {
        if (running == null) {
            throw new IllegalStateException("The studio runs from before the first test of a class to after the last;"
                    + " the field of the extension must be static and have @RegisterExtension.");
        }
        return running;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        running = of(context);
        serveFields(context.getRequiredTestClass(), null);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        running = of(context);
        context.getRequiredTestInstances()
                .getAllInstances()
                .forEach(instance -> serveFields(instance.getClass(), instance));
        for (Class<?> outer : enclosing(context)) {
            play(outer);
        }
        context.getTestMethod().ifPresent(this::play);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        of(context).endFaults();
    }

    /** Nested classes find that of the outer one. */
    private RunningStudio of(ExtensionContext context) {
        return context.getStore(NAMESPACE)
                .getOrComputeIfAbsent(
                        RunningStudio.class, key -> RunningStudio.start(services, options), RunningStudio.class);
    }

    private void serveFields(Class<?> type, Object instance) {
        for (Field field : AnnotationSupport.findAnnotatedFields(
                type,
                ServedAs.class,
                f -> Modifier.isStatic(f.getModifiers()) == (instance == null),
                HierarchyTraversalMode.TOP_DOWN)) {
            if (!(value(field, instance) instanceof Studio.Service service)) {
                throw new ExtensionConfigurationException("The field " + field.getName()
                        + " has @ServedAs, so it must hold a Studio.Service, and not null.");
            }
            running.serve(field.getAnnotation(ServedAs.class).value(), service);
        }
    }

    private static Object value(Field field, Object instance) {
        try {
            return ReflectionSupport.tryToReadFieldValue(field, instance).get();
        } catch (Exception e) {
            throw new ExtensionConfigurationException("The field " + field.getName() + " cannot be read.", e);
        }
    }

    /** From the outermost on. */
    private static List<Class<?>> enclosing(ExtensionContext context) {
        return context.getRequiredTestInstances().getAllInstances().stream()
                .<Class<?>>map(Object::getClass)
                .toList();
    }

    private void play(AnnotatedElement where) {
        AnnotationSupport.findRepeatableAnnotations(where, PlayFault.class).forEach(running::play);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        boolean named = parameter.isAnnotated(ServedAs.class);
        return TYPES.contains(type) && named == (type == Predictor.class || type == Endpoint.class);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        RunningStudio from = of(context);
        Parameter wanted = parameter.getParameter();
        if (wanted.getType() == Studio.class) {
            return from.studio();
        }
        if (wanted.getType() == AiStudio.class) {
            return from.client();
        }
        Endpoint endpoint = endpoint(from, parameter);
        return wanted.getType() == Endpoint.class ? endpoint : from.client().predictor(endpoint);
    }

    private static Endpoint endpoint(RunningStudio from, ParameterContext parameter) {
        try {
            return from.endpoint(
                    parameter.findAnnotation(ServedAs.class).orElseThrow().value());
        } catch (IllegalArgumentException e) {
            throw new ParameterResolutionException(e.getMessage(), e);
        }
    }
}
