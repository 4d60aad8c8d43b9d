package org.aistudio.tests;

import static org.aistudio.tests.ScenarioValues.camel;
import static org.aistudio.tests.ScenarioValues.convert;
import static org.aistudio.tests.ScenarioValues.fill;
import static org.aistudio.tests.ScenarioValues.recordClass;
import static org.aistudio.tests.ScenarioValues.zero;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.AiStudioException;
import org.aistudio.sdk.Endpoint;
import org.aistudio.sdk.Page;
import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.RetryPolicy;
import org.aistudio.sdk.Secret;
import org.aistudio.sdk.Studio;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The scenarios that all languages run, with the blocking operations and with futures. */
class ScenariosTest {
    private static final Path FILES =
            Path.of(System.getProperty("basedir", ".")).resolve("../../../tests/scenarios");

    /** The core's operations by {@code resource.name}. */
    private static final Map<String, JsonNode> OPERATIONS = new HashMap<>();

    static {
        try (var in = ScenariosTest.class.getResourceAsStream("/surface.json")) {
            for (JsonNode o : Scenario.JSON.readTree(in).get("operations")) {
                OPERATIONS.put(o.get("resource").asText() + "." + o.get("name").asText(), o);
            }
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @TempDir
    Path folder;

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(FILES)) {
            return all.filter(f -> f.toString().endsWith(".json")).sorted().toList();
        }
    }

    @Test
    void there_are_scenarios() throws IOException {
        assertTrue(files().size() >= 15, files().toString());
    }

    @TestFactory
    Stream<DynamicTest> scenario_has_the_results_it_says() throws IOException {
        return files().stream().flatMap(file -> Stream.of(false, true).map(futures -> {
            String name = file.getFileName().toString().replace(".json", futures ? ", futures" : ", blocking");
            return DynamicTest.dynamicTest(name, file.toUri(), () -> run(file, futures, folder.resolve(name)));
        }));
    }

    private static void run(Path file, boolean futures, Path folder) throws Exception {
        Files.createDirectories(folder.resolve("files"));
        Scenario scenario = new Scenario(file, folder.resolve("files"));
        try (Studio studio = Studio.start(folder.resolve("studio"))) {
            for (String name : scenario.services()) {
                scenario.keep(name, studio.serve(name, json -> "{\"got\":" + json + "}"));
            }
            AiStudio.Builder options = AiStudio.builder()
                    .baseUrl(studio.baseUrl())
                    .accessToken(studio.accessToken())
                    .deadline(Duration.ofSeconds(30));
            fill(options, scenario.clientOptions());
            try (AiStudio client = options.build()) {
                new Run(scenario, client, futures).all();
            }
        }
    }

    private record Run(Scenario scenario, AiStudio client, boolean futures) {
        void all() throws Exception {
            for (Map<String, Object> step : scenario.steps()) {
                Object result;
                try {
                    result = one(step);
                } catch (AiStudioException e) {
                    scenario.checkError(step, e);
                    continue;
                }
                scenario.check(step, result);
            }
        }

        private Object one(Map<String, Object> step) throws Exception {
            if (step.containsKey("call")) {
                return call(step);
            }
            if (step.containsKey("predict")) {
                return predict(step);
            }
            if (step.containsKey("file")) {
                return scenario.file(step);
            }
            throw new AssertionError("no such step: " + step);
        }

        private Object predict(Map<String, Object> step) throws Exception {
            String reference = (String) step.get("predict");
            Secret key = step.containsKey("api_key")
                    ? Secret.of((String) step.get("api_key"))
                    : (Secret) scenario.at(reference + ".api_key");
            Predictor to = client.predictor(new Endpoint((String) scenario.at(reference + ".url"), key));
            Map<String, Object> options = options(step);
            if (options.remove("deadline") instanceof Duration deadline) {
                to = to.withDeadline(deadline);
            }
            if (options.remove("retry") instanceof Map<?, ?> retry) {
                to = to.withRetry((RetryPolicy) convert(retry, RetryPolicy.class));
            }
            assertTrue(options.isEmpty(), () -> "no such options: " + options);
            byte[] record = Scenario.JSON.writeValueAsBytes(scenario.value(step.get("record")));
            return futures ? finished(to.predictAsync(record, Object.class)) : to.predict(record, Object.class);
        }

