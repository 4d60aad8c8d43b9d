package org.aistudio.tests.servers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * nginx with TLS and a certificate of an authority of its own, as it stands before most services: it hands
 * calls on to another server, and compresses what a client lets it.
 */
public final class NginxServer extends JdkServer {
    private static final String CONFIGURATION =
            """
            daemon off;
            master_process off;
            pid nginx.pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                gzip on;
                gzip_proxied any;
                gzip_types *;
                gzip_min_length 1;
                client_body_temp_path body;
                client_max_body_size 16m;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                server {
                    listen 127.0.0.1:%d ssl;
                    ssl_certificate certificate.pem;
                    ssl_certificate_key key.pem;
                    location = /close {
                        keepalive_timeout 0;
                        proxy_pass %s;
                        proxy_set_header X-Connection $connection;
                    }
                    location / {
                        proxy_pass %s;
                        proxy_set_header X-Connection $connection;
                    }
                }
            }
            """;

    private final Path folder;
    private final int port;
    private final Process process;

    public NginxServer(Path folder) throws Exception {
        this.folder = folder;
        certify();
        port = freePort();
        Files.writeString(folder.resolve("nginx.conf"), CONFIGURATION.formatted(port, super.url(), super.url()));
        process = new ProcessBuilder(program("nginx"), "-p", folder + "/", "-c", "nginx.conf")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        awaitListening();
    }

    private static String program(String name) {
        return List.of("/usr/sbin/" + name, "/usr/bin/" + name, "/usr/local/bin/" + name).stream()
                .filter(p -> Files.isExecutable(Path.of(p)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " is not installed: make setup-test"));
    }

    /** An authority (ca.pem), and a certificate for 127.0.0.1 that it signed. */
    private void certify() throws Exception {
        String key = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch ";
        openssl(key + "-x509 -days 2 -subj /CN=Test_authority -keyout ca.key -out ca.pem");
        openssl(key + "-subj /CN=service -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out request.pem");
        openssl("x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy"
                + " -out certificate.pem");
    }

    private void openssl(String arguments) throws Exception {
        Process p = new ProcessBuilder(List.of((program("openssl") + " " + arguments).split(" ")))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(p.getInputStream().readAllBytes());
        if (p.waitFor() != 0) {
            throw new IOException("openssl " + arguments + ": " + output);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return s.getLocalPort();
        }
    }

    private void awaitListening() throws Exception {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30); ; Thread.sleep(10)) {
            try (Socket probe = new Socket("127.0.0.1", port)) {
                return;
            } catch (IOException e) {
                if (System.nanoTime() > end || !process.isAlive()) {
                    throw new IOException("nginx: " + Files.readString(folder.resolve("output")), e);
                }
            }
        }
    }

    @Override
    public String url() {
        return "https://127.0.0.1:" + port;
    }

    @Override
    public String caFile() {
        return folder.resolve("ca.pem").toString();
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        process.waitFor();
        super.close();
    }
}
