#pragma once

#include "local/objects/object_store.hpp"
#include "local/store/content_store.hpp"

#include <aistudio/codec/wire.hpp>

#include <string>
#include <string_view>

namespace aistudio::local::objects {

/// Uploads in parts. They outlive the studio; nothing of one can be read before it is complete.
///
/// Refusals are thrown, as `object_refusal` where the object store has a code of its own.
/// @par Thread safety  All members: safe.
class multipart_uploads {
public:
    static constexpr int max_parts = 10'000;

    multipart_uploads(store::database& d, store::content_store& c, object_store& o)
        : database_(d), contents_(c), objects_(o) {}

    /// The id of a new upload to `key`.
    [[nodiscard]] std::string begin(std::string_view key, std::string_view content_type);
    /// Refuses (404) ids of no upload, or of one to another key.
    void require(std::string_view id, std::string_view key);
    /// Takes a finished part, in place of an earlier one of this number.
    store::content put(std::string_view id, std::string_view key, int number,
                       store::content_writer part);
    [[nodiscard]] wire::part_list parts(std::string_view id, std::string_view key, int after,
                                        int max_parts);
    [[nodiscard]] wire::upload_list list(std::string_view prefix);

    /// Puts the named parts together. Refuses a list with a gap, out of order, or with a part that
    /// did not arrive as it is named.
    [[nodiscard]] store::content_writer assemble(std::string_view id, std::string_view key,
                                                 const std::vector<wire::upload_part>& named);
    /// Makes what was assembled the object and ends the upload.
    store::content complete(std::string_view id, std::string_view key, store::content_writer whole);
    void abort(std::string_view id, std::string_view key);
    /// Gives up uploads that began more than a week ago. When the studio starts.
    void expire();

private:
    void forget(std::string_view id);

    store::database& database_;
    store::content_store& contents_;
    object_store& objects_;
};

} // namespace aistudio::local::objects
