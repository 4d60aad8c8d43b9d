#include "local/domain/repositories.hpp"

#include "local/clock.hpp"
#include "local/http/target.hpp"
#include "local/objects/key.hpp"
#include "local/refusal.hpp"
#include "local/utf8.hpp"

#include <aistudio/types/limits.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <limits>

namespace aistudio::local::domain {
namespace {

constexpr std::size_t short_sha = 40; // of the names that Git gives
constexpr std::string_view pointer_version = "version https://git-lfs.github.com/spec/v1";

/// Code and texts that the platform shows; the rest goes by large-file transfer, which has no limit
/// of size.
constexpr std::string_view small_kinds[] = {
    ".md", ".py", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".sh", ".gitattributes", ".gitignore"};

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/// Names that may stand in a path: of repositories, branches and tags.
void check_word(std::string_view what, std::string_view name, bool slashes) {
    const std::string subject(what);
    if (name.empty() || name.size() > limits::max_repository_name)
        refuse_invalid(subject + " must have 1 to 100 characters.");
    const bool known = std::all_of(name.begin(), name.end(), [&](char c) {
        return is_name_character(c) || (slashes && c == '/');
    });
    if (!known || !objects::is_valid_key(name) || name.ends_with(".git"))
        refuse_invalid(subject + " may have letters, digits, `-`, `_` and `.` only.");
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void check_large(const wire::large_file& f) {
    if (!is_sha256(f.oid) || f.size < 0)
        refuse_invalid(
            "A large file needs its SHA-256 in lower-case hex as `oid`, and its `size`.");
}

void check_path(std::string_view path) {
    if (!objects::is_valid_key(path) || path.find('\\') != std::string_view::npos ||
        count_characters(path) == 0)
        refuse_invalid("`" + to_utf8(path, false).text +
                       "` cannot be a path in a repository: it is empty, too long, or has a part "
                       "that is empty, `.` or `..`.");
    if (path == ".git" || path.starts_with(".git/"))
        refuse_invalid("`.git` is reserved; leave it out.");
}

std::string from_base64(const wire::hub_change& change) {
    const auto& text = change.content;
    const auto refuse = [&] {
        refuse_invalid("The content of `" + change.path + "` is not base64 with padding.");
    };
    if (text.size() % 4 != 0 || text.size() > std::numeric_limits<int>::max() ||
        text.find_first_of(" \t\r\n-") != std::string::npos)
        refuse();
    std::string bytes(text.size() / 4 * 3, '\0');
    const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                  reinterpret_cast<const unsigned char*>(text.data()),
                                  static_cast<int>(text.size()));
    if (n < 0)
        refuse();
    const auto padding = text.size() - std::min(text.find('='), text.size());
    if (padding > 2)
        refuse(); // it ends before its end
    bytes.resize(static_cast<std::size_t>(n) - padding);
    return bytes;
}

/// The file that a pointer names.
wire::large_file read_pointer(std::string_view text, const std::string& path) {
    wire::large_file f;
    bool versioned = false;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        versioned = versioned || line == pointer_version;
        if (line.starts_with("oid sha256:"))
            f.oid = line.substr(11);
        if (line.starts_with("size "))
            f.size = http::parse_number(line.substr(5)).value_or(-1);
    }
    if (!versioned || !is_sha256(f.oid) || f.size < 0)
        refuse_invalid("The content of `" + path +
                       "` is not the pointer to a large file that `lfsPointer` announces.");
    return f;
}

wire::hub_file read_file(store::row r) {
    wire::hub_file f;
    f.path = r.text(0);
    f.name = f.path.substr(f.path.rfind('/') + 1);
    f.type = "file";
    f.sha256 = r.text(1);
    f.sha = f.sha256->substr(0, short_sha);
    f.size = r.integer(2);
    f.last_commit_sha = r.text(3);
    return f;
}

} // namespace

bool repositories::is_large_kind(std::string_view path) {
    return std::none_of(std::begin(small_kinds), std::end(small_kinds),
                        [&](std::string_view kind) { return path.ends_with(kind); });
}

repositories::repository repositories::read(store::row r) const {
    repository out;
    out.id = r.integer(0);
    out.info = {owner_,    r.text(1), r.text(2),         r.text(3),
                r.text(4), r.text(5), r.integer(6) != 0, from_ms(r.integer(7))};
    return out;
}

