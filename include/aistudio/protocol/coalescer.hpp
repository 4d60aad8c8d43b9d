#pragma once

#include <aistudio/codec/json_value.hpp>
#include <aistudio/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aistudio {

/// Sending several records as one array, to services that take an array of records and answer with
/// an array of as many results.
struct coalesce_options {
    /// Records in one call at most, at least 1.
    std::size_t max_rows = 64;
    /// Longest time a record waits for others.
    std::chrono::microseconds max_delay{2000};
    /// Bytes of one call's body at most; a record that is longer goes alone.
    std::size_t max_bytes = std::size_t{1} << 20U;
};

/// Collects records into array bodies.
///
/// @par Thread safety  One thread at a time.
class AISTUDIO_API coalescer {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// One call: its body and the records in it, in order.
    struct batch {
        std::string body;
        std::vector<std::uint64_t> records;
    };

    AISTUDIO_DECL explicit coalescer(coalesce_options options);

    [[nodiscard]] bool empty() const noexcept { return filling_.records.empty(); }
    [[nodiscard]] std::size_t rows() const noexcept { return filling_.records.size(); }
    /// True when a record of so many bytes may be added; always when empty.
    [[nodiscard]] AISTUDIO_DECL bool fits(std::size_t bytes) const noexcept;
    /// Adds a record, which is one valid JSON value. Only when it fits.
    AISTUDIO_DECL void add(std::uint64_t record, std::string_view json, time_point now);
    /// When the batch is to be sent: at once when it is full, else `max_delay` after its first
    /// record. The far future when empty.
    [[nodiscard]] AISTUDIO_DECL time_point due() const noexcept;
    /// The batch; a new one begins. `reuse` gives its memory.
    [[nodiscard]] AISTUDIO_DECL batch take(batch reuse = {});

private:
    coalesce_options options_;
    batch filling_;
    time_point since_{};
};

/// The elements of the answer to `rows` records. Valid as long as the answer's document.
/// @par Errors  errc::decode_failed: it is no array of as many elements.
[[nodiscard]] AISTUDIO_DECL result<std::vector<json_value>> split_rows(json_value answer,
                                                                       std::size_t rows);

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/coalescer.ipp>
#endif
