package peers;

/** A client library. */
public interface Peer {
    /** Takes the answer of a call, or why there is none. */
    interface Answer {
        void done(int status, byte[] body, Throwable failure);
    }

    /** Posts `body`; `answer` is called once, by whatever thread the library likes. */
    void post(byte[] body, Answer answer);

    /** Runs `work` where the library likes calls to be started. */
    default void begin(Runnable work) {
        work.run();
    }
}
