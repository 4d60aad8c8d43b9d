package example;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    private static final Path BASE = Path.of(System.getProperty("basedir", "."));

    @Test
    void readme_shows_price_test() throws IOException {
        String source = Files.readString(BASE.resolve("src/test/java/example/PriceTest.java"));
        String shown = source.substring(source.indexOf("@LocalStudio\n"));
        assertTrue(Files.readString(BASE.resolve("../README.md")).contains("```java\n" + shown + "```"));
    }
}
