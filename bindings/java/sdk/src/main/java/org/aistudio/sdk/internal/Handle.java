package org.aistudio.sdk.internal;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Owns a native object. It is deleted once it is closed and no call uses it any more, or, where
 * {@link #close} was forgotten, once nobody can reach the handle.
 */
public final class Handle<T> implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final State<T> state;
    private final Cleaner.Cleanable cleanable;
    private final Consumer<T> interrupt;

    /**
     * Takes {@code object} over.
     *
     * @param name what messages call it
     * @param interrupt ends the calls in flight; runs once, at {@link #close}
     * @param delete frees the object
     */
    public Handle(String name, T object, Consumer<T> interrupt, Consumer<T> delete) {
        this.interrupt = interrupt;
        state = new State<>(name, object, delete);
        cleanable = CLEANER.register(this, state);
    }

    /** Runs {@code call} on the object, which lives at least as long. */
    public <R> R use(Function<T, R> call) {
        state.enter();
        try {
            return call.apply(state.object);
        } finally {
            state.leave();
            Reference.reachabilityFence(this);
        }
    }

    /** Runs what it is given on the object if that is still there. Does not keep the handle reachable. */
    public Consumer<Consumer<T>> access() {
        State<T> of = state;
        return call -> {
            if (of.tryEnter()) {
                try {
                    call.accept(of.object);
                } finally {
                    of.leave();
                }
            }
        };
    }

    /** Keeps the object alive until {@link #leave}; throws when it is closed. */
    public void enter() {
        state.enter();
    }

    /** Ends what {@link #enter} began. */
    public void leave() {
        state.leave();
        Reference.reachabilityFence(this);
    }

    /** The object, between {@link #enter} and {@link #leave}. */
    public T object() {
        return state.object;
    }

    /** Refuses later calls, ends those in flight. Twice is fine. */
    @Override
    public void close() {
        if (state.tryEnter()) {
            try {
                interrupt.accept(state.object);
            } finally {
                cleanable.clean();
                state.leave();
            }
        }
    }

    /**
     * The number of users, negative once it is closed. Must not refer to the handle, which would then be
     * reachable for ever.
     */
    private static final class State<T> extends AtomicInteger implements Runnable {
        private static final long serialVersionUID = 1L;
        private static final int CLOSED = Integer.MIN_VALUE;

        private final transient String name;
        private final transient T object;
        private final transient Consumer<T> delete;

        State(String name, T object, Consumer<T> delete) {
            this.name = name;
            this.object = object;
            this.delete = delete;
        }

        boolean tryEnter() {
            for (int users = get(); users >= 0; users = get()) {
                if (compareAndSet(users, users + 1)) {
                    return true;
                }
            }
            return false;
        }

        void enter() {
            if (!tryEnter()) {
                throw new IllegalStateException("The " + name + " is closed; make a new one.");
            }
        }

        void leave() {
            if (decrementAndGet() == CLOSED) {
                delete.accept(object); // nobody enters any more
            }
        }

        /** Closes it. */
        @Override
        public void run() {
            for (int users = get(); users >= 0; users = get()) {
                if (compareAndSet(users, users | CLOSED)) {
                    if (users == 0) {
                        delete.accept(object);
                    }
                    return;
                }
            }
        }
    }
}
