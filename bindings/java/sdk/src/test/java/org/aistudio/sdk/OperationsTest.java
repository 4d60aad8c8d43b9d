package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The operations of datasets, projects, jobs and services against the local studio. */
@Timeout(120)
class OperationsTest {
    @TempDir
    static Path folder;

    private static Studio studio;
    private static AiStudio client;

    @BeforeAll
    static void start() {
        studio = Studio.start(folder.resolve("studio"));
        client = clientBuilder().build();
    }

    private static AiStudio.Builder clientBuilder() {
        return AiStudio.builder()
                .baseUrl(studio.baseUrl())
                .accessToken(studio.accessToken())
                .deadline(Duration.ofSeconds(60));
    }

    @AfterAll
    static void stop() {
        client.close();
        studio.close();
    }

    private static Path file(String name, String text) throws Exception {
        Path out = Files.createTempDirectory(folder, "files").resolve(name);
        return Files.writeString(out, text);
    }

    private static Job submitted(String script) throws Exception {
        Path code = file("run.py", script).getParent();
        return client.jobs()
                .submit(NewJob.builder()
                        .name("java")
                        .folder(code)
                        .command("python run.py")
                        .build());
    }

    @Test
    void dataset_made_with_files_is_listed_downloaded_and_removed() throws Exception {
        Datasets datasets = client.datasets();
        Path data = file("房价.csv", "a,b\n1,2\n");
        Dataset made = datasets.create(
                NewDataset.builder().name("emoji 🏠").files(List.of(data)).build());
        assertEquals("emoji 🏠", made.name());
        assertEquals(
                List.of("房价.csv"), made.files().stream().map(DatasetFile::name).toList());

        List<TransferProgress> seen = new ArrayList<>();
        TransferOptions watched = TransferOptions.builder().progress(seen::add).build();
        DatasetFile second = datasets.upload(made.id(), file("b.txt", "second"), watched);
        assertFalse(seen.isEmpty());
        assertEquals(6, seen.get(seen.size() - 1).done());

        Path target = folder.resolve("fetched.txt");
        assertEquals(target, datasets.download(made.id(), second.id(), target));
        assertEquals("second", Files.readString(target));
        assertEquals(2, datasets.get(made.id()).files().size());

        datasets.remove(made.id());
        ApiException gone = assertThrows(ApiException.class, () -> datasets.get(made.id()));
        assertEquals(ErrorCodes.NOT_FOUND, gone.code());
    }

    @Test
    void list_all_goes_through_all_pages_lazily() {
        Projects projects = client.projects();
        for (int i = 0; i < 5; i++) {
            projects.create(NewProject.builder().name("page " + i).build());
        }
        Page<Project> first = projects.list(ProjectFilter.builder()
                .which(PageRequest.builder().size(2).build())
                .build());
        assertEquals(2, first.items().size());
        assertTrue(first.total() >= 5);
        assertEquals(first.total(), projects.all().count());
        assertEquals(
                first.items().stream().map(Project::id).toList(),
                projects.all().limit(2).map(Project::id).toList());
        for (Project p : projects.all().collect(Collectors.toList())) {
            projects.remove(p.id());
        }
    }

    @Test
    void project_changed_keeps_what_is_not_set() {
        Projects projects = client.projects();
        Project made = projects.create(
                NewProject.builder().name("old").description("kept").build());
        Project changed =
                projects.update(made.id(), ProjectChanges.builder().name("new").build());
        assertEquals("new", changed.name());
        assertEquals("kept", changed.description());
        assertTrue(changed.createdAt().isPresent());
    }

    @Test
    void job_runs_to_its_end_with_log_and_outputs() throws Exception {
        Jobs jobs = client.jobs();
        Job job = submitted(
                """
                import os, sys
                print("hello 🏠", flush=True)
                """);
        StringBuilder log = new StringBuilder();
        Thread[] on = new Thread[1];
        long end = jobs.followLog(job.id(), chunk -> {
            log.append(chunk.text());
            on[0] = Thread.currentThread();
        });
        Job ended = jobs.wait(job.id());
        assertEquals("Succeeded", ended.stage(), log::toString);
        assertTrue(log.toString().contains("hello 🏠"), log::toString);
        assertEquals(end, jobs.log(job.id()).nextOffset());
        assertTrue(on[0].isDaemon());
        assertTrue(jobs.list().stream().anyMatch(j -> j.id().equals(job.id())));
        assertEquals(List.of(), jobs.outputs(job.id()));
    }

    @Test
    void sink_that_throws_fails_the_call_with_what_it_threw() throws Exception {
        Job job = submitted("print('x', flush=True)\nimport time\ntime.sleep(60)");
        IllegalStateException mine = new IllegalStateException("enough");
        CompletableFuture<Long> call = client.jobs().followLogAsync(job.id(), chunk -> {
            throw mine;
        });
        ExecutionException e = assertThrows(ExecutionException.class, () -> call.get(60, TimeUnit.SECONDS));
        assertEquals(mine, e.getCause());
        client.jobs().stop(job.id());
    }

    @Test
    void wait_cancelled_ends_while_the_job_runs_on() throws Exception {
        Job job = submitted("import time\ntime.sleep(60)");
        CompletableFuture<Job> wait = client.jobs().waitAsync(job.id());
        assertTrue(wait.cancel(true));
        assertThrows(CancellationException.class, wait::join);
        assertFalse(client.jobs().get(job.id()).stage().equals("Stopped"));
        client.jobs().stop(job.id());
        assertEquals("Stopped", client.jobs().wait(job.id()).stage());
    }

