package org.aistudio.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.Predictor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of a program that did not close its client. */
@Timeout(60)
class ExitTest {
    /** Leaves calls in flight. */
    public static final class Program {
        public static void main(String[] url) throws Exception {
            AiStudio client = AiStudio.create();
            Predictor predictor = client.predictor(url[0], "k");
            for (int i = 0; i < 100; i++) {
                predictor.predictAsync("1");
            }
            Thread waits = new Thread(() -> predictor.predict("2"));
            waits.setDaemon(true);
            waits.start();
            System.in.read(); // until the parent has seen a call
            System.out.println("end");
        }
    }

    @Test
    void jvm_with_calls_in_flight_exits_within_a_second() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 200, InetAddress.getByName("127.0.0.1"))) {
            Process program = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Dorg.aistudio.sdk.cache=" + System.getProperty("org.aistudio.sdk.cache"),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Program.class.getName(),
                            "http://127.0.0.1:" + silent.getLocalPort() + "/x")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (Socket call = silent.accept();
                    BufferedReader out = program.inputReader()) {
                assertTrue(call.getInputStream().read() > 0);
                program.getOutputStream().write('\n');
                program.getOutputStream().flush();
                assertEquals("end", out.readLine());
                long from = System.nanoTime();
                assertTrue(program.waitFor(30, TimeUnit.SECONDS), "does not exit");
                assertEquals(0, program.exitValue());
                assertTrue(
                        System.nanoTime() - from < TimeUnit.SECONDS.toNanos(1),
                        () -> "took " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from) + " ms");
            } finally {
                program.destroyForcibly();
            }
        }
    }
}
