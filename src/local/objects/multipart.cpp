#include "local/objects/multipart.hpp"

#include "local/clock.hpp"
#include "local/objects/key.hpp"
#include "local/objects/object_refusal.hpp"

#include <algorithm>
#include <chrono>

namespace aistudio::local::objects {
namespace {

constexpr std::chrono::hours kept{7 * 24};
constexpr std::size_t block_bytes = std::size_t{1} << 20U;

std::string_view without_quotes(std::string_view tag) {
    if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"')
        return tag.substr(1, tag.size() - 2);
    return tag;
}

[[noreturn]] void refuse_part(int number, const std::string& why) {
    throw object_refusal{400, "InvalidPart", "Part " + std::to_string(number) + why};
}

void check_order(const std::vector<wire::upload_part>& named) {
    int expected = 1;
    for (const auto& part : named) {
        if (part.part_number < expected)
            throw object_refusal{400, "InvalidPartOrder",
                                 "The parts are not in ascending order; sort them by partNumber."};
        if (part.part_number > expected)
            refuse_part(expected, " is missing from the list; upload and name all parts.");
        ++expected;
    }
}

void append_file(store::content_writer& whole, const std::filesystem::path& path) {
    const auto file = store::open_to_read(path);
    std::string block(block_bytes, '\0');
    for (std::uint64_t at = 0; const auto n = store::read_at(file, at, block.data(), block.size());
         at += n)
        whole.append({block.data(), n});
}

} // namespace

std::string multipart_uploads::begin(std::string_view key, std::string_view content_type) {
    auto id = store::random_hex(16);
    database_.execute("INSERT INTO uploads (id, key, content_type, created_at) VALUES (?, ?, ?, ?)",
                      id, key, content_type, to_ms(now()));
    return id;
}

void multipart_uploads::require(std::string_view id, std::string_view key) {
    if (database_.number("SELECT count(*) FROM uploads WHERE id = ? AND key = ?", id, key) == 0)
        throw object_refusal{404, "NoSuchUpload",
                             "There is no such upload of this key; it was completed or given up, "
                             "or never begun."};
}

store::content multipart_uploads::put(std::string_view id, std::string_view key, int number,
                                      store::content_writer part) {
    return database_.transact([&] {
        require(id, key);
        auto content = contents_.keep(std::move(part));
        database_.execute(
            "INSERT INTO upload_parts (upload_id, number, sha256, modified_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, modified_at = "
            "excluded.modified_at",
            id, number, content.sha256, to_ms(now()));
        return content;
    });
}

wire::part_list multipart_uploads::parts(std::string_view id, std::string_view key, int after,
                                         int max_parts) {
    require(id, key);
    wire::part_list page{
        std::string(bucket), std::string(key), std::string(id), after, after, max_parts, false, {}};
    page.parts = database_.query(
        "SELECT number, md5, size, modified_at FROM upload_parts JOIN contents USING (sha256) "
        "WHERE upload_id = ? AND number > ? ORDER BY number LIMIT ?",
        [](store::row r) {
            return wire::upload_part{static_cast<int>(r.integer(0)), e_tag(r.text(1)), r.integer(2),
                                     to_string(from_ms(r.integer(3)))};
        },
        id, after, max_parts + 1);
    page.is_truncated = page.parts.size() > static_cast<std::size_t>(max_parts);
    if (page.is_truncated)
        page.parts.pop_back();
    if (!page.parts.empty())
        page.next_part_number_marker = page.parts.back().part_number;
    return page;
}

wire::upload_list multipart_uploads::list(std::string_view prefix) {
    wire::upload_list all{std::string(bucket), std::string(prefix), 1000, false, {}};
    all.uploads = database_.query(
        "SELECT key, id, created_at FROM uploads WHERE substr(key, 1, length(?1)) = ?1 "
        "ORDER BY key, created_at LIMIT ?2",
        [](store::row r) {
            return wire::open_upload{r.text(0), r.text(1), to_string(from_ms(r.integer(2)))};
        },
        prefix, all.max_uploads + 1);
    all.is_truncated = all.uploads.size() > static_cast<std::size_t>(all.max_uploads);
    if (all.is_truncated)
        all.uploads.pop_back();
    return all;
}

store::content_writer multipart_uploads::assemble(std::string_view id, std::string_view key,
                                                  const std::vector<wire::upload_part>& named) {
    check_order(named);
    require(id, key);
    struct arrived {
        int number;
        std::string md5;
        std::filesystem::path path;
    };
    const auto all = database_.query(
        "SELECT number, md5, sha256 FROM upload_parts JOIN contents USING (sha256) "
        "WHERE upload_id = ? ORDER BY number",
        [this](store::row r) {
            return arrived{static_cast<int>(r.integer(0)), r.text(1), contents_.path(r.text(2))};
        },
        id);
    if (named.size() < all.size()) // the object would have a hole that nobody sees
        refuse_part(all[named.size()].number, " was uploaded, and is missing from the list.");
    auto whole = contents_.begin();
    for (std::size_t i = 0; i < named.size(); ++i) {
        const int number = named[i].part_number;
        if (i >= all.size() || all[i].number != number)
            refuse_part(number, " was never uploaded; upload it first.");
        if (all[i].md5 != without_quotes(named[i].e_tag))
            refuse_part(number, " is not the one with that eTag; upload it again.");
        append_file(whole, all[i].path);
    }
    whole.finish();
    return whole;
}

store::content multipart_uploads::complete(std::string_view id, std::string_view key,
                                           store::content_writer whole) {
    auto content = database_.transact([&] {
        require(id, key); // another call may have ended it
        const auto type = database_.find(
            "SELECT content_type FROM uploads WHERE id = ?", [](store::row r) { return r.text(0); },
            id);
        forget(id);
        return objects_.put(key, type.value_or(""), std::move(whole));
    });
    contents_.collect();
    return content;
}

void multipart_uploads::abort(std::string_view id, std::string_view key) {
    database_.transact([&] {
        require(id, key);
        forget(id);
    });
    contents_.collect();
}

void multipart_uploads::expire() {
    database_.execute("DELETE FROM uploads WHERE created_at < ?", to_ms(now() - kept));
    contents_.collect();
}

void multipart_uploads::forget(std::string_view id) {
    database_.execute("DELETE FROM uploads WHERE id = ?", id); // its parts go with it
}

} // namespace aistudio::local::objects
