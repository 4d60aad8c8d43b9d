package consumer;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.aistudio.sdk.BulkOptions;
import org.aistudio.sdk.Prediction;
import org.aistudio.sdk.Predictor;

/** What a program has around a prediction service. */
public final class Prices {
    private final Predictor predictor;

    public Prices(Predictor predictor) {
        this.predictor = predictor;
    }

    public CompletableFuture<Double> of(double rooms) {
        return predictor.predictAsync(Map.of("rooms", rooms)).thenApply(Prices::price);
    }

    public List<Double> ofAll(Stream<Double> rooms) {
        Stream<Map<String, ?>> records = rooms.map(r -> Map.of("rooms", r));
        try (Stream<Prediction<Map<String, ?>>> answers = predictor.predictAll(records, BulkOptions.ordered())) {
            return answers.map(Prediction::get).map(Prices::price).toList();
        }
    }

    private static double price(Map<String, ?> answer) {
        return ((Number) answer.get("result")).doubleValue();
    }
}
