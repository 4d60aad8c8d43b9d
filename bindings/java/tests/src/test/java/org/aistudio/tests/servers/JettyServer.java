package org.aistudio.tests.servers;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.gzip.GzipHandler;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/** Jetty, which compresses what a client lets it. */
public final class JettyServer extends Server {
    private final org.eclipse.jetty.server.Server server = new org.eclipse.jetty.server.Server();
    private final ServerConnector connector = new ServerConnector(server);

    public JettyServer() throws Exception {
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        GzipHandler gzip = new GzipHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                respond(request, response, callback);
                return true;
            }
        });
        gzip.setMinGzipSize(1);
        gzip.setIncludedMethods("POST");
        server.setHandler(gzip);
        server.start();
    }

    private void respond(Request request, Response response, Callback callback) throws Exception {
        byte[] body = BufferUtil.toArray(Content.Source.asByteBuffer(request));
        Answer a = answer(
                Request.getPathInContext(request),
                body,
                request.getConnectionMetaData().getRemoteSocketAddress());
        response.setStatus(a.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, a.type());
        if (a.close()) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        if (a.length()) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, a.body().length);
            response.write(true, ByteBuffer.wrap(a.body()), callback);
            return;
        }
        int half = a.body().length / 2;
        response.write(
                false,
                ByteBuffer.wrap(a.body(), 0, half),
                Callback.from(
                        () -> response.write(true, ByteBuffer.wrap(a.body(), half, a.body().length - half), callback),
                        callback::failed));
    }

    @Override
    public String url() {
        return "http://127.0.0.1:" + connector.getLocalPort();
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
