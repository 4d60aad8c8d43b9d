package org.aistudio.sdk.internal;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.function.BooleanSupplier;
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

    /** Must not refer to the handle, which would then be reachable for ever. */
    private static final class State<T> implements Runnable {
        private final String name;
        private final T object;
        private final Consumer<T> delete;
        private int users;
        private boolean closed;
        private boolean deleted;

        State(String name, T object, Consumer<T> delete) {
            this.name = name;
            this.object = object;
            this.delete = delete;
        }

        synchronized boolean tryEnter() {
            if (closed) {
                return false;
            }
            users++;
            return true;
        }

        void enter() {
            if (!tryEnter()) {
                throw new IllegalStateException("The " + name + " is closed; make a new one.");
            }
        }

        void leave() {
            deleteIf(() -> --users == 0 && closed);
        }

        @Override
        public void run() {
            deleteIf(() -> {
                closed = true;
                return users == 0;
            });
        }

        private void deleteIf(BooleanSupplier isLast) {
            synchronized (this) {
                if (!isLast.getAsBoolean() || deleted) {
                    return;
                }
                deleted = true;
            }
            delete.accept(object); // without the lock: it may wait for threads
        }
    }
}
