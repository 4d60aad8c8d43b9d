package consumer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.Studio;

/** A program that knows nothing but the packaged jars. */
public final class Main {
    private Main() {}

    /** Makes one call. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("consumer");
        try (Studio studio = Studio.start(folder);
                AiStudio client = AiStudio.create()) {
            Object answer = client.predictor(studio.serve("double", json -> "42"))
                    .predictAsync(Map.of("x", 21))
                    .join()
                    .get("result");
            System.out.print("answer " + answer + " ");
        }
    }
}
