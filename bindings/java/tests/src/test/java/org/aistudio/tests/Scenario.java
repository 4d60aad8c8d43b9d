package org.aistudio.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.aistudio.sdk.AiStudioException;

/** A file of tests/scenarios, and what its steps have come to so far. */
final class Scenario {
    static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Object> text;
    private final Path folder;
    private final Map<String, Object> results = new LinkedHashMap<>();

    Scenario(Path file, Path folder) throws IOException {
        text = object(JSON.readValue(file.toFile(), Object.class));
        this.folder = folder;
        Set<String> known = Set.of("about", "client", "files", "needs", "serve", "steps");
        assertTrue(known.containsAll(text.keySet()), text.keySet().toString());
        for (Object module : (List<?>) text.getOrDefault("needs", List.of())) {
            assumeTrue(jobsHave((String) module), "the jobs' interpreter has no " + module);
        }
        for (Map.Entry<String, Object> f :
                object(text.getOrDefault("files", Map.of())).entrySet()) {
            Path target = folder.resolve(f.getKey());
            Files.createDirectories(target.getParent());
            Files.write(target, bytes(f.getValue()));
        }
    }

    /** Whether the interpreter that runs jobs has this Python module. */
    private static boolean jobsHave(String module) throws IOException {
        String set = System.getenv("AISTUDIO_PYTHON");
        String look = "import importlib.util as u; exit(not u.find_spec('" + module + "'))";
        Process process = new ProcessBuilder(set == null || set.isEmpty() ? "python3" : set, "-c", look)
                .inheritIO()
                .start();
        try {
            return process.waitFor() == 0;
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    List<Map<String, Object>> steps() {
        return (List<Map<String, Object>>) text.get("steps");
    }

    @SuppressWarnings("unchecked")
    List<String> services() {
        return (List<String>) text.getOrDefault("serve", List.of());
    }

    Map<String, Object> clientOptions() throws Exception {
        return object(value(text.getOrDefault("client", Map.of())));
    }

    void keep(String name, Object result) {
        results.put(name, result);
    }

    /** What is given, without {@code $ref} and the like. */
    Object value(Object given) throws Exception {
        if (given instanceof List<?> items) {
            List<Object> out = new ArrayList<>();
            for (Object item : items) {
                out.add(value(item));
            }
            return out;
        }
        if (!(given instanceof Map<?, ?> members)) {
            return given;
        }
        if (members.containsKey("$ref")) {
            return at((String) members.get("$ref"));
        }
        if (members.containsKey("$path")) {
            return folder.resolve((String) members.get("$path"));
        }
        if (members.containsKey("$ms")) {
            return Duration.ofMillis(((Number) members.get("$ms")).longValue());
        }
        if (members.containsKey("$repeat")) {
            return ((String) members.get("$repeat")).repeat((int) members.get("times"));
        }
        Map<String, Object> out = new LinkedHashMap<>();
        for (Map.Entry<?, ?> member : members.entrySet()) {
            out.put((String) member.getKey(), value(member.getValue()));
        }
        return out;
    }

    Object at(String reference) throws Exception {
        String[] parts = reference.split("\\.");
        Object out = results.get(parts[0]);
        assertNotNull(out, reference);
        for (int i = 1; i < parts.length; i++) {
            out = ScenarioValues.member(out, parts[i]);
        }
        return out;
    }

    private byte[] bytes(Object content) throws IOException {
        try {
            if (content instanceof Map<?, ?> members && members.get("$bytes") instanceof List<?> numbers) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                for (int i = 0; i < (int) members.get("times"); i++) {
                    numbers.forEach(n -> out.write((int) n));
                }
                return out.toByteArray();
            }
            return ((String) value(content)).getBytes(StandardCharsets.UTF_8);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The step of looking at a file. */
    Object file(Map<String, Object> step) throws IOException {
        Path file = folder.resolve((String) step.get("file"));
        if (step.containsKey("same_as")) {
            assertEquals(-1, Files.mismatch(file, folder.resolve((String) step.get("same_as"))), file.toString());
            return null;
        }
        return Files.exists(file) ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8) : null;
    }

    void check(Map<String, Object> step, Object result) throws Exception {
        assertTrue(!step.containsKey("error"), () -> step + " did not fail: " + result);
        if (step.containsKey("expect")) {
            match(step.get("expect"), result, step.values().iterator().next() + ": result");
        }
        if (step.containsKey("as")) {
            keep((String) step.get("as"), result);
        }
    }

    void checkError(Map<String, Object> step, AiStudioException e) throws Exception {
        if (!step.containsKey("error")) {
            throw new AssertionError(step + " failed: " + e.getMessage(), e);
        }
        for (Map.Entry<String, Object> fact : object(step.get("error")).entrySet()) {
            if (fact.getKey().equals("message")) {
                String part = (String) value(fact.getValue());
                assertTrue(e.getMessage().contains(part), () -> step + ": " + e.getMessage());
                continue;
            }
            if (fact.getKey().equals("message_zh")) {
                continue; // the core's, in C++ alone
            }
            match(
                    fact.getValue(),
                    ScenarioValues.member(e, fact.getKey()),
                    step + ": " + e.getMessage() + ": " + fact.getKey());
        }
    }

    private void match(Object expected, Object got, String where) throws Exception {
        if (expected instanceof Map<?, ?> members) {
            matchMembers(members, got, where);
        } else if (expected instanceof List<?> items) {
            List<?> gotItems = (List<?>) got;
            assertEquals(items.size(), gotItems.size(), () -> where + ": " + got);
            for (int i = 0; i < items.size(); i++) {
                match(items.get(i), gotItems.get(i), where + "." + i);
            }
        } else if (got instanceof Duration d) {
            match(expected, d.toMillis(), where);
        } else if (expected instanceof Number n && got instanceof Number m) {
            boolean whole = isWhole(n) && isWhole(m);
            assertEquals(whole ? n.longValue() : n.doubleValue(), whole ? m.longValue() : m.doubleValue(), where);
        } else {
            assertEquals(expected, got instanceof Path p ? p.toString() : got, where);
        }
    }

    private static boolean isWhole(Number n) {
        return n instanceof Integer || n instanceof Long;
    }

    private void matchMembers(Map<?, ?> members, Object got, String where) throws Exception {
        if (members.containsKey("$any")) {
            assertNotNull(got, where);
        } else if (members.containsKey("$contains")) {
            Object part = value(members.get("$contains"));
            assertTrue(
                    got instanceof String s ? s.contains((String) part) : anyMatches(part, (List<?>) got),
                    () -> where + ": " + got);
        } else if (members.containsKey("$length")) {
            int length = got instanceof String s ? s.codePointCount(0, s.length()) : ((List<?>) got).size();
            assertEquals(members.get("$length"), length, where);
        } else if (members.containsKey("$ref") || members.containsKey("$path") || members.containsKey("$repeat")) {
            assertEquals(String.valueOf(value(members)), String.valueOf(got), where);
        } else {
            for (Map.Entry<?, ?> member : members.entrySet()) {
                String name = (String) member.getKey();
                match(member.getValue(), ScenarioValues.member(got, name), where + "." + name);
            }
        }
    }

    private boolean anyMatches(Object expected, List<?> items) throws Exception {
        for (Object item : items) {
            try {
                match(expected, item, "");
                return true;
            } catch (AssertionError e) {
                // another one may
            }
        }
        return false;
    }
}
