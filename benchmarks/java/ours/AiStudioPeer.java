package ours;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletionException;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.ApiException;
import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.TlsOptions;
import peers.Peer;

/** Our binding under the load of the other Java clients: as futures, or blocking in the one thread. */
public final class AiStudioPeer implements Peer {
    private final Predictor predictor;
    private final boolean blocking;
    private final Deque<Runnable> waiting = new ArrayDeque<>(); // of the thread that begins

    /** Called by its name. */
    public AiStudioPeer(URI address, String key, String caFile, boolean blocking) {
        AiStudio.Builder builder = AiStudio.builder().deadline(Duration.ofSeconds(30));
        if (!caFile.isEmpty()) {
            builder.tls(TlsOptions.builder().caFile(Path.of(caFile)).build());
        }
        predictor = builder.build().predictor(address.toString(), key);
        this.blocking = blocking;
    }

    @Override
    public void begin(Runnable work) {
        work.run();
        for (Runnable call = waiting.poll(); call != null; call = waiting.poll()) {
            call.run(); // which adds the next
        }
    }

    @Override
    public void post(byte[] body, Answer answer) {
        if (blocking) {
            waiting.add(() -> answer.done(200, predictor.predict(body), null));
            return;
        }
        predictor.predictAsync(body).whenComplete((json, failure) -> {
            Throwable why = failure instanceof CompletionException e ? e.getCause() : failure;
            answer.done(why instanceof ApiException e ? e.status() : 200, json, why);
        });
    }
}
