package peers;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** java.net.http of the JDK. */
final class JdkPeer implements Peer {
    private final HttpClient client;
    private final URI uri;

    JdkPeer(Options options) throws Exception {
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (options.tls()) {
            builder.sslContext(new Trust(options.caFile).context);
        }
        client = builder.build();
        uri = options.uri();
    }

    @Override
    public void post(byte[] body, Answer answer) {
        HttpRequest request =
                HttpRequest.newBuilder(uri)
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build();
        client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray())
                .whenComplete(
                        (response, failure) -> {
                            if (failure != null) {
                                answer.done(0, null, failure);
                            } else {
                                answer.done(response.statusCode(), response.body(), null);
                            }
                        });
    }
}
