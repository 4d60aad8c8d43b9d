package org.aistudio.sdk;

import java.nio.file.Path;
import java.util.Objects;
import org.aistudio.sdk.internal.Handle;
import org.aistudio.sdk.internal.NativeChatHandler;
import org.aistudio.sdk.internal.NativeChatListener;
import org.aistudio.sdk.internal.NativeHandler;
import org.aistudio.sdk.internal.NativeLibrary;
import org.aistudio.sdk.internal.NativeStudio;
import org.aistudio.sdk.internal.Utf8;
import org.aistudio.sdk.internal.ValueCodec;
import org.aistudio.sdk.internal.WireReader;

/**
 * The local studio: AI Studio in this process, without the cloud, for tests and demos. Runs until it is
 * closed, on loopback and a free port.
 */
public final class Studio implements AutoCloseable {
    /** Answers a prediction call, on one of the studio's threads. */
    @FunctionalInterface
    public interface Service {
        /**
         * Answers one call. What it throws becomes a failed answer with errorCode 422.
         *
         * @param json the record
         * @return the answer, JSON too
         * @throws Exception whatever goes wrong
         */
        String answer(String json) throws Exception;
    }

    /** Answers a chat call in the place of a language model, on one of the studio's threads. */
    @FunctionalInterface
    public interface ChatModel {
        /**
         * Answers one call. What it throws ends the answer as a failed one.
         *
         * @param request the whole request, JSON
         * @param listener takes the answer
         * @throws Exception whatever goes wrong
         */
        void answer(String request, ChatListener listener) throws Exception;
    }

    /** Takes the answer to a chat call; good until the call returns. */
    public interface ChatListener {
        /**
         * Takes the next piece. Waits while the client is slow.
         *
         * @param piece may be empty
         * @return false: nobody listens any more, return soon
         */
        boolean say(String piece);

        /**
         * Takes the tokens that the answer took, for clients that ask. The last call counts.
         *
         * @param tokens how many
         */
        void usage(ChatUsage tokens);
    }

    private final Handle<NativeStudio> handle;

    private Studio(NativeStudio made) {
        handle = new Handle<>("studio", made, NativeStudio::stop, NativeStudio::delete);
    }

    /**
     * Starts a studio and returns once it answers.
     *
     * @param directory where it keeps everything; made when it is not there
     * @return the studio
     */
    public static Studio start(Path directory) {
        NativeLibrary.loadStudio();
        return new Studio(
                new NativeStudio(Utf8.encode(directory.toString()), 0, Utf8.encode(""), Utf8.encode("local")));
    }

    /**
     * Serves a function as an online prediction service.
     *
     * @param name not that of another one
     * @param service the function
     * @return where to call it
     */
    public Endpoint serve(String name, Service service) {
        byte[] utf8 = Utf8.encode(name);
        Handler handler = new Handler(service);
        byte[] endpoint = handle.use(s -> {
            handler.swigReleaseOwnership(); // C++ keeps it alive from here on, and lets go of it
            return s.serve(utf8, handler);
        });
        return ValueCodec.readEndpoint(new WireReader(endpoint));
    }

    /**
     * Serves a function as the platform's language models, OpenAI-compatible: {@link AiStudio#chat()} and any other
     * client of that protocol can call it.
     *
     * @param model the function
     * @return the base address, {@code http://127.0.0.1:<port>/llm/lmapi/v3}
     */
    public String serveChat(ChatModel model) {
        ChatHandler handler = new ChatHandler(model);
        return Utf8.decodeTrusted(handle.use(s -> {
            handler.swigReleaseOwnership(); // C++ keeps it alive from here on, and lets go of it
            return s.serveChat(handler);
        }));
    }

    /**
     * Where it listens.
     *
     * @return {@code http://127.0.0.1:<port>}
     */
    public String baseUrl() {
        return Utf8.decodeTrusted(handle.use(NativeStudio::baseUrl));
    }

    /**
     * The token that every call but prediction needs.
     *
     * @return the token
     */
    public Secret accessToken() {
        return Secret.of(Utf8.decodeTrusted(handle.use(NativeStudio::accessToken)));
    }

    /** Ends its jobs and services and frees the folder. Twice is fine. */
    @Override
    public void close() {
        handle.close();
    }

    private static final class Handler extends NativeHandler {
        private final Service service;

        Handler(Service service) {
            this.service = Objects.requireNonNull(service, "service");
        }

        /** C++ cannot take exceptions: a first byte of 0 marks the text of one. */
        @Override
        public byte[] call(byte[] json) {
            try {
                return marked(1, Utf8.encode(service.answer(Utf8.decode(json))));
            } catch (Throwable t) {
                return marked(0, Utf8.encodeLossy(t.toString()));
            }
        }
    }

    private static byte[] marked(int mark, byte[] text) {
        byte[] out = new byte[text.length + 1];
        out[0] = (byte) mark;
        System.arraycopy(text, 0, out, 1, text.length);
        return out;
    }

    private static final class ChatHandler extends NativeChatHandler {
        private final ChatModel model;

        ChatHandler(ChatModel model) {
            this.model = Objects.requireNonNull(model, "model");
        }

        /** As of {@link Handler#call}. */
        @Override
        public byte[] call(byte[] request, NativeChatListener listener) {
            try {
                model.answer(Utf8.decode(request), new Say(listener));
                return marked(1, new byte[0]);
            } catch (Throwable t) {
                return marked(0, Utf8.encodeLossy(t.toString()));
            }
        }
    }

    private record Say(NativeChatListener inner) implements ChatListener {
        @Override
        public boolean say(String piece) {
            return inner.say(Utf8.encode(piece));
        }

        @Override
        public void usage(ChatUsage tokens) {
            inner.usage(tokens.promptTokens(), tokens.completionTokens(), tokens.totalTokens());
        }
    }
}