repositories::repository repositories::create(wire::repository request) {
    if (const auto slash = request.name.find('/'); slash != std::string::npos) {
        if (std::string_view(request.name).substr(0, slash) != owner_)
            throw refusal(service_code::forbidden,
                          "Repositories can be made for the token's user only, " + owner_ + ".");
        request.name.erase(0, slash + 1);
    }
    check_word("The repository's name", request.name, false);
    check_text("The repository's description", request.description);
    check_text("The repository's title", request.title);
    check_text("The repository's licence", request.license);
    if (request.kind != "model" && request.kind != "dataset" && request.kind != "app")
        refuse_invalid("`kind` must be model, dataset or app.");
    return database_.transact([&] {
        if (database_.number("SELECT count(*) FROM repositories WHERE name = ?", request.name) != 0)
            refuse_conflict("repo already created: " + owner_ + "/" + request.name +
                            "; choose another name."); // the words that official clients look for
        database_.execute("INSERT INTO repositories (name, kind, title, description, licence, "
                          "access, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                          request.name, request.kind, request.title, request.description,
                          request.license, request.is_public ? 1 : 0, to_ms(now()));
        return get(owner_, request.name, true);
    });
}

repositories::repository repositories::get(std::string_view owner, std::string_view name,
                                           bool sees_private) {
    std::optional<repository> found;
    if (owner == owner_)
        found = database_.find(
            "SELECT id, name, kind, title, description, licence, access, "
            "created_at FROM repositories WHERE name = ?",
            [this](store::row r) { return read(r); }, name);
    if (!found || (!found->info.is_public && !sees_private))
        throw refusal(service_code::not_found,
                      "There is no repository " + std::string(owner) + "/" + std::string(name) +
                          " that this token may see; check the name, or create it.");
    return std::move(*found);
}

wire::page_of<wire::repository> repositories::list(page_window window) {
    return database_.exclusively([&] {
        auto items = database_.query(
            "SELECT id, name, kind, title, description, licence, access, created_at "
            "FROM repositories ORDER BY id DESC LIMIT ? OFFSET ?",
            [this](store::row r) { return read(r).info; }, window.size, window.offset());
        return window.of(std::move(items), database_.number("SELECT count(*) FROM repositories"));
    });
}

void repositories::remove(const repository& r) {
    database_.execute("DELETE FROM repositories WHERE id = ?", r.id);
}

std::optional<repositories::snapshot> repositories::head(std::int64_t repository,
                                                         std::string_view branch) {
    return database_.find(
        "SELECT id, sha FROM commits WHERE repository_id = ? AND branch = ? "
        "ORDER BY id DESC LIMIT 1",
        [&](store::row r) {
            return snapshot{repository, std::string(branch), r.integer(0), r.text(1)};
        },
        repository, branch);
}

repositories::snapshot repositories::at(const repository& r, std::string_view ref) {
    if (ref.empty())
        ref = default_branch;
    if (auto found = head(r.id, ref))
        return std::move(*found);
    auto found = database_.find(
        "SELECT id, sha, branch FROM commits WHERE repository_id = ?1 AND (sha = ?2 OR id IN "
        "(SELECT commit_id FROM tags WHERE repository_id = ?1 AND name = ?2))",
        [&](store::row c) { return snapshot{r.id, c.text(2), c.integer(0), c.text(1)}; }, r.id,
        ref);
    if (found)
        return std::move(*found);
    if (ref != default_branch)
        refuse_unknown("branch, tag or commit", ref);
    return {r.id, std::string(ref), 0, {}};
}

std::optional<repositories::file> repositories::find(const snapshot& s, std::string_view path) {
    return database_.find(
        "SELECT f.path, f.sha256, n.size, c.sha FROM repository_files f JOIN contents n USING "
        "(sha256) JOIN commits c ON c.id = f.made_by WHERE f.repository_id = ?1 AND f.branch = ?2 "
        "AND f.path = ?4 AND f.made_by <= ?3 AND (f.ended_by IS NULL OR f.ended_by > ?3)",
        [this](store::row r) { return file{read_file(r), contents_.path(r.text(1))}; },
        s.repository, s.branch, s.commit, path);
}

