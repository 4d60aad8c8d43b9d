#pragma once

#include <aistudio/error.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// Downloads in ranges: which bytes of an object are here, which to ask for next, and whether what
/// comes still belongs to the same object. No I/O.

namespace aistudio {

/// Bytes that are here, behind each other, and their CRC-32.
struct stored_range {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
    std::uint32_t crc32 = 0;

    friend bool operator==(const stored_range&, const stored_range&) = default;
};
BOOST_DESCRIBE_STRUCT(stored_range, (), (first, length, crc32))

/// What a later call needs to go on. No secrets.
struct download_record {
    std::string format;
    std::string source;     ///< what is downloaded: without what changes from call to call
    std::int64_t size = -1; ///< -1: not known
    std::string e_tag;
    std::vector<stored_range> ranges;

    friend bool operator==(const download_record&, const download_record&) = default;
};
BOOST_DESCRIBE_STRUCT(download_record, (), (format, source, size, e_tag, ranges))

/// What an answer's head says of the bytes that follow.
struct download_answer {
    int status = 200;
    std::string_view e_tag;
    std::string_view content_range;
    std::int64_t length = -1; ///< of the body; -1: not told
};

/// One download.
///
/// Bytes are asked for in spans. A span is handed out once and given back when its request ended,
/// however it ended; what of it did not arrive is handed out again. When the object turns out to be
/// another one than before, everything begins anew: spans from before that take nothing any more.
class download_machine {
public:
    static constexpr std::uint64_t to_the_end = UINT64_MAX;
    /// Times that the object may change while it is downloaded.
    static constexpr int max_restarts = 3;

    struct settings {
        std::string source;
        /// Expected; -1: what the store says.
        std::int64_t size = -1;
        /// Longest span, bytes; 0: all that is missing in one piece.
        std::uint64_t span = 0;
    };
    struct span {
        std::uint64_t first = 0;
        std::uint64_t last = to_the_end; ///< the first byte behind it
        int generation = 0;
    };

    explicit download_machine(settings s) : settings_(std::move(s)), size_(settings_.size) {}

    /// Takes over what an earlier call left. False: it was something else.
    [[nodiscard]] AISTUDIO_DECL bool adopt(const download_record& left);
    /// What to leave for a later call.
    [[nodiscard]] AISTUDIO_DECL download_record record() const;
    /// Bytes on disk that are not what they were.
    AISTUDIO_DECL void drop(const stored_range& range);

    /// What to ask for next; nullopt: nothing is missing that is not asked for already.
    [[nodiscard]] AISTUDIO_DECL std::optional<span> next();
    /// Value of the header `Range`; empty: ask for the whole, without `If-Range` either.
    [[nodiscard]] AISTUDIO_DECL std::string range_of(const span& s) const;
    /// Value of the header `If-Range`; empty: send none.
    [[nodiscard]] AISTUDIO_DECL std::string if_range() const;
    AISTUDIO_DECL void give_back(const span& s);

    /// Where the body of a successful answer belongs: its first byte's offset; may change the span.
    /// @par Errors  errc::incomplete_transfer: the object has another size than expected.
    /// errc::conflict: not what was asked for, or another object: see `restarts`.
    [[nodiscard]] AISTUDIO_DECL result<std::uint64_t> accept(span& s,
                                                             const download_answer& answer);
    /// The store said that the range lies behind the object's end (416).
    AISTUDIO_DECL void refuse_range();
    /// Bytes at `offset` were written; they go on where this span's last ones ended. False: they
    /// are no longer wanted.
    [[nodiscard]] AISTUDIO_DECL bool add(const span& s, std::uint64_t offset,
                                         std::string_view bytes);
    /// A span to the end came to its end: that is how large the object is.
    AISTUDIO_DECL void ended(const span& s);

    [[nodiscard]] bool complete() const noexcept {
        return size_ >= 0 && done() == static_cast<std::uint64_t>(size_);
    }
    [[nodiscard]] AISTUDIO_DECL std::uint64_t done() const noexcept;
    /// How many bytes are here from the first on.
    [[nodiscard]] AISTUDIO_DECL std::uint64_t prefix() const noexcept;
    [[nodiscard]] std::int64_t size() const noexcept { return size_; }
    [[nodiscard]] const std::string& e_tag() const noexcept { return e_tag_; }
    [[nodiscard]] AISTUDIO_DECL std::vector<stored_range> ranges() const;
    /// How often the object turned out to be another one.
    [[nodiscard]] int restarts() const noexcept { return generation_; }

private:
    AISTUDIO_DECL void restart();
    [[nodiscard]] AISTUDIO_DECL result<std::uint64_t> accept_whole(span& s,
                                                                   const download_answer& answer);
    [[nodiscard]] AISTUDIO_DECL result<std::uint64_t> accept_range(span& s,
                                                                   const download_answer& answer);
    [[nodiscard]] AISTUDIO_DECL bool is_other(std::string_view e_tag, std::int64_t size) const;
    [[nodiscard]] AISTUDIO_DECL result<void> check_size(std::int64_t size) const;
    AISTUDIO_DECL void learn(std::string_view e_tag, std::int64_t size);
    AISTUDIO_DECL void join(std::uint64_t first);

    settings settings_;
    std::int64_t size_;
    std::string e_tag_;
    std::map<std::uint64_t, stored_range> done_;   // by first byte; never touching each other
    std::map<std::uint64_t, std::uint64_t> asked_; // first byte to the one behind
    int generation_ = 0;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/download_machine.ipp>
#endif
