package consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.ApiException;
import org.aistudio.sdk.NewProject;
import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.Studio;
import org.aistudio.sdk.junit5.LocalStudio;
import org.aistudio.sdk.junit5.ServedAs;
import org.junit.jupiter.api.Test;

@LocalStudio
class PricesTest {
    @ServedAs("price")
    static final Studio.Service PRICE =
            json -> Double.toString(10 * Double.parseDouble(json.replaceAll("[^0-9.]", "")));

    @Test
    void prices_are_told_one_by_one_and_many(@ServedAs("price") Predictor predictor) {
        Prices prices = new Prices(predictor);
        assertEquals(65.0, prices.of(6.5).join());
        assertEquals(List.of(10.0, 20.0, 30.0), prices.ofAll(Stream.of(1.0, 2.0, 3.0)));
    }

    @Test
    void operations_work_and_fail_as_told(AiStudio client) {
        long id = client.projects().create(NewProject.builder().name("prices").build()).id();
        assertTrue(client.projects().all().anyMatch(p -> p.id() == id));
        client.projects().remove(id);
        assertEquals("not_found", assertThrows(ApiException.class, () -> client.projects().get(id)).code());
    }

    @Test
    void what_is_optional_is_not_needed() {
        for (String name : List.of("com.fasterxml.jackson.databind.ObjectMapper", "org.slf4j.Logger")) {
            assertThrows(ClassNotFoundException.class, () -> Class.forName(name));
        }
    }
}
