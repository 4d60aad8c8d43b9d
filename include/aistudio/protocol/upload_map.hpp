#pragma once

#include <aistudio/codec/wire.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// Uploads in parts: which parts a file has, and which of them are at the store. No I/O.

namespace aistudio {

/// How a file is cut: parts of one size, numbered from 1, the last one shorter.
class part_plan {
public:
    static constexpr std::uint64_t max_parts = 10'000; // object store

    /// Parts of `wanted` bytes (at least 1), or of as many MiB as 10,000 parts need.
    AISTUDIO_DECL part_plan(std::uint64_t size, std::uint64_t wanted) noexcept;

    /// At least 1: an empty file is one empty part.
    [[nodiscard]] int count() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] std::uint64_t part_size() const noexcept { return part_size_; }
    [[nodiscard]] std::uint64_t offset(int number) const noexcept {
        return static_cast<std::uint64_t>(number - 1) * part_size_;
    }
    [[nodiscard]] std::uint64_t length(int number) const noexcept {
        return number < count_ ? part_size_ : size_ - offset(number);
    }

private:
    std::uint64_t size_;
    std::uint64_t part_size_;
    int count_;
};

/// What tells that a file is still the one an upload began with.
struct file_stamp {
    std::string path; ///< absolute, UTF-8
    std::uint64_t size = 0;
    std::int64_t modified_at = 0; ///< nanoseconds since the file system's epoch

    friend bool operator==(const file_stamp&, const file_stamp&) = default;
};
BOOST_DESCRIBE_STRUCT(file_stamp, (), (path, size, modified_at))

/// Where an upload's parts go. No secrets.
struct upload_place {
    std::string endpoint;
    std::string bucket_name;
    std::string key;
    std::string upload_id;

    friend bool operator==(const upload_place&, const upload_place&) = default;
};
BOOST_DESCRIBE_STRUCT(upload_place, (), (endpoint, bucket_name, key, upload_id))

/// A part that the store took.
struct uploaded_part {
    int number = 0;
    std::uint32_t crc32 = 0;
    std::string e_tag;

    friend bool operator==(const uploaded_part&, const uploaded_part&) = default;
};
BOOST_DESCRIBE_STRUCT(uploaded_part, (), (number, crc32, e_tag))

/// The parts of one upload that are at the store, as far as this side knows. Kept as lines of JSON,
/// to which each part adds one: a line that a crash cut off costs the part it stood for.
class upload_map {
public:
    upload_map(file_stamp file, upload_place place, part_plan plan)
        : file_(std::move(file)), place_(std::move(place)), plan_(plan) {}

    /// Reads what `head` and `line` wrote; nullopt: this is something else.
    [[nodiscard]] AISTUDIO_DECL static std::optional<upload_map> read(std::string_view text);
    /// The first line, with its end.
    [[nodiscard]] AISTUDIO_DECL std::string head() const;
    /// One more line, with its end. A later line about the same part takes the earlier one's place.
    [[nodiscard]] AISTUDIO_DECL static std::string line(const uploaded_part& part);

    [[nodiscard]] const file_stamp& file() const noexcept { return file_; }
    [[nodiscard]] const upload_place& place() const noexcept { return place_; }
    [[nodiscard]] const part_plan& plan() const noexcept { return plan_; }

    void add(uploaded_part part) { parts_[part.number] = std::move(part); }
    /// Keeps the parts that the store lists with the same ETag and their right size.
    AISTUDIO_DECL void keep_agreed(const std::vector<wire::upload_part>& listed);
    /// True when the part's bytes are still those that were uploaded; forgets it otherwise.
    [[nodiscard]] AISTUDIO_DECL bool confirm(int number, std::uint32_t crc32);

    [[nodiscard]] bool complete() const noexcept {
        return parts_.size() == static_cast<std::size_t>(plan_.count());
    }
    /// Bytes of the parts at the store.
    [[nodiscard]] AISTUDIO_DECL std::uint64_t bytes() const noexcept;
    /// CRC-32 of the whole file, once complete.
    [[nodiscard]] AISTUDIO_DECL std::uint32_t crc32() const noexcept;
    /// What ends the upload, once complete.
    [[nodiscard]] AISTUDIO_DECL wire::complete_upload list() const;

private:
    file_stamp file_;
    upload_place place_;
    part_plan plan_;
    std::map<int, uploaded_part> parts_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/upload_map.ipp>
#endif
