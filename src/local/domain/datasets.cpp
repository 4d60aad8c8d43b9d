#include "local/domain/datasets.hpp"

#include "local/clock.hpp"
#include "local/objects/key.hpp"
#include "local/refusal.hpp"

namespace aistudio::local::domain {
namespace {

dataset_file read_file(store::row r) {
    return {file_id(r.integer(0)), r.text(1), r.integer(2), r.text(3)};
}

void check(const wire::create_dataset& request) {
    check_name("The dataset's name", request.dataset_name, max_dataset_name_characters);
    check_text("The dataset's description", request.dataset_abs.value_or(""));
    if (request.dataset_type == visibility::unknown)
        refuse_invalid("`datasetType` must be 1 (private) or 2 (public).");
    if (request.protocol_id == licence::unknown)
        refuse_invalid("`protocolId` must be a licence's number, 1 to 8.");
}

} // namespace

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
                             "created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
                             request.dataset_name, request.dataset_abs.value_or(""),
                             static_cast<int>(request.dataset_type),
                             static_cast<int>(request.protocol_id), time, time));
        add_files(id, request.file_ids);
        return id;
    });
}

void datasets::add_files(dataset_id id, const std::vector<file_id>& files) {
    database_.transact([&] {
        require(id);
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
        max_dataset_files)
        refuse_conflict("A dataset has at most 10 files; pack several into one archive.");
    if (database_.number(
            "SELECT sum(size) FROM files JOIN contents USING (sha256) WHERE dataset_id = ?",
            id.value()) > max_dataset_bytes)
        refuse_conflict("The files of a dataset have at most 50 GB together; split the dataset.");
}

dataset datasets::read(store::row r) {
    dataset d;
    d.id = dataset_id(r.integer(0));
    d.name = r.text(1);
    d.description = r.text(2);
    d.access = static_cast<visibility>(r.integer(3));
    d.licence = static_cast<licence>(r.integer(4));
    d.owner = owner_;
    d.created_at = from_ms(r.integer(5));
    d.updated_at = from_ms(r.integer(6));
    d.files = files_of(d.id);
    return d;
}

std::vector<dataset_file> datasets::files_of(dataset_id id) {
    return database_.query(
        "SELECT f.id, f.name, c.size, c.sha256 FROM files f JOIN contents c USING (sha256) "
        "WHERE f.dataset_id = ? ORDER BY f.position",
        read_file, id.value());
}

dataset datasets::get(dataset_id id) {
    auto d = database_.find(
        "SELECT id, name, description, access, licence, created_at, updated_at FROM datasets WHERE "
        "id = ?",
        [this](store::row r) { return read(r); }, id.value());
    if (!d)
        refuse_unknown("dataset", to_string(id));
    return std::move(*d);
}

wire::page_of<dataset> datasets::list(page_window window) {
    return database_.exclusively([&] {
        auto items = database_.query(
            "SELECT id, name, description, access, licence, created_at, updated_at FROM datasets "
            "ORDER BY id DESC LIMIT ? OFFSET ?",
            [this](store::row r) { return read(r); }, window.size, window.offset());
        return window.of(std::move(items), database_.number("SELECT count(*) FROM datasets"));
    });
}

void datasets::require(dataset_id id) {
    if (database_.number("SELECT count(*) FROM datasets WHERE id = ?", id.value()) == 0)
        refuse_unknown("dataset", to_string(id));
}

void datasets::remove(dataset_id id) {
    database_.transact([&] {
        require(id);
        if (database_.number("SELECT count(*) FROM project_datasets WHERE dataset_id = ?",
                             id.value()) != 0)
            refuse_conflict("The dataset is attached to a project; detach it first.");
        if (database_.number("SELECT count(*) FROM jobs j JOIN job_datasets d ON d.job_id = j.id "
                             "WHERE d.dataset_id = ? AND j.stage IN ('Pending', 'Running')",
                             id.value()) != 0)
            refuse_conflict(
                "A job that has not ended uses the dataset; wait for it or stop it first.");
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

} // namespace aistudio::local::domain
