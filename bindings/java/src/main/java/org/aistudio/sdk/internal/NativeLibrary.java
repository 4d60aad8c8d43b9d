package org.aistudio.sdk.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Loads the native library once: from the file that the property {@value #PATH_PROPERTY} names, else from
 * {@code java.library.path}, else out of the jar into a cache folder.
 */
public final class NativeLibrary {
    public static final String PATH_PROPERTY = "org.aistudio.sdk.library";
    public static final String CACHE_PROPERTY = "org.aistudio.sdk.cache";
    private static final String NAME = "aistudio_jni";

    private NativeLibrary() {}

    /** Returns at once after the first time; throws what the first time failed with, every time. */
    public static void load() {
        if (Once.FAILURE != null) {
            throw new IllegalStateException(Once.FAILURE.getMessage(), Once.FAILURE);
        }
    }

    private static final class Once {
        static final Throwable FAILURE = attempt();

        private static Throwable attempt() {
            try {
                loadAnywhere();
                return null;
            } catch (Throwable t) { // kept, because a failed class initialisation tells its cause once only
                return t;
            }
        }
    }

    private static void loadAnywhere() throws IOException {
        String path = System.getProperty(PATH_PROPERTY);
        if (path != null) {
            System.load(Path.of(path).toAbsolutePath().toString());
            return;
        }
        List<String> tried = new ArrayList<>();
        if (tryLoad(() -> System.loadLibrary(NAME), "java.library.path", tried)) {
            return;
        }
        byte[] content = fromJar(tried);
        for (Path folder : cacheFolders()) {
            if (tryLoad(() -> System.load(extract(content, folder).toString()), folder.toString(), tried)) {
                return;
            }
        }
        throw new UnsatisfiedLinkError(
                "The native library of aistudio cannot be loaded. Name a folder that allows execution with -D"
                        + CACHE_PROPERTY + "=FOLDER. Tried: " + String.join("; ", tried));
    }

    private static boolean tryLoad(Runnable load, String where, List<String> tried) {
        try {
            load.run();
            return true;
        } catch (UnsatisfiedLinkError | RuntimeException e) {
            tried.add(where + ": " + e.getMessage());
            return false;
        }
    }

    private static byte[] fromJar(List<String> tried) throws IOException {
        String resource = "/org/aistudio/sdk/native/" + platform() + "/" + System.mapLibraryName(NAME);
        try (InputStream in = NativeLibrary.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new UnsatisfiedLinkError("The jar of aistudio has no native library for "
                        + platform() + ". Tried: " + String.join("; ", tried));
            }
            return in.readAllBytes();
        }
    }

    private static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch");
        return os + "-" + (arch.equals("amd64") ? "x86_64" : arch);
    }

    /** Several, because a temporary folder may forbid execution. */
    private static List<Path> cacheFolders() {
        List<Path> out = new ArrayList<>();
        String chosen = System.getProperty(CACHE_PROPERTY);
        if (chosen != null) {
            out.add(Path.of(chosen));
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        out.add(xdg == null || xdg.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache", "aistudio")
                : Path.of(xdg, "aistudio"));
        out.add(Path.of(System.getProperty("java.io.tmpdir"), "aistudio-" + System.getProperty("user.name")));
        return out;
    }

    /** The file is named by its content, and gets its name when it is complete. */
    private static Path extract(byte[] content, Path folder) {
        try {
            Path target = Files.createDirectories(folder).resolve(NAME + "-" + digest(content) + ".so");
            if (Files.exists(target) && Arrays.equals(Files.readAllBytes(target), content)) {
                return target;
            }
            Path part = Files.createTempFile(folder, NAME, ".part"); // 0600
            Files.write(part, content);
            try {
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            }
            return target;
        } catch (IOException e) {
            throw new IllegalStateException("cannot be written: " + e, e);
        }
    }

    private static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has SHA-256
        }
    }
}
