package org.aistudio.sdk.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Loads the native libraries, each once: from the file that the property {@value #PATH_PROPERTY} names (the
 * studio's from the same folder), else from {@code java.library.path}, else out of the jar into a cache
 * folder.
 */
public final class NativeLibrary {
    public static final String PATH_PROPERTY = "org.aistudio.sdk.library";
    public static final String CACHE_PROPERTY = "org.aistudio.sdk.cache";
    private static final String CLIENT = "aistudio_jni";
    private static final String STUDIO = "aistudio_studio_jni";

    private NativeLibrary() {}

    /** Returns at once after the first time; throws what the first time failed with, every time. */
    public static void load() {
        rethrow(Client.FAILURE);
    }

    /** The same with the local studio's. */
    public static void loadStudio() {
        rethrow(Studio.FAILURE);
    }

    private static void rethrow(Throwable failure) {
        if (failure != null) {
            throw new IllegalStateException(failure.getMessage(), failure);
        }
    }

    private static final class Client {
        static final Throwable FAILURE = attempt(CLIENT);
    }

    private static final class Studio {
        static final Throwable FAILURE = attempt(STUDIO);
    }

    private static Throwable attempt(String name) {
        try {
            loadAnywhere(name);
            return null;
        } catch (Throwable t) { // kept, because a failed class initialisation tells its cause once only
            return t;
        }
    }

    private static void loadAnywhere(String name) throws IOException {
        String path = System.getProperty(PATH_PROPERTY);
        if (path != null) {
            Path given = Path.of(path).toAbsolutePath();
            Path file = name.equals(CLIENT) ? given : given.resolveSibling(System.mapLibraryName(name));
            if (Files.exists(file)) {
                ElfFile.requireWhole(file);
            }
            System.load(file.toString());
            return;
        }
        List<String> tried = new ArrayList<>();
        if (tryLoad(() -> System.loadLibrary(name), "java.library.path", tried)) {
            return;
        }
        Map<String, byte[]> files = fromJar(tried);
        String library = System.mapLibraryName(name);
        for (Path folder : cacheFolders()) {
            if (tryLoad(
                            () -> System.load(
                                    extract(files, folder).resolve(library).toString()),
                            folder.toString(),
                            tried)
                    || (isLoadedElsewhere(tried) && tryLoadCopy(files, library, folder, tried))) {
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

    /** The JVM lets one class loader have a file. */
    private static boolean isLoadedElsewhere(List<String> tried) {
        return tried.get(tried.size() - 1).contains("another classloader");
    }

    /** A copy of our own, which is not needed any more once it is loaded. */
    private static boolean tryLoadCopy(Map<String, byte[]> files, String library, Path folder, List<String> tried) {
        Path copy;
        try {
            copy = Files.createTempDirectory(folder, "copy");
        } catch (IOException e) {
            tried.add(folder + ": " + e);
            return false;
        }
        try {
            Path inside = extract(files, copy);
            boolean loaded = tryLoad(() -> System.load(inside.resolve(library).toString()), copy.toString(), tried);
            delete(inside, files.keySet());
            return loaded;
        } finally {
            delete(copy, Set.of());
        }
    }

    private static void delete(Path folder, Set<String> files) {
        for (String file : files) {
            folder.resolve(file).toFile().delete();
        }
        folder.toFile().delete();
    }

    private static Map<String, byte[]> fromJar(List<String> tried) throws IOException {
        String folder = "org/aistudio/sdk/native/" + platform() + "/";
        Map<String, byte[]> out = new TreeMap<>();
        try (InputStream list = resource(folder + "files")) {
            if (list == null) {
                throw new UnsatisfiedLinkError("There is no native library of aistudio for " + platform()
                        + " on the class path or the module path: add the jar with the classifier " + platform()
                        + ". Tried: " + String.join("; ", tried));
            }
            for (String name : new String(list.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                try (InputStream in = resource(folder + name)) {
                    out.put(name, Objects.requireNonNull(in, name).readAllBytes());
                }
            }
        }
        return out;
    }

    /** From our own jar, or from another of our loader. */
    private static InputStream resource(String name) {
        InputStream own = NativeLibrary.class.getResourceAsStream("/" + name);
        return own != null ? own : NativeLibrary.class.getClassLoader().getResourceAsStream(name);
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
        out.add(
                xdg == null || xdg.isEmpty()
                        ? Path.of(System.getProperty("user.home"), ".cache", "aistudio")
                        : Path.of(xdg, "aistudio"));
        out.add(Path.of(System.getProperty("java.io.tmpdir"), "aistudio-" + System.getProperty("user.name")));
        return out;
    }

    /** Into a folder named by their content; each gets its name when it is complete. */
    private static Path extract(Map<String, byte[]> files, Path cache) {
        try {
            Path folder = Files.createDirectories(cache.resolve(digest(files)));
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                write(file.getValue(), folder.resolve(file.getKey()));
            }
            return folder.toAbsolutePath();
        } catch (IOException e) {
            throw new IllegalStateException("cannot be written: " + e, e);
        }
    }

    private static void write(byte[] content, Path target) throws IOException {
        if (Files.exists(target) && Arrays.equals(Files.readAllBytes(target), content)) {
            return;
        }
        Path part = Files.createTempFile(target.getParent(), "part", null); // 0600
        Files.write(part, content);
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String digest(Map<String, byte[]> files) {
        try {
            MessageDigest out = MessageDigest.getInstance("SHA-256");
            files.values().forEach(out::update);
            return HexFormat.of().formatHex(out.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has SHA-256
        }
    }
}
