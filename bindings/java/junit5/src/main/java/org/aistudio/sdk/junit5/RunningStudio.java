package org.aistudio.sdk.junit5;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.Endpoint;
import org.aistudio.sdk.Fault;
import org.aistudio.sdk.Studio;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A studio, its client, folder and services. JUnit closes it. */
final class RunningStudio implements ExtensionContext.Store.CloseableResource {
    private final Path folder;
    private final Studio studio;
    private final AiStudio client;
    private final Map<String, Served> services = new ConcurrentHashMap<>();

    private RunningStudio(Path folder, Studio studio, AiStudio client) {
        this.folder = folder;
        this.studio = studio;
        this.client = client;
    }

    /** A name is served once; what answers may be exchanged. */
    private static final class Served implements Studio.Service {
        volatile Studio.Service current;
        volatile Endpoint endpoint;

        Served(Studio.Service first) {
            current = first;
        }

        @Override
        public String answer(String json) throws Exception {
            return current.answer(json);
        }
    }

    static RunningStudio start(Map<String, Studio.Service> services, UnaryOperator<AiStudio.Builder> options) {
        Path folder = temporaryFolder();
        Studio studio = null;
        try {
            studio = Studio.start(folder);
            AiStudio.Builder builder =
                    AiStudio.builder().baseUrl(studio.baseUrl()).accessToken(studio.accessToken());
            RunningStudio out =
                    new RunningStudio(folder, studio, options.apply(builder).build());
            services.forEach(out::serve);
            return out;
        } catch (Throwable t) {
            if (studio != null) {
                studio.close();
            }
            delete(folder);
            throw t;
        }
    }

    Path folder() {
        return folder;
    }

    Studio studio() {
        return studio;
    }

    AiStudio client() {
        return client;
    }

    void serve(String name, Studio.Service service) {
        services.computeIfAbsent(name, n -> {
                    Served made = new Served(service);
                    made.endpoint = studio.serve(n, made);
                    return made;
                })
                .current = service;
    }

    Endpoint endpoint(String name) {
        Served found = services.get(name);
        if (found == null) {
            throw new IllegalArgumentException("No service is called '" + name + "'; put @ServedAs(\"" + name
                    + "\") on a field of type Studio.Service. There are: " + services.keySet() + ".");
        }
        return found.endpoint;
    }

    void play(PlayFault what) {
        Fault.Builder out = Fault.builder()
                .kind(what.value())
                .after(what.after())
                .times(what.times())
                .share(what.share())
                .bytes(what.bytes())
                .delayMs(what.delayMs());
        if (!what.service().isEmpty()) {
            out.apiKey(endpoint(what.service()).apiKey());
        }
        client.faults().add(out.build());
    }

    void endFaults() {
        List<Fault> left = client.faults().list();
        if (!left.isEmpty()) {
            client.faults().clear();
        }
    }

    @Override
    public void close() {
        client.close();
        studio.close();
        delete(folder);
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("aistudio-junit");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            folder.toFile().deleteOnExit(); // the tests' results do not depend on it
        }
    }
}
