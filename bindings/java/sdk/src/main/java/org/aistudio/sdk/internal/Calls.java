package org.aistudio.sdk.internal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * The calls of one client that are on their way, and the daemon thread that completes them. The thread
 * starts with the first call and ends with the client. It knows the client only through the calls: while
 * one is on its way the client cannot be collected.
 */
public final class Calls {
    private static final int HEADER = 17; // of an event, see event_queue.hpp
    private static final int VALUE = 0;
    private static final int FAILURE = 1;
    private static final int USUAL_BATCH = 1 << 16;

    private final Supplier<NativeEvents> source;
    private final LongConsumer cancel;
    private final Function<WireReader, Throwable> failure;
    private final List<WireWriter.Callback> clientFunctions;

    // Guarded by this. A place has one call at a time; the number of its use tells them apart.
    private Call<?>[] places = new Call<?>[64];
    private int[] uses = new int[64];
    private int[] free = new int[64];
    private int freeCount;
    private int used;
    private boolean started;

    // Of the thread.
    private volatile Thread thread;
    private NativeEvents events;
    private byte[] batch = new byte[USUAL_BATCH];
    private ByteBuffer header = ByteBuffer.wrap(batch);
    private int at;
    private int end;
    private Call<?>[] found = new Call<?>[64]; // those of the events in the batch, in their order
    private int next;
    private int count;

    /**
     * Nothing starts yet.
     *
     * @param source where events come from; asked once
     * @param cancel ends a call by its number; does nothing after the client's end
     * @param failure makes an exception of the core's failure
     * @param clientFunctions those that were given along with the client
     */
    public Calls(
            Supplier<NativeEvents> source,
            LongConsumer cancel,
            Function<WireReader, Throwable> failure,
            List<WireWriter.Callback> clientFunctions) {
        this.source = source;
        this.cancel = cancel;
        this.failure = failure;
        this.clientFunctions = List.copyOf(clientFunctions);
    }

    /** Something that starts a call by its number. */
    @FunctionalInterface
    public interface Start {
        void run(long id);
    }

    /** Starts a call; when that throws, there is no call. */
    public <T> Call<T> start(Call<T> call, Start how) {
        long id = add(call);
        call.begin(this, id);
        try {
            how.run(id);
        } catch (Throwable t) {
            remove(id);
            throw t;
        }
        return call;
    }

    /** Starts the thread; with the first call by itself. */
    public synchronized void listen() {
        if (started) {
            return;
        }
        events = source.get();
        started = true;
        Thread made = new Thread(this::run, "aistudio-completions");
        made.setDaemon(true);
        thread = made;
        made.start();
    }

    void abort(long id) {
        cancel.accept(id);
    }

    /** On our own thread, goes on completing calls until this one is complete: nobody else would. */
    void await(Call<?> call) {
        if (Thread.currentThread() == thread) {
            while (!call.isDone() && step()) {
                // the step did it
            }
        }
    }

    private synchronized long add(Call<?> call) {
        listen();
        int place = freeCount > 0 ? free[--freeCount] : used++;
        if (place == places.length) {
            places = Arrays.copyOf(places, 2 * place);
            uses = Arrays.copyOf(uses, 2 * place);
            free = Arrays.copyOf(free, 2 * place);
        }
        places[place] = call;
        return (long) ++uses[place] << 32 | place;
    }

    private synchronized Call<?> find(long id) {
        int place = (int) id;
        return uses[place] == (int) (id >>> 32) ? places[place] : null;
    }

    private synchronized Call<?> remove(long id) {
        Call<?> call = find(id);
        if (call != null) {
            places[(int) id] = null;
            free[freeCount++] = (int) id;
        }
        return call;
    }

    private void run() {
        try {
            while (step()) {
                // until the client has ended
            }
        } finally {
            events.delete();
            IllegalStateException why = new IllegalStateException("The client is closed; make a new one.");
            for (Call<?> call : left()) {
                if (call != null) {
                    call.fail(why);
                }
            }
        }
    }

    private synchronized List<Call<?>> left() {
        List<Call<?>> out = new ArrayList<>(Arrays.asList(found).subList(next, count));
        out.addAll(Arrays.asList(places));
        Arrays.fill(places, null);
        return out;
    }

    /** Handles one event. May be called again by what it completes, which then goes on with the next. */
    private boolean step() {
        if (at == end && !refill()) {
            return false;
        }
        long id = header.getLong(at);
        int kind = header.get(at + 8);
        int function = header.getInt(at + 9);
        int length = header.getInt(at + 13);
        int offset = at + HEADER;
        at = offset + length;
        Call<?> call = found[next];
        found[next++] = null;
        if (id == 0) {
            callClientFunction(function, new WireReader(batch, offset, length));
        } else if (call == null) {
            return true; // it ended otherwise
        } else if (kind == VALUE) {
            call.finish(batch, offset, length);
        } else if (kind == FAILURE) {
            call.fail(failure.apply(new WireReader(batch, offset, length)));
        } else {
            call.callFunction(function, new WireReader(batch, offset, length));
        }
        return true;
    }

    private void callClientFunction(int function, WireReader arguments) {
        try {
            clientFunctions.get(function).call(arguments);
        } catch (Throwable t) {
            Logs.uncaught(thread, t); // there is no call that could fail with it
        }
    }

    private boolean refill() {
        if (batch.length > USUAL_BATCH) {
            room(USUAL_BATCH); // a large answer's room is not kept
        }
        at = 0;
        end = 0;
        long size = events.take(batch);
        while (size < 0) {
            room(Math.toIntExact(-size));
            size = events.take(batch);
        }
        end = (int) size;
        findCalls();
        return size > 0;
    }

    /** All at once, because the lock costs more than the rest. */
    private synchronized void findCalls() {
        next = 0;
        count = 0;
        for (int event = 0; event < end; event += HEADER + header.getInt(event + 13)) {
            long id = header.getLong(event);
            if (count == found.length) {
                found = Arrays.copyOf(found, 2 * count);
            }
            int kind = header.get(event + 8);
            found[count++] = kind == VALUE || kind == FAILURE ? remove(id) : find(id);
        }
    }

    private void room(int size) {
        batch = new byte[size];
        header = ByteBuffer.wrap(batch);
    }
}
