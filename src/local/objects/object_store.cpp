#include "local/objects/object_store.hpp"

#include "local/clock.hpp"
#include "local/http/target.hpp"
#include "local/objects/key.hpp"
#include "local/refusal.hpp"

#include <algorithm>

namespace aistudio::local::objects {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t max_known_digests = 20'000;
constexpr std::string_view content_prefix = "contents/";

/// The folder part of a key such as `jobs/job-7/output/a/b`: `jobs/job-7/output/`; empty when it is
/// none.
std::string_view job_folder(std::string_view key) {
    if (!key.starts_with("jobs/"))
        return {};
    const auto id_end = key.find('/', 5);
    if (id_end == std::string_view::npos)
        return {};
    for (const std::string_view name : {"output/", "archives/", "version/"})
        if (key.substr(id_end + 1).starts_with(name))
            return key.substr(0, id_end + 1 + name.size());
    return {};
}

timestamp modified_at(const fs::path& file) {
    std::error_code ignored;
    const auto time = fs::last_write_time(file, ignored);
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::file_clock::to_sys(time));
}

/// The real path of `file` when it is a regular file below `folder`, links followed; nullopt
/// otherwise.
std::optional<fs::path> inside(const fs::path& folder, const fs::path& file) {
    std::error_code ec;
    const auto root = fs::canonical(folder, ec);
    if (ec)
        return std::nullopt;
    const auto real = fs::canonical(file, ec);
    if (ec || !fs::is_regular_file(real, ec))
        return std::nullopt;
    const auto [end, unused] = std::mismatch(root.begin(), root.end(), real.begin(), real.end());
    return end == root.end() ? std::optional(real) : std::nullopt;
}

std::string octets() { return "application/octet-stream"; }

} // namespace

std::optional<stored_object> object_store::find(std::string_view key) {
    if (!job_folder(key).empty())
        return find_in_folder(key);
    if (key.starts_with("files/"))
        return find_dataset_file(key);
    if (key.starts_with(content_prefix))
        return find_content(key);
    return find_put(key);
}

std::optional<stored_object> object_store::find_put(std::string_view key) {
    return database_.find(
        "SELECT o.key, c.size, c.md5, o.modified_at, o.content_type, c.sha256 FROM objects o JOIN "
        "contents c USING (sha256) "
        "WHERE o.key = ?",
        [this](store::row r) {
            const auto sha256 = r.text(5);
            return stored_object{{r.text(0), r.integer(1), r.text(2), from_ms(r.integer(3))},
                                 r.text(4),
                                 sha256,
                                 contents_.path(sha256)};
        },
        key);
}

std::optional<stored_object> object_store::find_dataset_file(std::string_view key) {
    const auto end = key.find('/', 6);
    const auto id =
        http::parse_number(key.substr(6, end == std::string_view::npos ? end : end - 6));
    if (!id || end == std::string_view::npos)
        return std::nullopt;
    return database_.find(
        "SELECT c.size, c.md5, c.sha256 FROM files f JOIN contents c USING (sha256) WHERE f.id = ? "
        "AND f.name = ?",
        [&](store::row r) {
            const auto path = contents_.path(r.text(2));
            return stored_object{{std::string(key), r.integer(0), r.text(1), modified_at(path)},
                                 octets(),
                                 r.text(2),
                                 path};
        },
        *id, key.substr(end + 1));
}

std::optional<stored_object> object_store::find_content(std::string_view key) {
    const auto sha256 = key.substr(content_prefix.size(),
                                   key.find('/', content_prefix.size()) - content_prefix.size());
    return database_.find(
        "SELECT size, md5, sha256 FROM contents WHERE sha256 = ?",
        [&](store::row r) {
            const auto path = contents_.path(r.text(2));
            return stored_object{{std::string(key), r.integer(0), r.text(1), modified_at(path)},
                                 octets(),
                                 r.text(2),
                                 path};
        },
        sha256);
}

std::optional<stored_object> object_store::find_in_folder(std::string_view key) {
    const auto real = inside(folder_ / job_folder(key), folder_ / key);
    if (!real)
        return std::nullopt;
    std::error_code ec;
    const auto size = fs::file_size(*real, ec);
    if (ec)
        return std::nullopt;
    stored_object object{
        {std::string(key), static_cast<std::int64_t>(size), {}, modified_at(*real)},
        octets(),
        {},
        *real};
    add_digests(object);
    return object;
}

void object_store::add_digests(stored_object& object) {
    {
        const std::lock_guard lock(mutex_);
        const auto known = known_.find(object.info.key);
        if (known != known_.end() && known->second.size == object.info.size &&
            known->second.modified_at == object.info.modified_at) {
            object.info.md5 = known->second.md5;
            object.sha256 = known->second.sha256;
            return;
        }
    }
    const auto file = store::open_to_read(object.path);
    sha256 sha;
    md5 md;
    std::string piece(std::size_t{1} << 20U, '\0');
    for (std::uint64_t at = 0; const auto n = store::read_at(file, at, piece.data(), piece.size());
         at += n) {
        sha.update({piece.data(), n});
        md.update({piece.data(), n});
    }
    object.info.md5 = md.finish();
    object.sha256 = sha.finish();
    const std::lock_guard lock(mutex_);
    if (known_.size() >= max_known_digests)
        known_.clear();
    known_[object.info.key] = {object.info.size, object.info.modified_at, object.info.md5,
                               object.sha256};
}

std::vector<object_info> object_store::all_in_folder(std::string_view prefix) const {
    std::vector<object_info> all;
    const auto root = job_folder(prefix);
    const auto base = folder_ / root;
    std::error_code ec;
    for (fs::recursive_directory_iterator at(base, ec), end; !ec && at != end; at.increment(ec)) {
        const auto key = std::string(root) + at->path().lexically_relative(base).generic_string();
        std::error_code unreadable;
        if (!at->is_regular_file(unreadable) || at->is_symlink(unreadable) || !is_valid_key(key))
            continue;
        const auto size = at->file_size(unreadable);
        if (!unreadable)
            all.push_back({key, static_cast<std::int64_t>(size), {}, modified_at(at->path())});
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    return all;
}

std::vector<object_info> object_store::all_put(std::string_view prefix) {
    return database_.query(
        "SELECT o.key, c.size, c.md5, o.modified_at FROM objects o JOIN contents c USING (sha256) "
        "WHERE substr(o.key, 1, length(?1)) = ?1 ORDER BY o.key",
        [](store::row r) {
            return object_info{r.text(0), r.integer(1), r.text(2), from_ms(r.integer(3))};
        },
        prefix);
}

wire::object_list object_store::list(const list_request& request) {
    return list_page(job_folder(request.prefix).empty() ? all_put(request.prefix)
                                                        : all_in_folder(request.prefix),
                     request);
}

store::content object_store::put(std::string_view key, std::string_view content_type,
                                 store::content_writer content) {
    const auto what = database_.transact([&] {
        auto kept = contents_.keep(std::move(content));
        database_.execute(
            "INSERT INTO objects (key, sha256, content_type, modified_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET sha256 = excluded.sha256, "
            "content_type = excluded.content_type, modified_at = excluded.modified_at",
            key, kept.sha256, content_type, to_ms(now()));
        return kept;
    });
    return what;
}

bool object_store::remove(std::string_view key) {
    const bool there = database_.execute("DELETE FROM objects WHERE key = ?", key) != 0;
    if (there)
        contents_.collect();
    return there;
}

} // namespace aistudio::local::objects
