package org.aistudio.tests.servers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** Netty's HTTP codec, which compresses what a client lets it. */
public final class NettyServer extends Server {
    private final EventLoopGroup loops = new NioEventLoopGroup(2);
    private final Channel listener;

    public NettyServer() throws InterruptedException {
        listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(1 << 24))
                                .addLast(new HttpContentCompressor())
                                .addLast(new Respond());
                    }
                })
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
    }

    private final class Respond extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext to, FullHttpRequest request) {
            byte[] body = ByteBufUtil.getBytes(request.content());
            Answer a = answer(
                    new QueryStringDecoder(request.uri()).path(),
                    body,
                    to.channel().id());
            HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(a.status()));
            head.headers().set(HttpHeaderNames.CONTENT_TYPE, a.type());
            if (a.length()) {
                HttpUtil.setContentLength(head, a.body().length);
            } else {
                HttpUtil.setTransferEncodingChunked(head, true);
            }
            if (a.close()) {
                HttpUtil.setKeepAlive(head, false);
            }
            to.write(head);
            int half = a.length() ? 0 : a.body().length / 2;
            to.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(a.body(), 0, half)));
            to.write(new DefaultHttpContent(Unpooled.wrappedBuffer(a.body(), half, a.body().length - half)));
            var end = to.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            if (a.close()) {
                end.addListener(ChannelFutureListener.CLOSE);
            }
        }
    }

    @Override
    public String url() {
        return "http://127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public void close() throws Exception {
        listener.close().sync();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
}
