package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStudioTest {
    @TempDir
    Path folder;

    @Test
    void studio_started_listens_on_loopback() {
        try (LocalStudio studio = LocalStudio.start(folder)) {
            assertTrue(studio.baseUrl().startsWith("http://127.0.0.1:"));
            assertFalse(studio.accessToken().isEmpty());
        }
    }

    @Test
    void studio_second_on_a_folder_is_refused() {
        try (LocalStudio studio = LocalStudio.start(folder)) {
            AiStudioException e = assertThrows(AiStudioException.class, () -> LocalStudio.start(folder));
            assertEquals("already_running", e.code());
        }
    }

    @Test
    void studio_closed_frees_its_folder_and_refuses_use() {
        LocalStudio first = LocalStudio.start(folder);
        first.close();
        first.close();
        assertThrows(IllegalStateException.class, first::baseUrl);
        LocalStudio.start(folder).close();
    }

    @Test
    void serve_name_taken_is_a_conflict() {
        try (LocalStudio studio = LocalStudio.start(folder)) {
            studio.serve("twice", json -> json);
            AiStudioException e =
                    assertThrows(AiStudioException.class, () -> studio.serve("twice", json -> json));
            assertEquals("conflict", e.code());
        }
    }
}
