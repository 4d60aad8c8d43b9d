package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudioTest {
    @TempDir
    Path folder;

    @Test
    void studio_started_listens_on_loopback() {
        try (Studio studio = Studio.start(folder)) {
            assertTrue(studio.baseUrl().startsWith("http://127.0.0.1:"));
            assertFalse(studio.accessToken().isEmpty());
        }
    }

    @Test
    void studio_second_on_a_folder_is_refused() {
        try (Studio studio = Studio.start(folder)) {
            AiStudioException e = assertThrows(AiStudioException.class, () -> Studio.start(folder));
            assertEquals("already_running", e.code());
        }
    }

    @Test
    void studio_closed_frees_its_folder_and_refuses_use() {
        Studio first = Studio.start(folder);
        first.close();
        first.close();
        assertThrows(IllegalStateException.class, first::baseUrl);
        Studio.start(folder).close();
    }

    @Test
    void chat_function_answers_whole_and_in_pieces() {
        try (Studio studio = Studio.start(folder)) {
            String base = studio.serveChat((request, listener) -> {
                if (request.contains("fail")) {
                    throw new IllegalStateException("no such thing 🏠");
                }
                listener.say("一");
                listener.say("🏠");
                listener.usage(ChatUsage.builder().totalTokens(3).build());
            });
            assertEquals(studio.baseUrl() + "/llm/lmapi/v3", base);
            try (AiStudio client = AiStudio.builder()
                    .baseUrl(studio.baseUrl())
                    .accessToken(studio.accessToken())
                    .build()) {
                ChatAnswer whole = client.chat().complete(question("hello"));
                assertEquals("一🏠", whole.choices().get(0).content());
                assertEquals(3, whole.usage().orElseThrow().totalTokens());
                StringBuilder text = new StringBuilder();
                client.chat().stream(question("hello"), delta -> text.append(delta.content()));
                assertEquals("一🏠", text.toString());
                AiStudioException e = assertThrows(
                        AiStudioException.class, () -> client.chat().complete(question("fail")));
                assertTrue(e.getMessage().contains("no such thing 🏠"), e.getMessage());
            }
            assertThrows(AiStudioException.class, () -> studio.serveChat((request, listener) -> {}));
        }
    }

    private static ChatRequest question(String text) {
        return ChatRequest.builder()
                .model("m")
                .messages(List.of(ChatMessage.builder().content(text).build()))
                .build();
    }

    @Test
    void serve_name_taken_is_a_conflict() {
        try (Studio studio = Studio.start(folder)) {
            studio.serve("twice", json -> json);
            AiStudioException e = assertThrows(AiStudioException.class, () -> studio.serve("twice", json -> json));
            assertEquals("conflict", e.code());
        }
    }
}