std::vector<wire::hub_file> repositories::files(const snapshot& s, std::string_view folder) {
    const std::string below = folder.empty() ? "" : std::string(folder) + "/";
    return database_.query(
        "SELECT f.path, f.sha256, n.size, c.sha FROM repository_files f JOIN contents n USING "
        "(sha256) JOIN commits c ON c.id = f.made_by WHERE f.repository_id = ?1 AND f.branch = ?2 "
        "AND substr(f.path, 1, length(?4)) = ?4 AND f.made_by <= ?3 "
        "AND (f.ended_by IS NULL OR f.ended_by > ?3) ORDER BY f.path",
        read_file, s.repository, s.branch, s.commit, below);
}

std::optional<wire::hub_tag> repositories::tag(const repository& r, std::string_view name) {
    return database_.find(
        "SELECT t.name, c.sha FROM tags t JOIN commits c ON c.id = t.commit_id "
        "WHERE t.repository_id = ? AND t.name = ?",
        [](store::row t) { return wire::hub_tag{t.text(0), {t.text(1)}}; }, r.id, name);
}

wire::hub_tag repositories::add_tag(const repository& r, const wire::new_tag& request) {
    check_word("The tag's name", request.name, true);
    return database_.transact([&] {
        const auto target = at(r, request.target);
        if (target.commit == 0)
            refuse_conflict("The repository is empty; commit a file first.");
        if (tag(r, request.name) || head(r.id, request.name))
            refuse_conflict("There is a branch or tag called `" + request.name + "` already.");
        database_.execute("INSERT INTO tags (repository_id, name, commit_id) VALUES (?, ?, ?)",
                          r.id, request.name, target.commit);
        return wire::hub_tag{request.name, {target.sha}};
    });
}

std::string repositories::large_key(const repository& r, std::string_view sha256) {
    return "lfs/" + std::to_string(r.id) + "/" + std::string(sha256);
}

bool repositories::is_large_name(std::string_view text) { return is_sha256(text); }

std::optional<repositories::file> repositories::find_large(const repository& r,
                                                           std::string_view sha256) {
    return database_.find(
        "SELECT n.sha256, n.size FROM large_files l JOIN contents n USING (sha256) "
        "WHERE l.repository_id = ? AND l.sha256 = ?",
        [this](store::row f) {
            file out;
            out.info.size = f.integer(1);
            out.content = contents_.path(f.text(0));
            return out;
        },
        r.id, sha256);
}

bool repositories::has_large(const repository& r, const wire::large_file& f) {
    check_large(f);
    return database_.transact([&] {
        if (database_.number("SELECT count(*) FROM contents WHERE sha256 = ? AND size = ?", f.oid,
                             f.size) == 0)
            return false;
        // Of this repository or another one: the bytes need not come twice.
        database_.execute("INSERT OR IGNORE INTO large_files (repository_id, sha256) VALUES (?, ?)",
                          r.id, f.oid);
        return true;
    });
}

void repositories::accept_large(const repository& r, const wire::large_file& f) {
    check_large(f);
    const auto key = large_key(r, f.oid);
    const auto object = objects_.find(key);
    const bool fits = object && object->sha256 == f.oid && object->info.size == f.size;
    if (fits)
        (void)has_large(r, f); // before the object goes, so that its content stays
    if (object)
        objects_.remove(key);
    if (object && !fits)
        refuse_invalid("The bytes received are not those of the file: their SHA-256 or size is "
                       "another one. Upload the file again.");
    if (!object && !has_large(r, f))
        throw refusal(service_code::not_found,
                      "The file was not uploaded; upload it before it is verified.");
}

repositories::prepared repositories::prepare(const repository& r, const wire::hub_change& change) {
    check_path(change.path);
    if (change.operation != "create" && change.operation != "update" &&
        change.operation != "delete")
        refuse_invalid("`operation` must be create, update or delete.");
    prepared p{&change, {}, {}};
    if (change.operation == "delete")
        return p;
    const auto bytes = from_base64(change);
    if (change.lfs_pointer) {
        const auto named = read_pointer(bytes, change.path);
        const bool there =
            database_.number("SELECT count(*) FROM large_files JOIN contents USING (sha256) "
                             "WHERE repository_id = ? AND sha256 = ? AND size = ?",
                             r.id, named.oid, named.size) != 0;
        if (!there)
            refuse_invalid(
                "The large file of `" + change.path +
                "` was not uploaded to this repository, or not verified; do both first.");
        p.large = named.oid;
        return p;
    }
    p.small.emplace(contents_.begin());
    p.small->append(bytes);
    p.small->finish();
    return p;
}

