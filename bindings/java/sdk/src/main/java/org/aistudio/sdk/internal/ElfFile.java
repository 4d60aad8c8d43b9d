package org.aistudio.sdk.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether a native library is whole. The loader of the operating system maps what the headers promise and
 * dies with SIGBUS, and the JVM with it, where the file ends before.
 */
final class ElfFile {
    private static final int HEADER = 64;
    private static final int MAGIC = 0x464c457f;
    private static final int CLASS_64 = 2;

    private ElfFile() {}

    /** Throws when the file ends before what its headers name. What is no 64-bit ELF file the loader refuses itself. */
    static void requireWhole(Path file) throws IOException {
        try (SeekableByteChannel in = Files.newByteChannel(file)) {
            ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
            while (header.hasRemaining() && in.read(header) >= 0) {}
            if (header.hasRemaining()) {
                throw cut(file);
            }
            if (header.getInt(0) != MAGIC || header.get(4) != CLASS_64) {
                return;
            }
            header.order(header.get(5) == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            requireInside(file, in.size(), header.getLong(32), tableSize(header, 54)); // program headers
            requireInside(file, in.size(), header.getLong(40), tableSize(header, 58)); // section headers, at the end
        }
    }

    private static long tableSize(ByteBuffer header, int at) {
        return (long) Short.toUnsignedInt(header.getShort(at)) * Short.toUnsignedInt(header.getShort(at + 2));
    }

    private static void requireInside(Path file, long size, long offset, long length) throws IOException {
        if (offset < 0 || offset > size || length > size - offset) {
            throw cut(file);
        }
    }

    private static IOException cut(Path file) {
        return new IOException(file + " is cut short: copy the whole native library there");
    }
}
