package peers;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.ConnectionPool;
import okhttp3.Dispatcher;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** OkHttp, calls by its dispatcher. */
final class OkHttpPeer implements Peer {
    private static final MediaType JSON = MediaType.get("application/json");

    private final OkHttpClient client;
    private final String url;

    OkHttpPeer(Options options) throws Exception {
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(options.connections);
        dispatcher.setMaxRequestsPerHost(options.connections);
        OkHttpClient.Builder builder =
                new OkHttpClient.Builder()
                        .dispatcher(dispatcher)
                        .protocols(java.util.List.of(Protocol.HTTP_1_1))
                        .connectionPool(
                                new ConnectionPool(options.connections, 5, TimeUnit.MINUTES));
        if (options.tls()) {
            Trust trust = new Trust(options.caFile);
            builder.sslSocketFactory(trust.context.getSocketFactory(), trust.manager);
        }
        client = builder.build();
        url = options.uri().toString();
    }

    @Override
    public void post(byte[] body, Answer answer) {
        Request request =
                new Request.Builder()
                        .url(url)
                        .header("Accept", "application/json")
                        .post(RequestBody.create(body, JSON))
                        .build();
        client.newCall(request)
                .enqueue(
                        new Callback() {
                            @Override
                            public void onFailure(Call call, IOException failure) {
                                answer.done(0, null, failure);
                            }

                            @Override
                            public void onResponse(Call call, Response response)
                                    throws IOException {
                                byte[] text;
                                try (response) {
                                    text = response.body().bytes();
                                }
                                answer.done(response.code(), text, null);
                            }
                        });
    }
}
