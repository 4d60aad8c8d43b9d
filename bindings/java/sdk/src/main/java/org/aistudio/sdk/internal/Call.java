package org.aistudio.sdk.internal;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A call on its way. Whoever completes it from outside, be it by cancelling or by a time-out, ends the
 * call itself.
 */
public abstract class Call<T> extends CompletableFuture<T> {
    private Calls calls;
    private long id;

    /** Makes the result of the bytes that the core gives; they are only valid meanwhile. */
    protected abstract T decode(byte[] from, int offset, int length) throws Exception;

    /** Calls a function that was given along with the arguments. */
    protected void function(int index, WireReader arguments) {
        throw new IllegalStateException("There are no functions.");
    }

    final void begin(Calls owner, long number) {
        calls = owner;
        id = number;
    }

    final void finish(byte[] from, int offset, int length) {
        if (isDone()) {
            return; // nobody wants it any more
        }
        try {
            super.complete(decode(from, offset, length));
        } catch (Throwable t) {
            super.completeExceptionally(t);
        }
    }

    final void fail(Throwable why) {
        super.completeExceptionally(why);
    }

    final void callFunction(int index, WireReader arguments) {
        if (isDone()) {
            return;
        }
        try {
            function(index, arguments);
        } catch (Throwable t) {
            completeExceptionally(t);
        }
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        return abortIf(super.cancel(mayInterrupt));
    }

    @Override
    public boolean complete(T value) {
        return abortIf(super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable why) {
        return abortIf(super.completeExceptionally(why));
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        calls.await(this);
        return super.get();
    }

    @Override
    public T join() {
        calls.await(this);
        return super.join();
    }

    private boolean abortIf(boolean first) {
        if (first) {
            calls.abort(id);
        }
        return first;
    }
}