wire::hub_committed repositories::commit(const repository& r, const wire::hub_commit& request) {
    const std::string branch(request.branch.empty() ? default_branch
                                                    : std::string_view(request.branch));
    check_word("The branch's name", branch, true);
    check_text("The commit's message", request.message);
    if (request.files.empty())
        refuse_missing("files");
    std::vector<prepared> changes;
    for (const auto& change : request.files)
        changes.push_back(prepare(r, change));
    const auto author = request.author.value_or(wire::hub_person{owner_, ""});
    return database_.transact([&] {
        if (tag(r, branch))
            refuse_conflict("`" + branch + "` is a tag; commit to a branch.");
        snapshot next{r.id, branch, 0, store::random_hex(short_sha / 2)};
        const bool is_new = !head(r.id, branch);
        next.commit = database_.insert(
            "INSERT INTO commits (repository_id, branch, sha, message, author, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            r.id, branch, next.sha, request.message, author.name, to_ms(now()));
        if (is_new && branch != default_branch)
            start_branch(next);
        for (auto& change : changes)
            apply(next, change);
        for (const auto& change : changes)
            if (change.change->operation == "create")
                check_path_is_free(next, change.change->path);
        return wire::hub_committed{{next.sha}};
    });
}

/// A new branch begins with what the default one holds.
void repositories::start_branch(const snapshot& next) {
    database_.execute("INSERT INTO repository_files (repository_id, branch, path, made_by, sha256) "
                      "SELECT repository_id, ?2, path, ?3, sha256 FROM repository_files "
                      "WHERE repository_id = ?1 AND branch = ?4 AND ended_by IS NULL",
                      next.repository, next.branch, next.commit, default_branch);
}

void repositories::check_old(const std::optional<file>& old, const wire::hub_change& change) const {
    if (change.operation == "create" && old)
        refuse_conflict("`" + change.path + "` exists already; update it.");
    if (change.operation != "create" && !old)
        throw refusal(service_code::not_found,
                      "There is no file `" + change.path + "` in this branch; create it.");
    if (old && change.sha && !change.sha->empty() && *change.sha != old->info.sha)
        refuse_conflict("`" + change.path +
                        "` was changed by another commit; read it again, then repeat.");
}

void repositories::apply(const snapshot& next, prepared& p) {
    const auto& change = *p.change;
    const auto old = find(next, change.path);
    check_old(old, change);
    if (old && old->info.last_commit_sha == next.sha) // copied, or named twice, in this very commit
        database_.execute("DELETE FROM repository_files WHERE repository_id = ? AND branch = ? AND "
                          "path = ? AND made_by = ?",
                          next.repository, next.branch, change.path, next.commit);
    else if (old)
        database_.execute("UPDATE repository_files SET ended_by = ? WHERE repository_id = ? AND "
                          "branch = ? AND path = ? AND ended_by IS NULL",
                          next.commit, next.repository, next.branch, change.path);
    if (change.operation == "delete")
        return;
    const auto sha256 = p.small ? contents_.keep(std::move(*p.small)).sha256 : p.large;
    database_.execute("INSERT INTO repository_files (repository_id, branch, path, made_by, sha256) "
                      "VALUES (?, ?, ?, ?, ?)",
                      next.repository, next.branch, change.path, next.commit, sha256);
}

void repositories::check_path_is_free(const snapshot& next, std::string_view path) {
    const auto refuse = [&] {
        refuse_conflict("`" + std::string(path) +
                        "` would be a file and a folder at once; choose another path.");
    };
    for (auto at = path.rfind('/'); at != std::string_view::npos; at = path.rfind('/', at - 1))
        if (find(next, path.substr(0, at)))
            refuse();
    if (!files(next, path).empty())
        refuse();
}

} // namespace aistudio::local::domain
