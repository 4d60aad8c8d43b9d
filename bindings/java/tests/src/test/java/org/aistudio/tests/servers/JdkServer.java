package org.aistudio.tests.servers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** That of the JDK. */
public class JdkServer extends Server {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    public JdkServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String through = exchange.getRequestHeaders().getFirst("X-Connection"); // of a proxy
            Object connection = through != null ? through : exchange.getRemoteAddress();
            Answer a = answer(exchange.getRequestURI().getPath(), body, connection);
            exchange.getResponseHeaders().set("Content-Type", a.type());
            if (exchange.getRequestURI().getPath().equals("/zipped")) {
                exchange.getResponseHeaders().set("Content-Encoding", "gzip"); // though nobody asked for it
            }
            if (a.close()) {
                exchange.getResponseHeaders().set("Connection", "close");
            }
            exchange.sendResponseHeaders(a.status(), a.length() ? (a.body().length == 0 ? -1 : a.body().length) : 0);
            exchange.getResponseBody().write(a.body());
        }
    }

    @Override
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() throws Exception {
        server.stop(0);
        threads.shutdownNow();
    }
}
