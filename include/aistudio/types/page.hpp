#pragma once

#include <boost/describe/class.hpp>

#include <cstdint>
#include <vector>

namespace aistudio {

/// One page of a list.
template <class T>
struct page {
    /// The items of this page, in the service's order.
    std::vector<T> items{};
    /// Items in the whole list at the time of the answer, not in this page.
    std::int64_t total = 0;
    /// Number of this page; the first is 1.
    int number = 1;
    /// Items asked for; the last page may have fewer.
    int size = 0;
};

/// What part of a list to ask for.
struct page_request {
    /// First page to return; 1 is the first.
    int number = 1;
    /// Items a page, 1 to 1000.
    int size = 50;

    friend bool operator==(const page_request&, const page_request&) = default;
};
BOOST_DESCRIBE_STRUCT(page_request, (), (number, size))

} // namespace aistudio
