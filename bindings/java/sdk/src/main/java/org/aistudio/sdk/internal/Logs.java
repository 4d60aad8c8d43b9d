package org.aistudio.sdk.internal;

import java.util.Optional;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where log lines go when the program does not say: to SLF4J, if it is there and wants them. */
public final class Logs {
    private static final String NAME = "org.aistudio.sdk";

    private Logs() {}

    /** The least important level that is wanted, and who takes the lines. */
    public record Target(String level, BiConsumer<String, String> sink) {}

    public static Optional<Target> standard() {
        try {
            return Slf4j.target(LoggerFactory.getLogger(NAME));
        } catch (LinkageError e) {
            return Optional.empty();
        }
    }

    /** Tells what a function of the program's threw; never throws. */
    public static void uncaught(Thread in, Throwable what) {
        try {
            Slf4j.uncaught(LoggerFactory.getLogger(NAME), what);
        } catch (Throwable noLogger) {
            in.getUncaughtExceptionHandler().uncaughtException(in, what);
        }
    }

    private static final class Slf4j {
        static void uncaught(Logger to, Throwable what) {
            to.error("A function that was given to the client (onCall, log) threw; the client goes on.", what);
        }

        static Optional<Target> target(Logger to) {
            if (!to.isErrorEnabled()) {
                return Optional.empty();
            }
            String level = to.isDebugEnabled()
                    ? "debug"
                    : to.isInfoEnabled() ? "info" : to.isWarnEnabled() ? "warning" : "error";
            return Optional.of(new Target(level, (name, line) -> write(to, name, line)));
        }

        private static void write(Logger to, String level, String line) {
            switch (level) {
                case "debug" -> to.debug(line);
                case "info" -> to.info(line);
                case "warning" -> to.warn(line);
                default -> to.error(line);
            }
        }
    }
}
