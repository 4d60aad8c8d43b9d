package org.aistudio.tests;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.aistudio.sdk.Secret;

/** The core's names and values as Java has them. */
final class ScenarioValues {
    /** What a record cannot have as a member's name. */
    private static final Map<String, String> RENAMED = Map.of("wait", "waitTime");

    private ScenarioValues() {}

    static String camel(String snake) {
        StringBuilder out = new StringBuilder();
        for (String word : snake.split("_")) {
            out.append(out.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return out.toString();
    }

    /** The class of {@code record:new_job}. */
    static Class<?> recordClass(String type) throws ClassNotFoundException {
        String name = camel(type.substring("record:".length()));
        return Class.forName("org.aistudio.sdk." + Character.toUpperCase(name.charAt(0)) + name.substring(1));
    }

    /** A JSON value as an argument. */
    static Object convert(Object value, Type type) throws Exception {
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            List<Object> out = new ArrayList<>();
            for (Object item : (List<?>) value) {
                out.add(convert(item, list.getActualTypeArguments()[0]));
            }
            return out;
        }
        Class<?> to = (Class<?>) (type instanceof ParameterizedType p ? p.getRawType() : type);
        if (value instanceof Number n && (to == int.class || to == Integer.class)) {
            return Math.toIntExact(n.longValue());
        }
        if (value instanceof Number n && (to == long.class || to == Long.class)) {
            return n.longValue();
        }
        if (value instanceof Number n && (to == double.class || to == Double.class)) {
            return n.doubleValue();
        }
        if (value instanceof String text && to == Secret.class) {
            return Secret.of(text);
        }
        if (value instanceof String text && to == Path.class) {
            return Path.of(text);
        }
        if (value instanceof Path path && to == String.class) {
            return path.toString();
        }
        if (value instanceof Map<?, ?> members && to.isRecord()) {
            return record(members, to);
        }
        return value; // what does not fit fails where it is used
    }

    /** What stands for an argument that is left out. */
    static Object zero(Type type) throws Exception {
        if (type == String.class) {
            return "";
        }
        if (type == Duration.class) {
            return Duration.ZERO;
        }
        return type == boolean.class ? (Object) false : convert(0, type);
    }

    private static Object record(Map<?, ?> members, Class<?> type) throws Exception {
        Object builder = type.getMethod("builder").invoke(null);
        fill(builder, members);
        return builder.getClass().getMethod("build").invoke(builder);
    }

    /** Sets the members of a builder. */
    static void fill(Object builder, Map<?, ?> members) throws Exception {
        for (Map.Entry<?, ?> member : members.entrySet()) {
            Method setter = setter(builder.getClass(), (String) member.getKey());
            setter.invoke(builder, convert(member.getValue(), setter.getGenericParameterTypes()[0]));
        }
    }

    private static Method setter(Class<?> builder, String name) {
        String wanted = RENAMED.getOrDefault(name, camel(name));
        return Arrays.stream(builder.getMethods())
                .filter(m -> m.getName().equals(wanted) && m.getParameterCount() == 1)
                .findFirst()
                .orElseThrow(() -> new AssertionError(builder.getName() + " has no " + name));
    }

    /** A member of a result; null when it is not set. */
    static Object member(Object of, String name) throws Exception {
        if (of instanceof Map<?, ?> members) {
            if (!members.containsKey(name)) {
                throw new AssertionError("no member '" + name + "' in " + of);
            }
            return members.get(name);
        }
        if (of instanceof List<?> items) {
            return items.get(Integer.parseInt(name));
        }
        try {
            Object out = of.getClass().getMethod(camel(name)).invoke(of);
            return out instanceof Optional<?> o ? o.orElse(null) : out;
        } catch (InvocationTargetException e) {
            throw (Exception) e.getCause();
        }
    }
}
