package org.aistudio.sdk;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * One page of a list.
 *
 * @param items the items of this page, in the service's order
 * @param total items in the whole list at the time of the answer, not in this page
 * @param number number of this page; the first is 1
 * @param size items asked for; the last page may have fewer
 * @param <T> what the list is of
 */
public record Page<T>(List<T> items, long total, int number, int size) implements Iterable<T> {
    /** Copies the items. */
    public Page {
        items = List.copyOf(items);
    }

    @Override
    public Iterator<T> iterator() {
        return items.iterator();
    }

    /** All items from {@code first} on; each page is asked for when the items before it are used up. */
    static <T> Stream<T> stream(PageRequest first, Function<PageRequest, Page<T>> ask) {
        int properties = Spliterator.ORDERED | Spliterator.NONNULL;
        return StreamSupport.stream(
                () -> Spliterators.spliteratorUnknownSize(new Walk<>(first, ask), properties), properties, false);
    }

    private static final class Walk<T> implements Iterator<T> {
        private final Function<PageRequest, Page<T>> ask;
        private final Deque<T> items = new ArrayDeque<>();
        private PageRequest next;
        private long seen;
        private boolean more = true;

        Walk(PageRequest first, Function<PageRequest, Page<T>> ask) {
            this.ask = ask;
            next = first;
            seen = (first.number() - 1L) * first.size();
        }

        @Override
        public boolean hasNext() {
            while (items.isEmpty() && more) {
                more = false; // a page that cannot be had is the last
                Page<T> page = ask.apply(next);
                items.addAll(page.items());
                seen += page.items().size();
                more = !page.items().isEmpty() && seen < page.total();
                next = next.toBuilder().number(next.number() + 1).build();
            }
            return !items.isEmpty();
        }

        @Override
        public T next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return items.remove();
        }
    }
}
