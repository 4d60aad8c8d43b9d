package peers;

import java.net.URI;
import java.util.Iterator;
import java.util.List;

/** What every load program takes; as benchmarks/cpp/support/load.hpp. */
final class Options {
    String client = "";
    String url = "";
    String key = "no-such-key"; // sent, never printed
    String caFile = "";
    int connections = 32;
    long calls = 0;
    double seconds = 1;
    double warmupSeconds = 3;
    boolean rounds = false;

    static Options parse(String[] arguments) {
        Options out = new Options();
        Iterator<String> words = List.of(arguments).iterator();
        out.client = words.next();
        while (words.hasNext()) {
            String name = words.next();
            if (name.equals("--rounds")) {
                out.rounds = true;
                continue;
            }
            String value = words.next();
            switch (name) {
                case "--url" -> out.url = value;
                case "--key" -> out.key = value;
                case "--ca-file" -> out.caFile = value;
                case "--connections" -> out.connections = Integer.parseInt(value);
                case "--calls" -> out.calls = Long.parseLong(value);
                case "--seconds" -> out.seconds = Double.parseDouble(value);
                case "--warmup-seconds" -> out.warmupSeconds = Double.parseDouble(value);
                default -> throw new IllegalArgumentException("Unknown option " + name);
            }
        }
        return out;
    }

    URI uri() {
        return URI.create(url + "?apiKey=" + key);
    }

    boolean tls() {
        return url.startsWith("https:");
    }
}
