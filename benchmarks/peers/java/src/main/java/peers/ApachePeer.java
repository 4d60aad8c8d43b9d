package peers;

import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.reactor.IOReactorConfig;

/** Apache HttpClient 5, asynchronous, one I/O thread. */
final class ApachePeer implements Peer {
    private final CloseableHttpAsyncClient client;
    private final String uri;

    ApachePeer(Options options) throws Exception {
        PoolingAsyncClientConnectionManagerBuilder connections =
                PoolingAsyncClientConnectionManagerBuilder.create()
                        .setMaxConnTotal(options.connections)
                        .setMaxConnPerRoute(options.connections)
                        .setDefaultTlsConfig(
                                TlsConfig.custom()
                                        .setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_1)
                                        .build());
        if (options.tls()) {
            connections.setTlsStrategy(
                    ClientTlsStrategyBuilder.create()
                            .setSslContext(new Trust(options.caFile).context)
                            .buildAsync());
        }
        client =
                HttpAsyncClients.custom()
                        .setConnectionManager(connections.build())
                        .setIOReactorConfig(
                                IOReactorConfig.custom()
                                        .setIoThreadCount(1)
                                        .setTcpNoDelay(true)
                                        .setSoTimeout(60, TimeUnit.SECONDS)
                                        .build())
                        .disableAutomaticRetries()
                        .disableCookieManagement()
                        .disableAuthCaching()
                        .build();
        client.start();
        uri = options.uri().toString();
    }

    @Override
    public void post(byte[] body, Answer answer) {
        SimpleHttpRequest request =
                SimpleRequestBuilder.post(uri)
                        .setBody(body, ContentType.APPLICATION_JSON)
                        .addHeader("Accept", "application/json")
                        .build();
        client.execute(
                request,
                new FutureCallback<SimpleHttpResponse>() {
                    @Override
                    public void completed(SimpleHttpResponse response) {
                        answer.done(response.getCode(), response.getBodyBytes(), null);
                    }

                    @Override
                    public void failed(Exception failure) {
                        answer.done(0, null, failure);
                    }

                    @Override
                    public void cancelled() {
                        answer.done(0, null, new InterruptedException("cancelled"));
                    }
                });
    }
}
