package org.aistudio.sdk.internal;

import java.util.List;
import java.util.function.Function;

/** A call to one of the operations that the core lists. */
public final class OperationCall<T> extends Call<T> {
    private final Object client; // lives as long as the call
    private final List<WireWriter.Callback> functions;
    private final Function<WireReader, T> result;

    public OperationCall(Object client, List<WireWriter.Callback> functions, Function<WireReader, T> result) {
        this.client = client;
        this.functions = functions;
        this.result = result;
    }

    @Override
    protected T decode(byte[] from, int offset, int length) {
        return result.apply(new WireReader(from, offset, length));
    }

    @Override
    protected void function(int index, WireReader arguments) {
        functions.get(index).call(arguments);
    }

    @Override
    public String toString() {
        return "Call[" + client.getClass().getSimpleName() + ", done=" + isDone() + "]";
    }
}
