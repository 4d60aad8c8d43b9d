package org.aistudio.sdk.internal;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.aistudio.sdk.JsonCodec;

/** Maps, lists, arrays, text, numbers and records, without a JSON library. */
public final class PlainCodec implements JsonCodec {
    @Override
    public byte[] write(Object value) {
        StringBuilder out = new StringBuilder();
        append(out, value);
        return Utf8.encode(out.toString());
    }

    private static void append(StringBuilder out, Object value) {
        if (value == null || value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof Number n) {
            number(out, n);
        } else if (value instanceof CharSequence || value instanceof Character || value instanceof Enum) {
            text(out, value instanceof Enum<?> e ? e.name() : value.toString());
        } else if (value instanceof Optional<?> o) {
            append(out, o.orElse(null));
        } else if (value instanceof Map<?, ?> m) {
            object(out, m);
        } else if (value instanceof Iterable<?> i) {
            array(out, i);
        } else if (value.getClass().isArray()) {
            elements(out, value);
        } else if (value instanceof Record r) {
            object(out, members(r));
        } else {
            throw new IllegalArgumentException("A " + value.getClass().getName()
                    + " cannot be written as JSON: put Jackson on the class path, or use records, maps and lists.");
        }
    }

    private static void number(StringBuilder out, Number n) {
        if ((n instanceof Double || n instanceof Float) && !Double.isFinite(n.doubleValue())) {
            throw new IllegalArgumentException("JSON has no " + n + ".");
        }
        out.append(n);
    }

    private static void text(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private static void object(StringBuilder out, Map<?, ?> members) {
        char before = '{';
        for (Map.Entry<?, ?> m : members.entrySet()) {
            out.append(before);
            text(out, String.valueOf(m.getKey()));
            out.append(':');
            append(out, m.getValue());
            before = ',';
        }
        out.append(before == '{' ? "{}" : "}");
    }

    private static void array(StringBuilder out, Iterable<?> items) {
        char before = '[';
        for (Object item : items) {
            out.append(before);
            append(out, item);
            before = ',';
        }
        out.append(before == '[' ? "[]" : "]");
    }

    private static void elements(StringBuilder out, Object array) {
        out.append('[');
        for (int i = 0; i < Array.getLength(array); i++) {
            out.append(i == 0 ? "" : ",");
            append(out, Array.get(array, i));
        }
        out.append(']');
    }

    private static Map<String, Object> members(Record r) {
        Map<String, Object> out = new LinkedHashMap<>();
        for (RecordComponent c : r.getClass().getRecordComponents()) {
            try {
                c.getAccessor().setAccessible(true);
                out.put(c.getName(), c.getAccessor().invoke(r));
            } catch (ReflectiveOperationException | RuntimeException e) {
                throw new IllegalArgumentException("The record " + r.getClass().getName() + " cannot be read.", e);
            }
        }
        return out;
    }

    @Override
    public <T> T read(byte[] json, int offset, int length, Type type) {
        try {
            @SuppressWarnings("unchecked")
            T out = (T) shaped(Json.parse(Utf8.decode(json, offset, length)), type);
            return out;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("The answer is not UTF-8.", e);
        }
    }

    private static Object shaped(Object tree, Type type) {
        Class<?> raw = (Class<?>)
                (type instanceof ParameterizedType p ? p.getRawType() : type instanceof Class<?> c ? c : Object.class);
        if (raw == Optional.class) {
            return Optional.ofNullable(tree == null ? null : shaped(tree, argument(type, 0)));
        }
        if (tree == null && !raw.isPrimitive()) {
            return null;
        }
        if (tree instanceof Number n && (raw.isPrimitive() || Number.class.isAssignableFrom(raw))) {
            return number(n, raw);
        }
        if (tree instanceof List<?> list && raw.isArray()) {
            return array(list, raw.getComponentType());
        }
        if (tree instanceof List<?> list && raw.isAssignableFrom(List.class)) {
            return type instanceof ParameterizedType
                    ? list.stream().map(i -> shaped(i, argument(type, 0))).toList()
                    : list;
        }
        if (tree instanceof Map<?, ?> map && raw.isRecord()) {
            return record(map, raw);
        }
        if (tree instanceof Map<?, ?> map && raw.isAssignableFrom(Map.class) && type instanceof ParameterizedType) {
            Map<Object, Object> out = new LinkedHashMap<>();
            map.forEach((k, v) -> out.put(k, shaped(v, argument(type, 1))));
            return out;
        }
        if (raw.isInstance(tree) || (raw == boolean.class && tree instanceof Boolean)) {
            return tree;
        }
        throw new IllegalArgumentException("The answer has "
                + (tree == null ? "null" : "a " + tree.getClass().getSimpleName()) + " where a " + type.getTypeName()
                + " is wanted" + (raw.isRecord() || raw.isArray() ? "." : ", or Jackson is needed to make one."));
    }

    private static Type argument(Type type, int index) {
        return type instanceof ParameterizedType p ? p.getActualTypeArguments()[index] : Object.class;
    }

    private static Object number(Number n, Class<?> to) {
        if (to.isInstance(n)) {
            return n;
        }
        if (to == double.class || to == Double.class) {
            return n.doubleValue();
        }
        if (to == float.class || to == Float.class) {
            return n.floatValue();
        }
        try {
            BigDecimal exact = new BigDecimal(n.toString());
            if (to == BigDecimal.class) {
                return exact;
            }
            if (to == BigInteger.class) {
                return exact.toBigIntegerExact();
            }
            if (to == long.class || to == Long.class) {
                return exact.longValueExact();
            }
            if (to == int.class || to == Integer.class) {
                return exact.intValueExact();
            }
            if (to == short.class || to == Short.class) {
                return exact.shortValueExact();
            }
            if (to == byte.class || to == Byte.class) {
                return exact.byteValueExact();
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("The number " + n + " is no " + to.getName() + ".", e);
        }
        throw new IllegalArgumentException("The answer has a number where a " + to.getName() + " is wanted.");
    }

    private static Object array(List<?> items, Class<?> of) {
        Object out = Array.newInstance(of, items.size());
        for (int i = 0; i < items.size(); i++) {
            Array.set(out, i, shaped(items.get(i), of));
        }
        return out;
    }

    private static Object record(Map<?, ?> members, Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String name = components[i].getName();
            if (!members.containsKey(name) && components[i].getType().isPrimitive()) {
                throw new IllegalArgumentException("The answer has no `" + name + "`.");
            }
            values[i] = shaped(members.get(name), components[i].getGenericType());
        }
        try {
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            var constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException("The record " + type.getName() + " refused the answer.", e.getCause());
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IllegalArgumentException("The record " + type.getName() + " cannot be made.", e);
        }
    }
}
