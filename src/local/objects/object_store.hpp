#pragma once

#include "local/objects/listing.hpp"
#include "local/store/content_store.hpp"

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace aistudio::local::objects {

/// An object and where its bytes are.
struct stored_object {
    object_info info;
    std::string content_type;
    std::string sha256;
    std::filesystem::path path;
};

/// All objects of the studio's bucket:
/// - `uploads/...`, `models/...`, `jobs/<id>/code.zip`: what was put, kept as contents;
/// - `files/<file id>/<name>`: the files of datasets;
/// - `contents/<SHA-256>/<name>`: contents, whatever they belong to;
/// - `jobs/<id>/output/...`, `jobs/<id>/archives/...`, `jobs/<id>/version/...` (its code): the
/// job's folders themselves, so that output can be read while the job runs.
///
/// Refusals are thrown.
/// @par Thread safety  All members: safe.
class object_store {
public:
    /// @param folder  holds `jobs/`.
    object_store(store::database& d, store::content_store& c, std::filesystem::path folder)
        : database_(d), contents_(c), folder_(std::move(folder)) {}

    /// With digests, which reads the whole file the first time when it is in a job's folder.
    [[nodiscard]] std::optional<stored_object> find(std::string_view key);
    [[nodiscard]] wire::object_list list(const list_request& request);
    [[nodiscard]] store::content_writer begin_put() const { return contents_.begin(); }
    /// Makes a finished content the object `key`, in place of an earlier one.
    store::content put(std::string_view key, std::string_view content_type,
                       store::content_writer content);
    /// False when there is no such object among those that were put.
    bool remove(std::string_view key);

private:
    struct digests {
        std::int64_t size = 0;
        timestamp modified_at;
        std::string md5;
        std::string sha256;
    };
    [[nodiscard]] std::optional<stored_object> find_put(std::string_view key);
    [[nodiscard]] std::optional<stored_object> find_dataset_file(std::string_view key);
    [[nodiscard]] std::optional<stored_object> find_content(std::string_view key);
    [[nodiscard]] std::optional<stored_object> find_in_folder(std::string_view key);
    [[nodiscard]] std::vector<object_info> all_in_folder(std::string_view prefix) const;
    [[nodiscard]] std::vector<object_info> all_put(std::string_view prefix);
    void add_digests(stored_object& object);

    store::database& database_;
    store::content_store& contents_;
    std::filesystem::path folder_;
    std::mutex mutex_;
    std::map<std::string, digests, std::less<>> known_; // of files in job folders
};

} // namespace aistudio::local::objects
