package consumer;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;

/** The program in two class loaders of one JVM, as in a server with two applications. */
public final class Twice {
    private Twice() {}

    /** Takes the class path. */
    public static void main(String[] classPath) throws Exception {
        URL[] urls = new URL[classPath.length];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = Path.of(classPath[i]).toUri().toURL();
        }
        for (int i = 0; i < 2; i++) {
            URLClassLoader own = new URLClassLoader(Arrays.copyOf(urls, urls.length), ClassLoader.getPlatformClassLoader());
            own.loadClass("consumer.Main").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        }
    }
}