        private Map<String, Object> options(Map<String, Object> step) throws Exception {
            return new LinkedHashMap<>(Scenario.object(scenario.value(step.getOrDefault("options", Map.of()))));
        }

        private Object call(Map<String, Object> step) throws Exception {
            JsonNode operation = OPERATIONS.get((String) step.get("call"));
            assertTrue(operation != null, () -> "no such operation: " + step.get("call"));
            Object resource = AiStudio.class
                    .getMethod(camel(operation.get("resource").asText()))
                    .invoke(client);
            Method method =
                    method(resource.getClass(), camel(operation.get("name").asText()) + (futures ? "Async" : ""));
            Map<String, Object> with =
                    new LinkedHashMap<>(Scenario.object(scenario.value(step.getOrDefault("with", Map.of()))));
            List<Object> heard = new ArrayList<>();
            List<Object> arguments = new ArrayList<>();
            for (JsonNode a : operation.get("arguments")) {
                Type type = method.getGenericParameterTypes()[arguments.size()];
                arguments.add(
                        argument(with, a.get("name").asText(), a.get("type").asText(), type, heard));
            }
            assertTrue(with.isEmpty(), () -> "no such arguments: " + with);
            arguments.add(
                    convert(options(step), recordClass(operation.get("options").asText())));
            Object result = operation.get("result").asText().startsWith("page<")
                    ? allPages(resource, method, arguments)
                    : invoke(resource, method, arguments);
            return method.getName().startsWith("followLog") ? heard : result;
        }

        private static Object argument(
                Map<String, Object> with, String name, String kind, Type type, List<Object> heard) throws Exception {
            if (kind.startsWith("callback")) {
                return (Consumer<Object>) heard::add;
            }
            if (!with.containsKey(name)) {
                return kind.startsWith("record:") ? convert(Map.of(), recordClass(kind)) : zero(type);
            }
            return convert(with.remove(name), type);
        }

        /** The one with all arguments. */
        private static Method method(Class<?> resource, String name) {
            return Arrays.stream(resource.getMethods())
                    .filter(m -> m.getName().equals(name))
                    .max(Comparator.comparing(Method::getParameterCount))
                    .orElseThrow(() -> new AssertionError(resource + " has no " + name));
        }

        private Object invoke(Object resource, Method method, List<Object> arguments) throws Exception {
            try {
                Object out = method.invoke(resource, arguments.toArray());
                return out instanceof CompletableFuture<?> f ? finished(f) : out;
            } catch (InvocationTargetException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }

        private static Object finished(CompletableFuture<?> call) throws Exception {
            try {
                return call.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }

        /** All items from the page that was asked for on. */
        private List<Object> allPages(Object resource, Method method, List<Object> arguments) throws Exception {
            List<Object> out = new ArrayList<>();
            for (; ; ) {
                Page<?> page = (Page<?>) invoke(resource, method, arguments);
                out.addAll(page.items());
                if (page.items().isEmpty() || (long) page.number() * page.size() >= page.total()) {
                    return out;
                }
                arguments.set(0, turned(arguments.get(0), page.number() + 1));
            }
        }

        /** A page request, or what has one, with another number. */
        private static Object turned(Object which, int number) throws Exception {
            Object builder = which.getClass().getMethod("toBuilder").invoke(which);
            if (Arrays.stream(which.getClass().getRecordComponents())
                    .anyMatch(c -> c.getName().equals("number"))) {
                fill(builder, Map.of("number", number));
            } else {
                fill(
                        builder,
                        Map.of(
                                "which",
                                turned(which.getClass().getMethod("which").invoke(which), number)));
            }
            return builder.getClass().getMethod("build").invoke(builder);
        }
    }
}
