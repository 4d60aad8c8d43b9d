#include "local/domain/datasets.hpp"

#include "local/clock.hpp"
#include "local/domain/csv_text.hpp"
#include "local/objects/key.hpp"
#include "local/refusal.hpp"

#include <algorithm>

namespace aistudio::local::domain {
namespace {

dataset_file read_file(store::row r) {
    return {file_id(r.integer(0)), r.text(1), r.integer(2), r.text(3)};
}

void check_access(visibility access) {
    if (access == visibility::unknown)
        refuse_invalid("`datasetType` must be 1 (private) or 2 (public).");
}

void check_licence(licence l) {
    if (l == licence::unknown)
        refuse_invalid("`protocolId` must be a licence's number, 1 to 8.");
}

void check(const wire::create_dataset& request) {
    check_name("The dataset's name", request.dataset_name, max_dataset_name_characters);
    check_text("The dataset's description", request.dataset_abs.value_or(""));
    check_access(request.dataset_type);
    check_licence(request.protocol_id);
}

void check(const dataset& d) {
    check_name("The dataset's name", d.name, max_dataset_name_characters);
    check_text("The dataset's description", d.description);
    check_text("The dataset's background", d.background);
    check_text("The description of the dataset's content", d.content);
    check_text("The dataset's origin", d.origin);
    check_text("The description of the dataset's usage", d.usage);
    check_access(d.access);
    check_licence(d.licence);
}

template <class T>
void change(T& value, const std::optional<T>& to) {
    if (to)
        value = *to;
}

const scoped_queries queries("datasets", "dataset_favourites", "dataset_totals",
                             "SELECT t.id, t.name, t.description, t.access, t.licence, "
                             "t.created_at, t.updated_at, t.owner, t.background, t.content, "
                             "t.origin, t.usage, t.official, EXISTS (SELECT 1 FROM "
                             "dataset_favourites f WHERE f.user = ?1 AND f.item_id = t.id) "
                             "FROM datasets t");

/// What a preview looks at.
constexpr std::size_t preview_bytes = std::size_t{1} << 20U;

bool is_csv(std::string_view name) {
    if (name.size() < 4)
        return false;
    std::string end(name.substr(name.size() - 4));
    std::transform(end.begin(), end.end(), end.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return end == ".csv";
}

} // namespace

datasets::datasets(store::database& d, store::content_store& c, std::string user)
    : database_(d), contents_(c), user_(std::move(user)) {
    database_.execute("UPDATE datasets SET owner = ? WHERE owner = ''", user_);
}

file_id datasets::add_file(const wire::add_file& request) {
    check_file_name(request.file_origin_name);
    check_text("The file's description", request.file_abs.value_or(""));
    if (request.file_key.empty())
        refuse_missing("fileKey");
    if (request.bucket_name != objects::bucket)
        refuse_invalid("`bucketName` is not this studio's bucket; use the grant's.");
    const auto key = objects::without_leading_slash(request.file_key);
    return database_.transact([&] {
        const auto sha256 = database_.find(
            "SELECT sha256 FROM objects WHERE key = ?", [](store::row r) { return r.text(0); },
            key);
        if (!sha256)
            throw refusal(
                service_code::not_found,
                "There is no uploaded object with this `fileKey`; upload the file first.");
        return file_id(database_.insert(
            "INSERT INTO files (name, description, sha256, object_key) VALUES (?, ?, ?, ?)",
            request.file_origin_name, request.file_abs.value_or(""), *sha256, key));
    });
}

dataset_id datasets::create(const wire::create_dataset& request) {
    check(request);
    return database_.transact([&] {
        const auto time = to_ms(now());
        const dataset_id id(
            database_.insert("INSERT INTO datasets (name, description, access, licence, "
                             "created_at, updated_at, owner) VALUES (?, ?, ?, ?, ?, ?, ?)",
                             request.dataset_name, request.dataset_abs.value_or(""),
                             static_cast<int>(request.dataset_type),
                             static_cast<int>(request.protocol_id), time, time, user_));
        add_files(id, request.file_ids);
        return id;
    });
}

void datasets::add_files(dataset_id id, const std::vector<file_id>& files) {
    database_.transact([&] {
        require_own(id);
        for (const auto file : files)
            add_one(id, file);
        check_limits(id);
        database_.execute("UPDATE datasets SET updated_at = ? WHERE id = ?", to_ms(now()),
                          id.value());
    });
}

void datasets::add_one(dataset_id id, file_id file) {
    struct found {
        std::string name;
        std::int64_t dataset;
    };
    const auto f = database_.find(
        "SELECT name, dataset_id FROM files WHERE id = ?",
        [](store::row r) { return found{r.text(0), r.maybe_integer(1).value_or(0)}; },
        file.value());
    if (!f)
        refuse_unknown("file", to_string(file));
    if (f->dataset == id.value())
        return;
    if (f->dataset != 0)
        refuse_conflict("File " + to_string(file) + " belongs to dataset " +
                        std::to_string(f->dataset) + " already.");
    if (database_.number("SELECT count(*) FROM files WHERE dataset_id = ? AND name = ?", id.value(),
                         f->name) != 0)
        refuse_conflict("The dataset has a file called `" + f->name +
                        "` already; rename the new one.");
    database_.execute("UPDATE files SET dataset_id = ?1, position = (SELECT count(*) FROM files "
                      "WHERE dataset_id = ?1) WHERE id = ?2",
                      id.value(), file.value());
}

void datasets::check_limits(dataset_id id) {
    if (database_.number("SELECT count(*) FROM files WHERE dataset_id = ?", id.value()) >
        limits::max_dataset_files)
        refuse_conflict("A dataset has at most 10 files; pack several into one archive.");
    if (database_.number(
            "SELECT sum(size) FROM files JOIN contents USING (sha256) WHERE dataset_id = ?",
            id.value()) > limits::max_dataset_bytes)
        refuse_conflict("The files of a dataset have at most 50 GB together; split the dataset.");
}

dataset datasets::read(store::row r) {
    dataset d;
    d.id = dataset_id(r.integer(0));
    d.name = r.text(1);
    d.description = r.text(2);
    d.access = static_cast<visibility>(r.integer(3));
    d.licence = static_cast<licence>(r.integer(4));
    d.created_at = from_ms(r.integer(5));
    d.updated_at = from_ms(r.integer(6));
    d.owner = r.text(7);
    d.background = r.text(8);
    d.content = r.text(9);
    d.origin = r.text(10);
    d.usage = r.text(11);
    d.official = r.integer(12) != 0;
    d.favourite = r.integer(13) != 0;
    d.files = files_of(d.id);
    return d;
}

std::vector<dataset_file> datasets::files_of(dataset_id id) {
    return database_.query(
        "SELECT f.id, f.name, c.size, c.sha256 FROM files f JOIN contents c USING (sha256) "
        "WHERE f.dataset_id = ? ORDER BY f.position",
        read_file, id.value());
}

standing datasets::standing_of(dataset_id id) {
    const auto found = database_.find("SELECT owner, access, official FROM datasets WHERE id = ?",
                                      standing::read, id.value());
    if (!found)
        refuse_unknown("dataset", to_string(id));
    return *found;
}

dataset datasets::get(dataset_id id) {
    return database_.exclusively([&] {
        if (!standing_of(id).is_open_to(user_))
            throw refusal(service_code::forbidden,
                          "Dataset " + to_string(id) + " is private and belongs to another user.");
        return *database_.find(
            queries.one(), [this](store::row r) { return read(r); }, user_, id.value());
    });
}

wire::page_of<dataset> datasets::list(const list_request& request) {
    return queries.list(database_, user_, request, [this](store::row r) { return read(r); });
}

wire::page_of<datasets::found_dataset> datasets::find_public(const std::string& keyword,
                                                             page_window window) {
    static const std::string from = " FROM datasets WHERE (access = 2 OR official = 1) AND "
                                    "instr(lower(name), lower(?)) > 0";
    static const std::string count = "SELECT count(*)" + from;
    static const std::string page =
        "SELECT id, name, access" + from + " ORDER BY id DESC LIMIT ? OFFSET ?";
    return database_.exclusively([&] {
        auto found = database_.query(
            page,
            [](store::row r) {
                return found_dataset{dataset_id(r.integer(0)), r.text(1),
                                     static_cast<visibility>(r.integer(2))};
            },
            keyword, window.size, window.offset());
        return window.of(std::move(found), database_.number(count, keyword));
    });
}

void datasets::require_own(dataset_id id) {
    if (standing_of(id).owner != user_)
        throw refusal(service_code::forbidden,
                      "Dataset " + to_string(id) +
                          " belongs to another user; only its owner can change it.");
}

dataset datasets::update(dataset_id id, const dataset_changes& changes) {
    return database_.transact([&] {
        require_own(id);
        auto d = get(id);
        change(d.name, changes.name);
        change(d.description, changes.description);
        change(d.background, changes.background);
        change(d.content, changes.content);
        change(d.origin, changes.origin);
        change(d.usage, changes.usage);
        change(d.access, changes.access);
        change(d.licence, changes.licence);
        change(d.official, changes.official);
        check(d);
        database_.execute("UPDATE datasets SET name = ?, description = ?, background = ?, content "
                          "= ?, origin = ?, usage = ?, access = ?, licence = ?, official = ?, "
                          "updated_at = ? WHERE id = ?",
                          d.name, d.description, d.background, d.content, d.origin, d.usage,
                          static_cast<int>(d.access), static_cast<int>(d.licence), int{d.official},
                          to_ms(now()), id.value());
        return get(id);
    });
}

dataset datasets::mark(dataset_id id, bool favourite) {
    return database_.transact([&] {
        (void)get(id); // refuses what the user may not see
        database_.execute(favourite
                              ? "INSERT OR IGNORE INTO dataset_favourites (user, item_id) "
                                "VALUES (?, ?)"
                              : "DELETE FROM dataset_favourites WHERE user = ? AND item_id = ?",
                          user_, id.value());
        return get(id);
    });
}

void datasets::remove(dataset_id id, std::vector<std::string>& freed) {
    database_.transact([&] {
        require_own(id);
        if (database_.number("SELECT count(*) FROM project_datasets WHERE dataset_id = ?",
                             id.value()) != 0)
            refuse_conflict("The dataset is attached to a project; detach it first.");
        if (database_.number("SELECT count(*) FROM jobs j JOIN job_datasets d ON d.job_id = j.id "
                             "WHERE d.dataset_id = ? AND j.stage IN ('Pending', 'Running')",
                             id.value()) != 0)
            refuse_conflict(
                "A job that has not ended uses the dataset; wait for it or stop it first.");
        freed = database_.query(
            "SELECT sha256 FROM files WHERE dataset_id = ?", [](store::row r) { return r.text(0); },
            id.value());
        database_.execute(
            "DELETE FROM objects WHERE key IN (SELECT object_key FROM files WHERE dataset_id = ?)",
            id.value());
        database_.execute("DELETE FROM files WHERE dataset_id = ?", id.value());
        database_.execute("DELETE FROM datasets WHERE id = ?", id.value());
    });
}

std::vector<datasets::stored_file> datasets::files(dataset_id id) {
    std::vector<stored_file> all;
    for (auto& f : get(id).files) {
        auto path = contents_.path(f.sha256);
        all.push_back({std::move(f), std::move(path)});
    }
    return all;
}

datasets::stored_file datasets::file(dataset_id id, file_id file) {
    for (auto& f : files(id))
        if (f.file.id == file)
            return f;
    refuse_unknown("file", to_string(file));
}

csv_preview datasets::preview(dataset_id id, file_id which, int rows) {
    return database_.exclusively([&] { // so that nobody collects the content meanwhile
        const auto found = file(id, which);
        if (!is_csv(found.file.name))
            refuse_invalid("Only `.csv` files have a preview; download `" + found.file.name +
                           "` to look at it.");
        const auto in = store::open_to_read(found.path);
        std::string bytes(preview_bytes, '\0');
        bytes.resize(store::read_at(in, 0, bytes.data(), bytes.size()));
        const bool whole = static_cast<std::int64_t>(bytes.size()) == found.file.size;
        return preview_csv(std::move(bytes), whole, rows);
    });
}

} // namespace aistudio::local::domain
