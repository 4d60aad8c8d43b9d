package org.aistudio.sdk.junit5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.Studio;
import org.aistudio.sdk.TimeLimitException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** What the extension does around a class and with classes that are wrong; runs them by themselves. */
class LocalStudioExtensionTest {
    private static EngineExecutionResults run(Class<?> tests) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(tests))
                .execute();
    }

    private static List<String> failures(Class<?> tests) {
        return run(tests).allEvents().failed().stream()
                .map(e -> e.getRequiredPayload(org.junit.platform.engine.TestExecutionResult.class)
                        .getThrowable()
                        .map(Throwable::getMessage)
                        .orElse(""))
                .toList();
    }

    static class Registered {
        @RegisterExtension
        static final LocalStudioExtension STUDIO = LocalStudioExtension.create()
                .serve("twice", json -> "[" + json + "," + json + "]")
                .client(builder -> builder.deadline(Duration.ofMillis(300)));

        @Test
        void service_is_served() {
            assertTrue(STUDIO.predictor("twice").predict("1").contains("[1,1]"));
            assertTrue(STUDIO.client().baseUrl().equals(STUDIO.studio().baseUrl()));
        }

        @Test
        @PlayFault("stall")
        void options_of_the_client_hold() {
            assertThrows(
                    TimeLimitException.class, () -> STUDIO.predictor("twice").predict("1"));
        }
    }

    @Test
    void extension_in_a_field_serves_and_takes_options() {
        run(Registered.class).testEvents().assertStatistics(s -> s.succeeded(2).failed(0));
    }

    static class Kept {
        @RegisterExtension
        static final LocalStudioExtension STUDIO = LocalStudioExtension.create();

        static Path folder;

        @Test
        void folder_is_there() {
            folder = STUDIO.running().folder();
            assertTrue(Files.exists(folder));
        }
    }

    @Test
    void studio_client_and_folder_end_with_the_last_test() {
        run(Kept.class).testEvents().assertStatistics(s -> s.succeeded(1));
        assertThrows(IllegalStateException.class, () -> Kept.STUDIO.studio().baseUrl());
        assertThrows(IllegalStateException.class, () -> Kept.STUDIO.client().baseUrl());
        assertFalse(Files.exists(Kept.folder));
    }

    @LocalStudio
    static class Misspelt {
        @ServedAs("price")
        static final Studio.Service PRICE = json -> "1";

        @Test
        void test(@ServedAs("prize") Predictor predictor) {}
    }

    @Test
    void name_of_no_service_is_told_with_those_there_are() {
        List<String> failures = failures(Misspelt.class);
        assertEquals(1, failures.size());
        assertTrue(failures.get(0).contains("'prize'") && failures.get(0).contains("[price]"), failures.get(0));
    }

    @LocalStudio
    static class Unset {
        @ServedAs("price")
        static final Studio.Service PRICE = null;

        @Test
        void test() {}
    }

    @Test
    void field_without_a_function_is_told() {
        assertTrue(failures(Unset.class).get(0).contains("PRICE"));
    }

    @LocalStudio
    static class Unnamed {
        @Test
        void test(Predictor predictor) {}
    }

    @Test
    void predictor_without_a_name_is_refused() {
        assertEquals(1, failures(Unnamed.class).size());
    }

    @LocalStudio
    static class NoSuchFault {
        @Test
        @PlayFault("earthquake")
        void test() {}
    }

    @Test
    void fault_that_cannot_be_played_fails_the_test() {
        assertTrue(failures(NoSuchFault.class).get(0).contains("earthquake"));
    }

    @Test
    void extension_without_tests_says_how_to_use_it() {
        IllegalStateException e = assertThrows(
                IllegalStateException.class, () -> LocalStudioExtension.create().studio());
        assertTrue(e.getMessage().contains("@RegisterExtension"));
    }
}
