package prices;

import org.aistudio.sdk.AiStudio;
import org.aistudio.sdk.Predictor;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

@SpringBootApplication
public class PricesApplication {
    public static void main(String[] arguments) {
        SpringApplication.run(PricesApplication.class, arguments);
    }

    /** One for all threads; Spring closes it. */
    @Bean
    AiStudio aiStudio() {
        return AiStudio.create();
    }

    @Bean
    Predictor housePrices(AiStudio client, @Value("${prices.url}") String url, @Value("${prices.key}") String key) {
        return client.predictor(url, key);
    }
}
