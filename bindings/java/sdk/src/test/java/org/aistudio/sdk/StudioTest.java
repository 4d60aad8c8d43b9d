package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
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
    void serve_name_taken_is_a_conflict() {
        try (Studio studio = Studio.start(folder)) {
            studio.serve("twice", json -> json);
            AiStudioException e = assertThrows(AiStudioException.class, () -> studio.serve("twice", json -> json));
            assertEquals("conflict", e.code());
        }
    }
}
