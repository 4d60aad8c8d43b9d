package peers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;

/**
 * {@code Main vertx|hc5|okhttp|jdk|aistudio|aistudio_blocking|aistudio_all --url ...}: prints the line that benchmarks/run.py reads. With
 * {@code --rounds} it measures once for each line of standard input, which holds the seconds to warm
 * up before: a JVM is fast only after a while.
 */
public final class Main {
    private static final House HOUSE = House.first();
    private static final ObjectWriter WRITER = new ObjectMapper().writerFor(House.class);
    private static final ObjectReader READER = new ObjectMapper().readerFor(double[][].class);

    private final Peer peer;
    private final Meter meter;

    private Main(Peer peer, Meter meter) {
        this.peer = peer;
        this.meter = meter;
    }

    public static void main(String[] arguments) throws Exception {
        Options options = Options.parse(arguments);
        Peer peer =
                switch (options.client) {
                    case "vertx" -> new VertxPeer(options);
                    case "hc5" -> new ApachePeer(options);
                    case "okhttp" -> new OkHttpPeer(options);
                    case "jdk" -> new JdkPeer(options);
                    case "aistudio" -> ours(options, "futures");
                    case "aistudio_blocking" -> ours(options, "blocking");
                    case "aistudio_all" -> ours(options, "all");
                    default -> throw new IllegalArgumentException(options.client + " is no client");
                };
        if (options.rounds) {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                options.warmupSeconds = Double.parseDouble(line.trim());
                measure(options, peer);
            }
        } else {
            measure(options, peer);
        }
        Runtime.getRuntime().halt(0); // the libraries' threads need not end in order
    }

    /** Ours is compiled by itself, against what the binding's build left. */
    private static Peer ours(Options options, String way) throws ReflectiveOperationException {
        return (Peer)
                Class.forName("ours.AiStudioPeer")
                        .getConstructor(URI.class, String.class, String.class, int.class, String.class)
                        .newInstance(URI.create(options.url), options.key, options.caFile, options.connections, way);
    }

    private static void measure(Options options, Peer peer) throws InterruptedException {
        Main main = new Main(peer, new Meter(options));
        main.meter.begin();
        peer.begin(
                () -> {
                    for (int i = 0; i < options.connections; i++) {
                        main.startNext();
                    }
                });
        main.meter.await();
        System.out.println(main.meter.line());
        System.out.flush();
    }

    private void startNext() {
        if (!meter.mayStart()) {
            return;
        }
        long started = System.nanoTime();
        byte[] body;
        try {
            body = WRITER.writeValueAsBytes(HOUSE);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        peer.post(
                body,
                (status, answer, failure) -> {
                    Object why = failure != null ? failure : "not the answer expected";
                    meter.finished(started, failure == null && isRight(status, answer), why);
                    startNext();
                });
    }

    private static boolean isRight(int status, byte[] answer) {
        try {
            double[][] prices = READER.readValue(answer);
            return status == 200 && prices.length == 1 && prices[0].length == 1;
        } catch (IOException e) {
            return false;
        }
    }
}
