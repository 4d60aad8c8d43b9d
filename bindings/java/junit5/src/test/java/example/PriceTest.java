package example;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.aistudio.sdk.Predictor;
import org.aistudio.sdk.Studio;
import org.aistudio.sdk.junit5.LocalStudio;
import org.aistudio.sdk.junit5.PlayFault;
import org.aistudio.sdk.junit5.ServedAs;
import org.junit.jupiter.api.Test;

@LocalStudio
class PriceTest {
    @ServedAs("price") // a function in place of the model
    static final Studio.Service PRICE = json -> "24.0";

    @Test
    @PlayFault(value = "queue_full", times = 1)
    void price_is_told_though_the_service_is_busy(@ServedAs("price") Predictor predictor) {
        assertTrue(predictor.predict("{\"RM\":6.5}").contains("24.0"));
    }
}
