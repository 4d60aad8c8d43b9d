package prices;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.aistudio.sdk.junit5.LocalStudioExtension;
import org.aistudio.sdk.junit5.PlayFault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.client.TestRestTemplate;
import org.springframework.http.HttpStatus;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class PricesTest {
    @RegisterExtension
    static final LocalStudioExtension STUDIO = LocalStudioExtension.create().serve("prices", PricesTest::model);

    @DynamicPropertySource
    static void service(DynamicPropertyRegistry properties) {
        properties.add("prices.url", () -> STUDIO.endpoint("prices").url());
        properties.add("prices.key", () -> STUDIO.endpoint("prices").apiKey().reveal());
    }

    @Autowired
    TestRestTemplate http;

    /** In place of the real one. */
    private static String model(String json) {
        if (!json.equals("{\"RM\":6.5,\"LSTAT\":5.0}")) {
            throw new IllegalArgumentException("not the house: " + json);
        }
        return "[[24.5]]";
    }

    @Test
    void price_of_a_house_is_told() {
        Map<?, ?> answer = http.postForObject("/prices", Map.of("RM", 6.5, "LSTAT", 5.0), Map.class);
        assertThat(answer).isEqualTo(Map.of("thousands", 24.5));
    }

    @Test
    @PlayFault(value = "queue_full", times = 2)
    void price_is_told_though_the_service_is_busy_for_a_while() {
        Map<?, ?> answer = http.postForObject("/prices", Map.of("RM", 6.5, "LSTAT", 5.0), Map.class);
        assertThat(answer).isEqualTo(Map.of("thousands", 24.5));
    }

    @Test
    void failure_of_the_service_is_a_bad_gateway_that_says_why() {
        var answer = http.postForEntity("/prices", Map.of("RM", 1, "LSTAT", 5), Map.class);
        assertThat(answer.getStatusCode()).isEqualTo(HttpStatus.BAD_GATEWAY);
        assertThat((String) answer.getBody().get("detail")).contains("not the house");
        assertThat((String) answer.getBody().get("logId")).isNotEmpty();
        assertThat(answer.getBody().toString()).doesNotContain(STUDIO.endpoint("prices").apiKey().reveal());
    }

    @Test
    @PlayFault("queue_full")
    void service_that_stays_busy_is_told_as_unavailable() {
        var answer = http.postForEntity("/prices", Map.of("RM", 6.5, "LSTAT", 5.0), Map.class);
        assertThat(answer.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThat(answer.getBody()).containsEntry("code", "service_overloaded");
    }
}
