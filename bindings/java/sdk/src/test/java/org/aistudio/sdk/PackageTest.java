package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.aistudio.sdk.internal.AiStudioNative;
import org.aistudio.sdk.internal.NativeLibrary;
import org.aistudio.sdk.internal.Utf8;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageTest {
    private static final Path BASE = Path.of(System.getProperty("basedir", "."), ".."); // bindings/java

    @TempDir
    Path folder;

    private static String first(Path file, String pattern) throws IOException {
        Matcher m = Pattern.compile(pattern, Pattern.DOTALL).matcher(Files.readString(file));
        assertTrue(m.find(), () -> file + " has no " + pattern);
        return m.group(1);
    }

    private record Run(int status, String output) {}

    /** Runs a source file in a JVM of its own, with nothing but our classes. */
    private Run run(Path source, String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", classes().toString(), source.toString()));
        Path output = folder.resolve("output");
        Process p = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!p.waitFor(60, TimeUnit.SECONDS)) {
            p.destroyForcibly();
        }
        return new Run(p.waitFor(), Files.readString(output, StandardCharsets.UTF_8));
    }

    private static Path classes() throws URISyntaxException {
        return Path.of(AiStudio.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    private static String cache() {
        return "-Dorg.aistudio.sdk.cache=" + System.getProperty("org.aistudio.sdk.cache");
    }

    @Test
    void readme_example_runs_and_the_jvm_exits() throws Exception {
        Path source = folder.resolve("Example.java");
        Files.writeString(source, first(BASE.resolve("README.md"), "```java\n(.*?)```"));
        assertEquals(new Run(0, "true\n"), run(source, cache()));
    }

    @Test
    void jvm_with_a_studio_and_a_client_left_open_exits() throws Exception {
        Path source = folder.resolve("Open.java");
        Files.writeString(
                source,
                """
                import java.nio.file.*;
                import org.aistudio.sdk.*;
                public class Open {
                    public static void main(String[] args) {
                        Studio studio = Studio.start(Path.of(args.length > 0 ? args[0] : "%s"));
                        Predictor p = AiStudio.create().predictor(studio.serve("echo", json -> json));
                        System.out.println(p.predict("1").length() > 0);
                    }
                }
                """
                        .formatted(folder.resolve("studio")));
        assertEquals(new Run(0, "true\n"), run(source, cache()));
    }

    @Test
    void library_that_is_missing_is_told_every_time() throws Exception {
        Path source = folder.resolve("Missing.java");
        Files.writeString(
                source,
                """
                import org.aistudio.sdk.*;
                public class Missing {
                    public static void main(String[] args) {
                        for (int i = 0; i < 2; i++) {
                            try {
                                AiStudio.create();
                            } catch (IllegalStateException e) {
                                System.out.println(e.getMessage().contains("no-such-library.so"));
                            }
                        }
                    }
                }
                """);
        String missing = "-Dorg.aistudio.sdk.library=" + folder.resolve("no-such-library.so");
        assertEquals(new Run(0, "true\ntrue\n"), run(source, missing));
    }

    private Path printer() throws IOException {
        Path source = folder.resolve("Fails.java");
        return Files.writeString(
                source,
                """
                import org.aistudio.sdk.*;
                public class Fails {
                    public static void main(String[] args) {
                        try {
                            AiStudio.create();
                        } catch (IllegalStateException e) {
                            System.out.println(e.getMessage());
                        }
                    }
                }
                """);
    }

    @Test
    void library_that_is_none_or_for_another_processor_is_an_exception() throws Exception {
        Path text = Files.writeString(folder.resolve("libaistudio_jni.so"), "no library");
        Run none = run(printer(), "-Dorg.aistudio.sdk.library=" + text);
        assertTrue(none.status() == 0 && none.output().contains("libaistudio_jni.so"), none.output());
        byte[] library = NativeLibrary.class
                .getResourceAsStream("/org/aistudio/sdk/native/linux-x86_64/libaistudio_jni.so")
                .readAllBytes();
        library[18] = (byte) 0xf3; // e_machine: RISC-V
        Files.write(text, library);
        Run other = run(printer(), "-Dorg.aistudio.sdk.library=" + text);
        assertTrue(other.status() == 0 && other.output().contains("libaistudio_jni.so"), other.output());
    }

    @Test
    void library_that_was_cut_short_is_an_exception() throws Exception {
        byte[] library = NativeLibrary.class
                .getResourceAsStream("/org/aistudio/sdk/native/linux-x86_64/libaistudio_jni.so")
                .readAllBytes();
        Path cut = folder.resolve("libaistudio_jni.so");
        for (int size : new int[] {0, 20, 64, 4096, library.length / 2, library.length - 1}) {
            Files.write(cut, Arrays.copyOf(library, size));
            Run run = run(printer(), "-Dorg.aistudio.sdk.library=" + cut);
            assertTrue(run.status() == 0 && run.output().contains("libaistudio_jni.so"), size + ": " + run.output());
        }
    }

    @Test
    void platform_without_a_library_is_told() throws Exception {
        Run other = run(printer(), "-Dos.arch=riscv64");
        assertEquals(0, other.status(), other.output());
        assertTrue(
                other.output().contains("for linux-riscv64") && other.output().contains("classifier"), other.output());
    }

    @Test
    void version_is_that_of_the_headers() throws IOException {
        NativeLibrary.load();
        String pom =
                first(BASE.resolve("pom.xml"), "<artifactId>aistudio-parent</artifactId>\\s*<version>(.*?)</version>");
        assertEquals(pom, Utf8.decodeTrusted(AiStudioNative.libraryVersion()));
    }

    @Test
    void internal_package_is_not_exported() {
        Module module = AiStudio.class.getModule();
        assertTrue(module.isNamed() && module.isExported("org.aistudio.sdk"));
        assertFalse(module.isExported("org.aistudio.sdk.internal"));
    }
}
