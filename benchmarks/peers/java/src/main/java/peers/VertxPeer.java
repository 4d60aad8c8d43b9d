package peers;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;

/** Vert.x over Netty, everything on one event loop. */
final class VertxPeer implements Peer {
    private final Context context;
    private final HttpClient client;
    private final RequestOptions request;

    VertxPeer(Options options) {
        Vertx vertx =
                Vertx.vertx(
                        new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
        context = vertx.getOrCreateContext();
        HttpClientOptions how =
                new HttpClientOptions()
                        .setMaxPoolSize(options.connections)
                        .setKeepAliveTimeout(3600)
                        .setSsl(options.tls());
        if (options.tls()) {
            how.setVerifyHost(true)
                    .setTrustOptions(new PemTrustOptions().addCertPath(options.caFile));
        }
        client = vertx.createHttpClient(how);
        request =
                new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setAbsoluteURI(options.uri().toString())
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Accept", "application/json");
    }

    @Override
    public void begin(Runnable work) {
        context.runOnContext(nothing -> work.run());
    }

    @Override
    public void post(byte[] body, Answer answer) {
        client.request(request)
                .compose(made -> made.send(Buffer.buffer(body)))
                .compose(
                        response ->
                                response.body()
                                        .onSuccess(
                                                text ->
                                                        answer.done(
                                                                response.statusCode(),
                                                                text.getBytes(),
                                                                null)))
                .onFailure(failure -> answer.done(0, null, failure));
    }
}
