package org.aistudio.sdk;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Answers to a stream of records. Keeps a window of calls full while answers are taken; belongs to the
 * thread that takes them.
 */
final class Bulk<R, T> implements Iterator<Prediction<T>> {
    private final Iterator<R> records;
    private final Function<R, CompletableFuture<T>> start;
    private final BulkOptions options;
    private final Set<Item<T>> window = new LinkedHashSet<>(); // in the order of the records
    private final BlockingQueue<Item<T>> finished = new LinkedBlockingQueue<>();
    private long next;

    private Bulk(Iterator<R> records, Function<R, CompletableFuture<T>> start, BulkOptions options) {
        this.records = records;
        this.start = start;
        this.options = options;
    }

    private static final class Item<T> {
        final long index;
        final CompletableFuture<T> call;

        Item(long index, CompletableFuture<T> call) {
            this.index = index;
            this.call = call;
        }
    }

    static <R, T> Stream<Prediction<T>> stream(
            Stream<R> records, Function<R, CompletableFuture<T>> start, BulkOptions options) {
        Bulk<R, T> bulk = new Bulk<>(records.iterator(), start, options);
        int properties = Spliterator.NONNULL | (options.inOrder() ? Spliterator.ORDERED : 0);
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(bulk, properties), false)
                .onClose(bulk::end)
                .onClose(records::close);
    }

    @Override
    public boolean hasNext() {
        fill();
        return !window.isEmpty();
    }

    @Override
    public Prediction<T> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        try {
            Item<T> item = options.inOrder() ? window.iterator().next() : finished.take();
            Prediction<T> out = outcome(item); // in the window until then, to be ended with it
            window.remove(item);
            return out;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void fill() {
        while (window.size() < options.maxInFlight() && records.hasNext()) {
            Item<T> item = new Item<>(next++, started(records.next()));
            window.add(item);
            if (!options.inOrder()) {
                item.call.whenComplete((answer, failure) -> finished.add(item));
            }
        }
    }

    /** What cannot be sent is a failure of this record only. */
    private CompletableFuture<T> started(R record) {
        try {
            return start.apply(record);
        } catch (IllegalArgumentException | NullPointerException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Prediction<T> outcome(Item<T> item) throws InterruptedException {
        try {
            return new Prediction<>(item.index, item.call.get(), null);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            RuntimeException why =
                    e.getCause() instanceof RuntimeException r ? r : new CompletionException(e.getCause());
            return new Prediction<>(item.index, null, why);
        }
    }

    private CancellationException interrupted(InterruptedException why) {
        end();
        Thread.currentThread().interrupt();
        CancellationException out = new CancellationException("The thread was interrupted; the calls were ended.");
        out.initCause(why);
        return out;
    }

    private void end() {
        window.forEach(item -> item.call.cancel(true));
        window.clear();
    }
}
