package org.aistudio.tests.servers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;

/** A server that no one here wrote, on loopback. What it answers is the same for all. */
public abstract class Server implements AutoCloseable {
    private final Set<Object> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger calls = new AtomicInteger();

    /** What to send; {@code length} false: in chunks, without a Content-Length. */
    public record Answer(int status, String type, byte[] body, boolean length, boolean close) {}

    /** Where it listens, without a path. */
    public abstract String url();

    /** PEM file of the authority that vouches for it; null: no TLS. */
    public String caFile() {
        return null;
    }

    @Override
    public abstract void close() throws Exception;

    /** How many connections calls came by. */
    public final int connections() {
        return connections.size();
    }

    public final int calls() {
        return calls.get();
    }

    /** Called for each request. */
    protected final Answer answer(String path, byte[] body, Object connection) {
        connections.add(connection);
        calls.incrementAndGet();
        String record = new String(body, StandardCharsets.UTF_8);
        return switch (path) {
            case "/echo" -> json(record, true, false);
            case "/chunked" -> json(record, false, false);
            case "/close" -> json(record, true, true);
            case "/price" -> json("[[23.38]]", true, false);
            case "/big" -> json("\"" + "x".repeat(3 << 20) + "\"", false, false);
            case "/failing" -> new Answer(
                    500, "text/html", "<h1>Sorry</h1>".getBytes(StandardCharsets.UTF_8), true, false);
            case "/zipped" -> new Answer(200, "application/json", zipped("{\"result\":1}"), true, false);
            default -> new Answer(404, "text/plain", new byte[0], true, false);
        };
    }

    private static byte[] zipped(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static Answer json(String result, boolean length, boolean close) {
        byte[] body = ("{\"result\":" + result + "}").getBytes(StandardCharsets.UTF_8);
        return new Answer(200, "application/json", body, length, close);
    }
}
