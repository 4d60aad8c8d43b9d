package org.aistudio.sdk.junit5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.ApiException;
import org.aistudio.sdk.Endpoint;
import org.aistudio.sdk.NewProject;
import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.Studio;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

@LocalStudio
class LocalStudioTest {
    @ServedAs("echo")
    static final Studio.Service ECHO = json -> json;

    private final AtomicInteger calls = new AtomicInteger();

    @ServedAs("counting")
    private final Studio.Service counting = json -> "" + calls.incrementAndGet();

    private static Studio seenBefore;

    @BeforeAll
    static void the_studio_is_there(Studio studio, @ServedAs("echo") Predictor predictor) {
        seenBefore = studio;
        assertTrue(predictor.predict("7").contains("\"result\":7"));
    }

    @Test
    void studio_and_client_belong_together(Studio studio, AiStudio client, TestInfo another) {
        assertSame(seenBefore, studio);
        assertEquals(studio.baseUrl(), client.baseUrl());
        assertNotNull(
                client.projects().create(NewProject.builder().name("prices").build()));
        assertNotNull(another);
    }

    @Test
    void service_is_called_by_its_name(@ServedAs("echo") Endpoint endpoint, AiStudio client) {
        assertTrue(client.predictor(endpoint).predict("\"价格\"").contains("\"价格\""));
    }

    @Test
    void service_of_an_instance_is_that_of_the_test(@ServedAs("counting") Predictor predictor) {
        assertTrue(predictor.predict("{}").contains("\"result\":1"));
        assertEquals(1, calls.get());
    }

    @Test
    void service_of_an_instance_is_new_in_each_test(@ServedAs("counting") Predictor predictor) {
        assertTrue(predictor.predict("{}").contains("\"result\":1"));
        assertEquals(1, calls.get());
    }

    @Test
    @PlayFault(value = "queue_full", times = 2)
    void fault_that_passes_is_retried(@ServedAs("counting") Predictor predictor, AiStudio client) {
        assertTrue(predictor.predict("{}").contains("\"result\":1"));
        assertEquals(2, client.faults().list().get(0).played());
    }

    @Test
    @PlayFault(value = "failure_text", service = "counting", after = 1)
    void fault_of_one_service_leaves_others_alone(
            @ServedAs("counting") Predictor predictor, @ServedAs("echo") Predictor other) {
        predictor.predict("{}");
        assertThrows(ApiException.class, () -> predictor.predict("{}"));
        assertTrue(other.predict("5").contains("\"result\":5"));
    }

    @Nested
    @PlayFault(value = "html_page", service = "echo")
    class Inner {
        @Test
        @PlayFault(value = "queue_full", service = "counting", times = 1)
        void nested_class_shares_the_studio_and_adds_faults(Studio studio, AiStudio client) {
            assertSame(seenBefore, studio);
            assertEquals(
                    List.of("html_page", "queue_full"),
                    client.faults().list().stream().map(f -> f.kind()).toList());
        }
    }
}