    @Test
    void thread_interrupted_ends_its_call_and_stays_interrupted() throws Exception {
        Job job = submitted("import time\ntime.sleep(60)");
        CompletableFuture<Boolean> stayed = new CompletableFuture<>();
        Thread waiting = new Thread(() -> {
            assertThrows(CancellationException.class, () -> client.jobs().wait(job.id()));
            stayed.complete(Thread.currentThread().isInterrupted());
        });
        waiting.start();
        while (waiting.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        waiting.interrupt();
        assertTrue(stayed.get(30, TimeUnit.SECONDS));
        client.jobs().stop(job.id());
    }

    @Test
    void client_closed_fails_what_is_in_flight() throws Exception {
        Job job = submitted("import time\ntime.sleep(60)");
        AiStudio other = clientBuilder().build();
        CompletableFuture<Job> wait = other.jobs().waitAsync(job.id());
        other.close();
        ExecutionException e = assertThrows(ExecutionException.class, () -> wait.get(30, TimeUnit.SECONDS));
        assertInstanceOf(IllegalStateException.class, e.getCause());
        assertThrows(IllegalStateException.class, () -> other.jobs().list());
        assertThrows(IllegalStateException.class, () -> other.jobs().listAsync());
        client.jobs().stop(job.id());
    }

    @Test
    void blocking_calls_inside_a_completion_work() throws Exception {
        Project made =
                client.projects().create(NewProject.builder().name("nested").build());
        String name = client.projects()
                .getAsync(made.id())
                .thenApply(p -> client.projects().get(p.id()).name()
                        + client.projects().getAsync(p.id()).join().name())
                .get(60, TimeUnit.SECONDS);
        assertEquals("nestednested", name);
    }

    @Test
    void service_from_a_folder_without_a_model_is_refused() throws Exception {
        Project project =
                client.projects().create(NewProject.builder().name("p").build());
        Path model = file("readme.txt", "no model").getParent();
        NewService what = NewService.builder()
                .name("s")
                .project(project.id())
                .modelFolder(model)
                .build();
        ApiException e =
                assertThrows(ApiException.class, () -> client.services().create(what));
        assertEquals(ErrorCodes.BAD_REQUEST, e.code());
        assertEquals(Optional.empty(), client.services().all().findAny());
    }

    @Test
    void token_wrong_is_unauthorized_and_never_shown() {
        try (AiStudio other =
                clientBuilder().accessToken(Secret.of("canary-token-1")).build()) {
            ApiException e =
                    assertThrows(ApiException.class, () -> other.projects().list());
            assertEquals(ErrorCodes.UNAUTHORIZED, e.code());
            assertFalse(e.toString().contains("canary"));
            assertEquals(OperationsTest.class.getName(), lastOfOurs(e));
        }
    }

    private static String lastOfOurs(Throwable e) {
        return List.of(e.getStackTrace()).stream()
                .map(StackTraceElement::getClassName)
                .filter(name -> name.equals(OperationsTest.class.getName()))
                .findFirst()
                .orElse("");
    }

    @Test
    void log_lines_arrive_on_the_clients_thread() throws Exception {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        try (AiStudio other = clientBuilder()
                .log((level, line) -> lines.add(level + " " + line))
                .build()) {
            other.projects().list();
            String line = lines.poll(30, TimeUnit.SECONDS);
            assertTrue(line.startsWith("debug GET ") || line.startsWith("debug POST "), line);
        }
    }

    @Test
    void log_lines_go_to_slf4j_by_default_without_secrets() throws Exception {
        BlockingQueue<LogRecord> records = new LinkedBlockingQueue<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                records.add(record);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("org.aistudio.sdk");
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
        try (AiStudio other =
                clientBuilder().accessToken(Secret.of("canary-token-2")).build()) {
            assertThrows(ApiException.class, () -> other.projects().list());
            LogRecord record = records.poll(30, TimeUnit.SECONDS);
            assertEquals(Level.WARNING, record.getLevel());
            assertFalse(record.getMessage().contains("canary"), record.getMessage());
        } finally {
            logger.removeHandler(handler);
        }
    }

    @Test
    void options_that_cannot_be_are_refused() {
        NullPointerException e = assertThrows(
                NullPointerException.class, () -> clientBuilder().deadline(null).build());
        assertEquals("deadline", e.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> clientBuilder().deadline(Duration.ofMillis(-1)).build());
        AiStudioException url = assertThrows(
                AiStudioException.class,
                () -> AiStudio.builder().baseUrl("ftp://x").build());
        assertEquals(ErrorCodes.INVALID_CONFIGURATION, url.code());
        AiStudioException ca = assertThrows(AiStudioException.class, () -> AiStudio.builder()
                .baseUrl("https://127.0.0.1:1")
                .accessToken(Secret.of("t"))
                .tls(TlsOptions.builder().caFile(Path.of("/no/such/file.pem")).build())
                .build()
                .projects()
                .list());
        assertTrue(ca.getMessage().contains("/no/such/file.pem"), ca.getMessage());
    }

    @Test
    void ca_file_that_has_no_certificate_is_told() throws Exception {
        Path file = Files.writeString(
                folder.resolve("no.pem"), "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n");
        AiStudioException e = assertThrows(AiStudioException.class, () -> AiStudio.builder()
                .tls(TlsOptions.builder().caFile(file).build())
                .build()
                .predictor("https://127.0.0.1:1/x", "k")
                .predict("1"));
        assertTrue(e.getMessage().contains("no.pem"), e.getMessage());
    }
}
