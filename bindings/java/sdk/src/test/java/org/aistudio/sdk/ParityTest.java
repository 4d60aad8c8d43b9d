package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.aistudio.sdk.internal.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Java has, beside the core's own list, which is written when the library is built. */
class ParityTest {
    /** What a record cannot have as a member's name. */
    private static final Map<String, String> RENAMED = Map.of("wait", "waitTime");

    private static final Map<String, Object> SURFACE = surface();

    @SuppressWarnings("unchecked")
    private static Map<String, Object> surface() {
        try (InputStream in = ParityTest.class.getResourceAsStream("/surface.json")) {
            return (Map<String, Object>) Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> of, String name) {
        return (List<Map<String, Object>>) of.get(name);
    }

    static List<Map<String, Object>> operations() {
        return list(SURFACE, "operations");
    }

    static List<Map<String, Object>> records() {
        return Stream.concat(list(SURFACE, "values").stream(), list(SURFACE, "options").stream())
                .toList();
    }

    private static String camel(Object snake) {
        StringBuilder out = new StringBuilder();
        for (String word : snake.toString().split("_")) {
            out.append(out.length() == 0 ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return out.toString();
    }

    private static Class<?> classOf(Object snake) throws ClassNotFoundException {
        String name = camel(snake);
        return Class.forName("org.aistudio.sdk." + Character.toUpperCase(name.charAt(0)) + name.substring(1));
    }

    /** `list<record:job>` as Java has it, without type arguments. */
    private static Class<?> javaType(String type, boolean asMember) throws ClassNotFoundException {
        String kind = type.replaceAll("[:<].*", "");
        return switch (kind) {
            case "text", "enumeration" -> String.class;
            case "secret" -> Secret.class;
            case "boolean" -> boolean.class;
            case "int32" -> int.class;
            case "int64" -> long.class;
            case "float64" -> double.class;
            case "time", "optional" -> Optional.class;
            case "path" -> Path.class;
            case "duration" -> Duration.class;
            case "list" -> List.class;
            case "page" -> Page.class;
            case "nothing" -> void.class;
            case "record" -> classOf(type.substring("record:".length()));
            case "callback" -> asMember ? Optional.class : java.util.function.Consumer.class;
            default -> throw new IllegalArgumentException("Java has no " + type);
        };
    }

    private static Class<?>[] parameters(Map<String, Object> operation, int count) throws Exception {
        List<Class<?>> out = new java.util.ArrayList<>();
        for (Map<String, Object> a : list(operation, "arguments")) {
            out.add(javaType((String) a.get("type"), false));
        }
        out.add(javaType((String) operation.get("options"), false));
        return out.subList(0, count).toArray(Class<?>[]::new);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void operation_is_there_blocking_and_as_a_future(Map<String, Object> operation) throws Exception {
        Class<?> resource = classOf(operation.get("resource"));
        assertEquals(
                resource,
                AiStudio.class.getMethod(camel(operation.get("resource"))).getReturnType());
        String name = camel(operation.get("name"));
        List<Map<String, Object>> arguments = list(operation, "arguments");
        int required = (int)
                arguments.stream().filter(a -> (boolean) a.get("required")).count();
        Class<?> result = javaType((String) operation.get("result"), false);
        for (int count = required; count <= arguments.size() + 1; count++) {
            Class<?>[] types = parameters(operation, count);
            assertEquals(result, resource.getMethod(name, types).getReturnType());
            assertEquals(
                    java.util.concurrent.CompletableFuture.class,
                    resource.getMethod(name + "Async", types).getReturnType());
        }
        if (result == Page.class) {
            assertEquals(Stream.class, resource.getMethod("all").getReturnType());
        }
    }

    @Test
    void java_has_no_other_operations() throws Exception {
        Set<String> resources = operations().stream()
                .map(o -> o.get("resource").toString())
                .collect(Collectors.toCollection(TreeSet::new));
        for (String resource : resources) {
            assertEquals(classOf(resource), AiStudio.class.getMethod(resource).getReturnType());
            Set<String> wanted = operations().stream()
                    .filter(o -> o.get("resource").equals(resource))
                    .flatMap(o -> Stream.of(camel(o.get("name")), camel(o.get("name")) + "Async"))
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<String> found = Arrays.stream(classOf(resource).getDeclaredMethods())
                    .filter(m -> Modifier.isPublic(m.getModifiers()))
                    .map(Method::getName)
                    .filter(name -> !name.equals("all"))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(wanted, found);
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void record_has_the_members_and_defaults_of_the_core(Map<String, Object> record) throws Exception {
        Class<?> type = classOf(record.get("name"));
        List<Map<String, Object>> members = list(record, "members");
        RecordComponent[] components = type.getRecordComponents();
        assertEquals(members.size(), components.length);
        Object builder = type.getMethod("builder").invoke(null);
        Object defaults = builder.getClass().getMethod("build").invoke(builder);
        for (int i = 0; i < components.length; i++) {
            String name = camel(members.get(i).get("name"));
            String kind = (String) members.get(i).get("type");
            assertEquals(RENAMED.getOrDefault(name, name), components[i].getName());
            assertEquals(javaType(kind, true), components[i].getType());
            Object value = components[i].getAccessor().invoke(defaults);
            assertEquals(members.get(i).get("default"), text(value, kind), name);
        }
    }

    /** A default as the list has it. */
    private static String text(Object value, String kind) {
        if (value instanceof Duration d) {
            return Long.toString(d.toMillis());
        }
        if (value instanceof Double d) {
            return String.format(java.util.Locale.ROOT, "%f", d);
        }
        boolean shown = value instanceof String || value instanceof Number || value instanceof Boolean;
        if (!shown) {
            boolean empty = value instanceof Optional<?> o
                    ? o.isEmpty()
                    : value instanceof List<?> l
                            ? l.isEmpty()
                            : value instanceof Secret s
                                    ? s.isEmpty()
                                    : value instanceof Path p ? p.toString().isEmpty() : kind.startsWith("record");
            assertTrue(empty, () -> kind + " is not empty by default: " + value);
            return "";
        }
        return value.toString();
    }

    @ParameterizedTest
    @MethodSource("clientOptions")
    void builder_of_a_client_has_the_option(String name) {
        assertTrue(
                Arrays.stream(AiStudio.Builder.class.getMethods())
                        .anyMatch(m -> m.getName().equals(name) && m.getParameterCount() == 1),
                name);
    }

    static List<String> clientOptions() {
        return records().stream()
                .filter(r -> r.get("name").equals("client_options"))
                .flatMap(r -> list(r, "members").stream())
                .map(m -> camel(m.get("name")))
                .toList();
    }

    @Test
    void error_codes_are_those_of_the_core() throws Exception {
        Set<Object> found = new TreeSet<>();
        for (Field f : ErrorCodes.class.getFields()) {
            found.add(f.get(null));
        }
        assertEquals(new TreeSet<>((List<?>) SURFACE.get("error_codes")), found);
    }
}
