#include "local/domain/project_versions.hpp"

#include "local/clock.hpp"
#include "local/refusal.hpp"

#include <aistudio/protocol/digest.hpp>

#include <algorithm>
#include <array>

namespace aistudio::local::domain {
namespace fs = std::filesystem;
namespace {

/// Files that are on their way to the disk at the same time, each with a descriptor.
constexpr std::size_t batch_files = 64;
constexpr std::size_t piece_bytes = std::size_t{256} << 10U;

project_version read(store::row r) {
    project_version v;
    v.number = static_cast<int>(r.integer(0));
    v.state = open_enum<version_state>::from_name(r.text(1));
    v.remark = r.text(2);
    if (const auto job = r.maybe_integer(3))
        v.job = job_id("job-" + std::to_string(*job));
    v.main_file = r.text(4);
    v.file_count = static_cast<int>(r.integer(5));
    v.size = r.integer(6);
    v.created_at = from_ms(r.integer(7));
    return v;
}

/// Calls `take` with one piece of the file after the other.
template <class Take>
void for_each_piece(const fs::path& file, Take take) {
    const auto in = store::open_to_read(file);
    std::string piece(piece_bytes, '\0');
    for (std::uint64_t at = 0; const auto n = store::read_at(in, at, piece.data(), piece.size());
         at += n)
        take(std::string_view(piece.data(), n));
}

std::string sha256_of(const fs::path& file) {
    sha256 hash;
    for_each_piece(file, [&](std::string_view piece) { hash.update(piece); });
    return hash.finish();
}

/// Of the rows (path, sha256, executable) of a set of files, in the order of their paths.
std::string digest_of(const std::vector<std::string>& rows) {
    sha256 hash;
    for (const auto& row : rows)
        hash.update(row);
    return hash.finish();
}

std::string digest_row(store::row r) {
    return r.text(0) + '\0' + r.text(1) + (r.integer(2) != 0 ? "x\n" : "\n");
}

} // namespace

staged_version::~staged_version() {
    if (versions_ != nullptr)
        versions_->discard(id_);
}

struct project_versions::entry {
    std::string path;
    fs::path file; // empty: a folder
    std::string sha256;
    bool executable = false;
};

project_versions::project_versions(store::database& d, store::content_store& c, projects& p,
                                   project_files& f)
    : database_(d), contents_(c), projects_(p), files_(f) {
    for (const auto id : database_.query("SELECT id FROM project_versions WHERE number IS NULL",
                                         [](store::row r) { return r.integer(0); }))
        discard(id);
}

std::vector<project_version> project_versions::list(project_id id) {
    return database_.exclusively([&] {
        projects_.require_visible(id);
        return database_.query("SELECT number, state, remark, job_id, main_file, file_count, size, "
                               "created_at FROM project_versions WHERE project_id = ? AND number "
                               "IS NOT NULL ORDER BY number DESC",
                               read, id.value());
    });
}

project_version project_versions::get(project_id id, int number) {
    return database_.exclusively([&] {
        projects_.require_visible(id);
        auto found = database_.find("SELECT number, state, remark, job_id, main_file, file_count, "
                                    "size, created_at FROM project_versions WHERE project_id = ? "
                                    "AND number = ?",
                                    read, id.value(), number);
        if (!found)
            refuse_unknown("version", std::to_string(number));
        found->files = files_.list(id, number);
        return std::move(*found);
    });
}

std::string project_versions::digest_of_files(project_id id) {
    return digest_of(database_.query("SELECT path, coalesce(sha256, ''), executable FROM "
                                     "project_files WHERE project_id = ? ORDER BY path",
                                     digest_row, id.value()));
}

std::string project_versions::digest_of_version(std::int64_t version) {
    return digest_of(database_.query("SELECT path, coalesce(sha256, ''), executable FROM "
                                     "version_files WHERE version_id = ? ORDER BY path",
                                     digest_row, version));
}

void project_versions::require_files(project_id id) {
    if (database_.number("SELECT EXISTS (SELECT 1 FROM project_files WHERE project_id = ? AND "
                         "sha256 IS NOT NULL)",
                         id.value()) == 0)
        refuse_conflict("The project has no files yet; upload or write some first.");
}

std::int64_t project_versions::copy_files(project_id id) {
    const auto version =
        database_.insert("INSERT INTO project_versions (project_id, created_at) VALUES (?, ?)",
                         id.value(), to_ms(now()));
    database_.execute("INSERT INTO version_files (version_id, path, sha256, executable, "
                      "modified_at) SELECT ?, path, sha256, executable, modified_at FROM "
                      "project_files WHERE project_id = ?",
                      version, id.value());
    return version;
}

int project_versions::finish(project_id id, std::int64_t version, version_state state,
                             const std::string& remark, std::optional<std::int64_t> job,
                             const std::string& main_file) {
    const auto number =
        database_.number("SELECT coalesce(max(number), 0) + 1 FROM project_versions WHERE "
                         "project_id = ?",
                         id.value());
    // The main file of other code need not be in this one.
    database_.execute(
        "UPDATE project_versions SET number = ?2, state = ?3, remark = ?4, job_id = ?5, main_file "
        "= (SELECT coalesce(max(path), '') FROM version_files WHERE version_id = ?1 AND path = ?6 "
        "AND sha256 IS NOT NULL), file_count = (SELECT count(sha256) FROM version_files WHERE "
        "version_id = ?1), size = (SELECT coalesce(sum(c.size), 0) FROM version_files f JOIN "
        "contents c USING (sha256) WHERE f.version_id = ?1), digest = ?7, created_at = ?8 WHERE "
        "id = ?1",
        version, number, enum_name(state), remark, job, main_file, digest_of_version(version),
        to_ms(now()));
    return static_cast<int>(number);
}

int project_versions::make(project_id id, version_state state, const std::string& remark,
                           std::optional<std::int64_t> job) {
    require_files(id);
    const auto main_file = projects_.get(id).main_file;
    return finish(id, copy_files(id), state, remark, job, main_file);
}

project_version project_versions::save(project_id id, const std::string& remark) {
    check_text("The version's remark", remark);
    return database_.transact([&] {
        projects_.require_own(id);
        require_files(id);
        const auto same = database_.number(
            "SELECT v.number FROM project_versions v JOIN projects p ON p.id = v.project_id WHERE "
            "v.project_id = ?1 AND v.number = (SELECT max(number) FROM project_versions WHERE "
            "project_id = ?1) AND v.digest = ?2 AND v.main_file = p.main_file",
            id.value(), digest_of_files(id));
        if (same != 0)
            return get(id, static_cast<int>(same));
        return get(id, make(id, version_state::unsubmitted, remark, std::nullopt));
    });
}

std::vector<file_change> project_versions::compare(project_id id, int before, int after) {
    return database_.exclusively([&] {
        std::vector<file_change> out;
        const auto old_files = files_.list(id, before);
        const auto new_files = files_.list(id, after);
        auto from = old_files.begin();
        auto to = new_files.begin();
        const auto skip_folders = [](auto& at, auto end) {
            while (at != end && at->folder)
                ++at;
        };
        while (true) { // both are in the order of their paths
            skip_folders(from, old_files.end());
            skip_folders(to, new_files.end());
            if (from == old_files.end() && to == new_files.end())
                return out;
            const bool gone =
                to == new_files.end() || (from != old_files.end() && from->path < to->path);
            if (gone) {
                out.push_back({from->path, change_kind::removed, from->size, 0});
                ++from;
            } else if (from == old_files.end() || to->path < from->path) {
                out.push_back({to->path, change_kind::added, 0, to->size});
                ++to;
            } else {
                if (from->sha256 != to->sha256)
                    out.push_back({to->path, change_kind::changed, from->size, to->size});
                ++from;
                ++to;
            }
        }
    });
}

project project_versions::restore(project_id id, int number) {
    return database_.transact([&] {
        projects_.require_own(id);
        const auto version =
            database_.number("SELECT id FROM project_versions WHERE project_id = ? AND number = ?",
                             id.value(), number);
        if (version == 0)
            refuse_unknown("version", std::to_string(number));
        const bool has_files = database_.number("SELECT EXISTS (SELECT 1 FROM project_files WHERE "
                                                "project_id = ? AND sha256 IS NOT NULL)",
                                                id.value()) != 0;
        const bool is_kept =
            database_.number("SELECT EXISTS (SELECT 1 FROM project_versions v JOIN projects p ON "
                             "p.id = v.project_id WHERE v.project_id = ? AND v.number IS NOT NULL "
                             "AND v.digest = ? AND v.main_file = p.main_file)",
                             id.value(), digest_of_files(id)) != 0;
        if (has_files && !is_kept)
            make(id, version_state::unsubmitted,
                 "Saved before version " + std::to_string(number) + " was restored.", std::nullopt);
        database_.execute("DELETE FROM project_files WHERE project_id = ?", id.value());
        database_.execute("INSERT INTO project_files (project_id, path, sha256, executable, "
                          "modified_at) SELECT ?, path, sha256, executable, modified_at FROM "
                          "version_files WHERE version_id = ?",
                          id.value(), version);
        database_.execute("UPDATE projects SET main_file = (SELECT main_file FROM "
                          "project_versions WHERE id = ?) WHERE id = ?",
                          version, id.value());
        projects_.touch(id);
        return projects_.get(id);
    });
}

staged_version project_versions::stage(project_id id, const fs::path& folder) {
    std::vector<entry> all;
    std::int64_t bytes = 0;
    for (const auto& at : fs::recursive_directory_iterator(folder)) {
        const bool is_file = at.symlink_status().type() == fs::file_type::regular;
        if (!is_file && at.symlink_status().type() != fs::file_type::directory)
            continue;
        entry e;
        e.path = at.path().lexically_relative(folder).generic_string();
        check_project_path(e.path);
        if (is_file) {
            e.file = at.path();
            e.executable = (at.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
            bytes += static_cast<std::int64_t>(at.file_size());
        }
        all.push_back(std::move(e));
    }
    check_project_size(static_cast<std::int64_t>(all.size()), bytes);
    staged_version staged(
        *this,
        database_.insert("INSERT INTO project_versions (project_id, created_at) VALUES (?, ?)",
                         id.value(), to_ms(now())));
    for (std::size_t at = 0; at < all.size(); at += batch_files)
        keep(staged.id(),
             {all.begin() + static_cast<std::ptrdiff_t>(at),
              all.begin() + static_cast<std::ptrdiff_t>(std::min(at + batch_files, all.size()))});
    return staged;
}

void project_versions::keep(std::int64_t version, const std::vector<entry>& batch) {
    constexpr std::string_view insert =
        "INSERT INTO version_files (version_id, path, sha256, executable, modified_at) VALUES "
        "(?, ?, ?, ?, ?)";
    const auto time = to_ms(now());
    std::vector<std::string> digests;
    for (const auto& e : batch)
        digests.push_back(e.file.empty() ? std::string() : sha256_of(e.file));
    std::vector<const entry*> unknown;
    database_.transact([&] { // what is known needs no second copy, not even for a moment
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const auto& e = batch[i];
            const bool folder = e.file.empty();
            if (!folder &&
                database_.number("SELECT count(*) FROM contents WHERE sha256 = ?", digests[i]) == 0)
                unknown.push_back(&e);
            else
                database_.execute(insert, version, e.path,
                                  folder ? std::optional<std::string>() : digests[i],
                                  int{e.executable}, time);
        }
    });
    std::vector<store::content_writer> writers;
    for (const auto* e : unknown) {
        auto& writer = writers.emplace_back(contents_.begin());
        for_each_piece(e->file, [&](std::string_view piece) { writer.append(piece); });
        writer.finish();
    }
    database_.transact([&] {
        for (std::size_t i = 0; i < unknown.size(); ++i)
            database_.execute(insert, version, unknown[i]->path,
                              contents_.keep(std::move(writers[i])).sha256,
                              int{unknown[i]->executable}, time);
    });
}

void project_versions::discard(std::int64_t staged) noexcept {
    try {
        std::vector<std::string> freed;
        database_.transact([&] {
            freed = database_.query(
                "SELECT f.sha256 FROM version_files f JOIN project_versions v ON v.id = "
                "f.version_id WHERE v.id = ? AND v.number IS NULL AND f.sha256 IS NOT NULL",
                [](store::row r) { return r.text(0); }, staged);
            database_.execute("DELETE FROM project_versions WHERE id = ? AND number IS NULL",
                              staged);
        });
        contents_.collect(freed);
    } catch (const std::exception&) {
        return; // the next start tries again
    }
}

int project_versions::submit(project_id id, std::int64_t job, const std::string& remark,
                             const staged_version& staged) {
    if (!staged)
        return make(id, version_state::submitted, remark, job);
    return finish(id, staged.id(), version_state::submitted, remark, job,
                  projects_.get(id).main_file);
}

void project_versions::write_to(project_id id, int number, const fs::path& folder) {
    struct stored {
        std::string path;
        std::string sha256;
        bool executable;
    };
    const auto all = database_.query(
        "SELECT f.path, f.sha256, f.executable FROM version_files f JOIN project_versions v ON "
        "v.id = f.version_id WHERE v.project_id = ? AND v.number = ? ORDER BY f.path",
        [](store::row r) { return stored{r.text(0), r.text(1), r.integer(2) != 0}; }, id.value(),
        number);
    for (const auto& f : all) {
        const auto target = folder / fs::path(f.path);
        fs::create_directories(f.sha256.empty() ? target : target.parent_path());
        if (f.sha256.empty())
            continue;
        fs::copy_file(contents_.path(f.sha256), target);
        fs::permissions(target, static_cast<fs::perms>(f.executable ? 0755 : 0644));
    }
}

} // namespace aistudio::local::domain
