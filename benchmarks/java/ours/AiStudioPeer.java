package ours;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.ApiException;
import org.aistudio.sdk.BulkOptions;
import org.aistudio.sdk.Prediction;
import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.TlsOptions;
import peers.Peer;

/** Our binding under the load of the other Java clients: as futures, or blocking or as a stream in the one thread. */
public final class AiStudioPeer implements Peer {
    private record Waiting(byte[] body, Answer answer) {}

    private final Predictor predictor;
    private final String way;
    private final int connections;
    private final Deque<Waiting> waiting = new ArrayDeque<>(); // of the thread that begins

    /** Called by its name; {@code way} is {@code futures}, {@code blocking} or {@code all}. */
    public AiStudioPeer(URI address, String key, String caFile, int connections, String way) {
        AiStudio.Builder builder = AiStudio.builder().deadline(Duration.ofSeconds(30));
        if (!caFile.isEmpty()) {
            builder.tls(TlsOptions.builder().caFile(Path.of(caFile)).build());
        }
        predictor = builder.build().predictor(address.toString(), key);
        this.connections = connections;
        this.way = way;
    }

    @Override
    public void begin(Runnable work) {
        work.run();
        if (way.equals("all")) {
            all();
        } else {
            for (Waiting call = waiting.poll(); call != null; call = waiting.poll()) {
                call.answer.done(200, predictor.predict(call.body), null); // which adds the next
            }
        }
    }

    /** Each answer that is taken adds the next record, so that the stream ends with the time. */
    private void all() {
        List<Answer> answers = new ArrayList<>();
        Iterator<byte[]> records = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !waiting.isEmpty();
            }

            @Override
            public byte[] next() {
                Waiting call = waiting.remove();
                answers.add(call.answer);
                return call.body;
            }
        };
        Spliterator<byte[]> source = Spliterators.spliteratorUnknownSize(records, Spliterator.NONNULL);
        BulkOptions options = BulkOptions.asCompleted().withMaxInFlight(connections);
        try (Stream<Prediction<byte[]>> out = predictor.predictAll(StreamSupport.stream(source, false), options)) {
            out.forEach(p -> answers.set((int) p.index(), null).done(200, p.answer(), p.failure()));
        }
    }

    @Override
    public void post(byte[] body, Answer answer) {
        if (!way.equals("futures")) {
            waiting.add(new Waiting(body, answer));
            return;
        }
        predictor.predictAsync(body).whenComplete((json, failure) -> {
            Throwable why = failure instanceof CompletionException e ? e.getCause() : failure;
            answer.done(why instanceof ApiException e ? e.status() : 200, json, why);
        });
    }
}
