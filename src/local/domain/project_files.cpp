#include "local/domain/project_files.hpp"

#include "local/clock.hpp"
#include "local/objects/key.hpp"
#include "local/refusal.hpp"
#include "local/utf8.hpp"

namespace aistudio::local::domain {
namespace {

project_file read(store::row r) {
    return {r.text(0), r.text(1).empty(), r.integer(2), r.text(1), from_ms(r.integer(3))};
}

[[noreturn]] void refuse_path(const std::string& path) {
    throw refusal(service_code::not_found, "The project has no file or folder `" + path +
                                               "`; list its files to see what there is.");
}

bool is_code(std::string_view path) { return path.ends_with(".py") || path.ends_with(".sh"); }

std::string in_mib(std::int64_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

/// In single quotes, for a shell.
std::string in_quotes(std::string_view word) {
    std::string out = "'";
    for (const char c : word)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string checked_text(const project_files::stored_file& of) {
    auto text = store::read_all(of.path);
    if (to_utf8(text, false).text != text)
        refuse_invalid("`" + of.file.path +
                       "` is no text in UTF-8; download it, or save it as UTF-8.");
    return text;
}

} // namespace

void check_project_size(std::int64_t files, std::int64_t bytes) {
    if (files > max_project_files)
        refuse_conflict("A project has at most 10,000 files and folders; make a dataset of what "
                        "is data, or pack it.");
    if (bytes > max_project_bytes)
        refuse_conflict("The files of a project have at most 2 GiB together; make a dataset of "
                        "what is data.");
}

std::vector<project_file> project_files::list(project_id id, int version) {
    return database_.exclusively([&] {
        projects_.require_visible(id);
        if (version == 0)
            return database_.query(
                "SELECT f.path, f.sha256, coalesce(c.size, 0), f.modified_at FROM project_files f "
                "LEFT JOIN contents c USING (sha256) WHERE f.project_id = ? ORDER BY f.path",
                read, id.value());
        if (database_.number(
                "SELECT count(*) FROM project_versions WHERE project_id = ? AND number = ?",
                id.value(), version) == 0)
            refuse_unknown("version", std::to_string(version));
        return database_.query(
            "SELECT f.path, f.sha256, coalesce(c.size, 0), f.modified_at FROM version_files f "
            "JOIN project_versions v ON v.id = f.version_id LEFT JOIN contents c USING (sha256) "
            "WHERE v.project_id = ? AND v.number = ? ORDER BY f.path",
            read, id.value(), version);
    });
}

std::optional<project_file> project_files::look(project_id id, const std::string& path,
                                                int version) {
    if (version == 0)
        return database_.find(
            "SELECT f.path, f.sha256, coalesce(c.size, 0), f.modified_at FROM project_files f LEFT "
            "JOIN contents c USING (sha256) WHERE f.project_id = ? AND f.path = ?",
            read, id.value(), path);
    return database_.find(
        "SELECT f.path, f.sha256, coalesce(c.size, 0), f.modified_at FROM version_files f JOIN "
        "project_versions v ON v.id = f.version_id LEFT JOIN contents c USING (sha256) WHERE "
        "v.project_id = ? AND v.number = ? AND f.path = ?",
        read, id.value(), version, path);
}

void project_files::make_parents(project_id id, std::string_view path) {
    for (auto end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
        const std::string folder(path.substr(0, end));
        const auto there = look(id, folder);
        if (there && !there->folder)
            refuse_conflict("`" + folder + "` is a file; there can be nothing below it.");
        if (!there)
            database_.execute("INSERT INTO project_files (project_id, path, modified_at) VALUES "
                              "(?, ?, ?)",
                              id.value(), folder, to_ms(now()));
    }
}

void project_files::check_room(project_id id) {
    struct amount {
        std::int64_t files;
        std::int64_t bytes;
    };
    const auto all = database_.find(
        "SELECT count(*), coalesce(sum(c.size), 0) FROM project_files f LEFT JOIN contents c USING "
        "(sha256) WHERE f.project_id = ?",
        [](store::row r) { return amount{r.integer(0), r.integer(1)}; }, id.value());
    check_project_size(all->files, all->bytes);
}

project_file project_files::make_folder(project_id id, const std::string& path) {
    check_project_path(path);
    return database_.transact([&] {
        projects_.require_own(id);
        make_parents(id, path + "/");
        check_room(id);
        projects_.touch(id);
        return *look(id, path);
    });
}

store::content_writer project_files::prepare(std::string_view text) const {
    if (text.size() > static_cast<std::size_t>(max_project_text_bytes))
        throw refusal(service_code::payload_too_large,
                      "A text that is written into a project has at most " +
                          in_mib(max_project_text_bytes) + "; upload it as a file.");
    auto writer = contents_.begin();
    writer.append(text);
    writer.finish();
    return writer;
}

project_file project_files::put(project_id id, const std::string& path, store::content_writer text,
                                freed_contents& freed) {
    check_project_path(path);
    return database_.transact([&] {
        projects_.require_own(id);
        return link(id, path, contents_.keep(std::move(text)).sha256, freed);
    });
}

project_file project_files::put_uploaded(project_id id, const wire::add_project_file& request,
                                         freed_contents& freed) {
    check_project_path(request.path);
    const std::string key(objects::without_leading_slash(request.file_key));
    return database_.transact([&] {
        projects_.require_own(id);
        struct object {
            std::string sha256;
            std::int64_t size;
        };
        const auto uploaded = database_.find(
            "SELECT sha256, size FROM objects JOIN contents USING (sha256) WHERE key = ?",
            [](store::row r) { return object{r.text(0), r.integer(1)}; }, key);
        if (!uploaded || !key.starts_with(uploaded_files))
            throw refusal(service_code::not_found,
                          "There is no uploaded file with this `fileKey`; upload the file first.");
        if (uploaded->size > max_project_upload_bytes)
            throw refusal(service_code::payload_too_large,
                          "A file of a project has at most " + in_mib(max_project_upload_bytes) +
                              "; make a dataset of it and attach that to the project.");
        auto file = link(id, request.path, uploaded->sha256, freed);
        database_.execute("DELETE FROM objects WHERE key = ?", key);
        return file;
    });
}

project_file project_files::link(project_id id, const std::string& path, const std::string& sha256,
                                 freed_contents& freed) {
    const auto before = look(id, path);
    if (before && before->folder)
        refuse_conflict("`" + path + "` is a folder; choose another name.");
    make_parents(id, path);
    database_.execute(
        "INSERT INTO project_files (project_id, path, sha256, modified_at) VALUES (?, ?, ?, ?) ON "
        "CONFLICT (project_id, path) DO UPDATE SET sha256 = excluded.sha256, modified_at = "
        "excluded.modified_at",
        id.value(), path, sha256, to_ms(now()));
    check_room(id);
    projects_.touch(id);
    if (before)
        freed.push_back(before->sha256);
    return *look(id, path);
}

project_file project_files::rename(project_id id, const wire::rename_project_file& request) {
    const auto& to = request.new_path;
    check_project_path(to);
    return database_.transact([&] {
        projects_.require_own(id);
        const auto from = look(id, request.path);
        if (!from)
            refuse_path(request.path);
        if (to == from->path)
            return *from;
        if (to.starts_with(from->path + "/"))
            refuse_invalid("A folder cannot be moved into itself.");
        if (look(id, to))
            refuse_conflict("There is a file or folder `" + to + "` already; remove it first.");
        make_parents(id, to);
        move(id, *from, to);
        check_room(id);
        projects_.touch(id);
        return *look(id, to);
    });
}

void project_files::move(project_id id, const project_file& from, const std::string& to) {
    const auto below = from.path + "/";
    const auto after = from.path + "0"; // the character after `/`
    const auto longest = database_.number(
        "SELECT max(length(CAST(path AS BLOB))) FROM project_files WHERE project_id = ? AND path "
        ">= ? AND path < ?",
        id.value(), below, after);
    if (longest - static_cast<std::int64_t>(from.path.size()) +
            static_cast<std::int64_t>(to.size()) >
        1024)
        refuse_invalid("The path of a file in the folder would be longer than 1024 bytes.");
    database_.execute("UPDATE project_files SET path = ?1 || substr(path, length(?2) + 1) WHERE "
                      "project_id = ?3 AND (path = ?2 OR (path >= ?4 AND path < ?5))",
                      to, from.path, id.value(), below, after);
    database_.execute("UPDATE projects SET main_file = ?1 || substr(main_file, length(?2) + 1) "
                      "WHERE id = ?3 AND (main_file = ?2 OR (main_file >= ?4 AND main_file < ?5))",
                      to, from.path, id.value(), below, after);
}

void project_files::remove(project_id id, const std::string& path, freed_contents& freed) {
    database_.transact([&] {
        projects_.require_own(id);
        if (!look(id, path))
            refuse_path(path);
        const auto below = path + "/";
        const auto after = path + "0"; // the character after `/`
        freed = database_.query(
            "SELECT sha256 FROM project_files WHERE project_id = ?1 AND (path = ?2 OR (path >= ?3 "
            "AND path < ?4)) AND sha256 IS NOT NULL",
            [](store::row r) { return r.text(0); }, id.value(), path, below, after);
        database_.execute("DELETE FROM project_files WHERE project_id = ?1 AND (path = ?2 OR "
                          "(path >= ?3 AND path < ?4))",
                          id.value(), path, below, after);
        database_.execute("UPDATE projects SET main_file = '' WHERE id = ?1 AND (main_file = ?2 "
                          "OR (main_file >= ?3 AND main_file < ?4))",
                          id.value(), path, below, after);
        projects_.touch(id);
    });
}

project project_files::set_main_file(project_id id, const std::string& path) {
    return database_.transact([&] {
        projects_.require_own(id);
        if (!path.empty()) {
            const auto file = look(id, path);
            if (!file)
                refuse_path(path);
            if (file->folder || !is_code(path))
                refuse_invalid("Only a `.py` or `.sh` file can be the main file.");
        }
        database_.execute("UPDATE projects SET main_file = ? WHERE id = ?", path, id.value());
        projects_.touch(id);
        return projects_.get(id);
    });
}

std::string project_files::start_command(project_id id) {
    const auto main_file = projects_.get(id).main_file;
    if (main_file.empty())
        refuse_conflict("The project has no main file; choose one, or give the job a command.");
    // what begins with a dash would be an option
    const auto file = in_quotes(main_file.front() == '-' ? "./" + main_file : main_file);
    return (main_file.ends_with(".py") ? "python " : "sh ") + file;
}

project_files::stored_file project_files::find(project_id id, const std::string& path,
                                               int version) {
    return database_.exclusively([&]() -> stored_file {
        projects_.require_visible(id);
        auto file = look(id, path, version);
        if (!file)
            refuse_path(path);
        if (file->folder)
            refuse_invalid("`" + path + "` is a folder; choose a file in it.");
        auto where = contents_.path(file->sha256);
        return {std::move(*file), std::move(where)};
    });
}

std::string project_files::text(project_id id, const std::string& path, int version) {
    return database_.exclusively([&] { // so that nobody collects the content meanwhile
        const auto found = find(id, path, version);
        if (found.file.size > max_project_upload_bytes)
            throw refusal(service_code::payload_too_large, "`" + path + "` is larger than " +
                                                               in_mib(max_project_upload_bytes) +
                                                               "; download it.");
        return checked_text(found);
    });
}

std::string project_files::preview(project_id id, const std::string& path, int version) {
    return database_.exclusively([&] {
        const auto found = find(id, path, version);
        if (!path.ends_with(".py") && !path.ends_with(".txt"))
            refuse_invalid("Only `.py` and `.txt` files have a preview; read or download `" + path +
                           "`.");
        if (found.file.size > max_project_text_bytes)
            throw refusal(service_code::payload_too_large,
                          "`" + path + "` is larger than " + in_mib(max_project_text_bytes) +
                              ", too large for a preview; download it.");
        return checked_text(found);
    });
}

} // namespace aistudio::local::domain
