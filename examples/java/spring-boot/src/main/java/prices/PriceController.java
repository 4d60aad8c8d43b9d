package prices;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.aistudio.sdk.AiStudioException;
import org.aistudio.sdk.Predictor;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class PriceController {
    /** What the model wants to know; two of its features are enough here. */
    record House(@JsonProperty("RM") double rooms, @JsonProperty("LSTAT") double lowerStatus) {}

    record Price(double thousands) {}

    private static final Set<String> BUSY = Set.of("service_overloaded", "rate_limited", "overloaded");

    private final Predictor housePrices;

    PriceController(Predictor housePrices) {
        this.housePrices = housePrices;
    }

    /** No thread of the server waits for the service. */
    @PostMapping("/prices")
    CompletableFuture<Price> price(@RequestBody House house) {
        return housePrices.predictAsync(house, double[][].class).thenApply(rows -> new Price(rows[0][0]));
    }

    /** The caller learns what happened and, by the log id, whom to ask; there is no key in it. */
    @ExceptionHandler
    ResponseEntity<ProblemDetail> failed(AiStudioException e) {
        HttpStatus status = BUSY.contains(e.code()) ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.BAD_GATEWAY;
        ProblemDetail body = ProblemDetail.forStatusAndDetail(status, e.getMessage());
        body.setProperty("code", e.code());
        body.setProperty("logId", e.logId());
        return ResponseEntity.of(body).build();
    }
}
