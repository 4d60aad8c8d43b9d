#include "local/store/content_store.hpp"

#include "local/refusal.hpp"

#include <cerrno>
#include <system_error>

namespace aistudio::local::store {
namespace fs = std::filesystem;
namespace {

const std::string nothing_refers =
    "NOT EXISTS (SELECT 1 FROM objects o WHERE o.sha256 = c.sha256) "
    "AND NOT EXISTS (SELECT 1 FROM files f WHERE f.sha256 = c.sha256) "
    "AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.code_sha256 = c.sha256) "
    "AND NOT EXISTS (SELECT 1 FROM upload_parts p WHERE p.sha256 = c.sha256) "
    "AND NOT EXISTS (SELECT 1 FROM repository_files r WHERE r.sha256 = c.sha256) "
    "AND NOT EXISTS (SELECT 1 FROM large_files l WHERE l.sha256 = c.sha256) "
    "AND NOT EXISTS (SELECT 1 FROM project_files p WHERE p.sha256 = c.sha256) "
    "AND NOT EXISTS (SELECT 1 FROM version_files v WHERE v.sha256 = c.sha256)";
const std::string unreferenced = "SELECT sha256 FROM released c WHERE " + nothing_refers;
const std::string drop_unreferenced =
    "DELETE FROM contents AS c WHERE sha256 = ? AND " + nothing_refers;

} // namespace

void refuse_file_failure(const std::exception& e) {
    if (const auto* s = dynamic_cast<const std::system_error*>(&e)) {
        const int code = s->code().value();
        if (code == ENOSPC || code == EDQUOT || code == EFBIG)
            throw refusal(
                service_code::disk_full,
                "The disk of the studio is full; nothing was stored. Make room and send it again.");
    }
    throw refusal(service_code::internal,
                  std::string("The studio's folder failed: ") + e.what() + ".");
}

void content_writer::append(std::string_view bytes) {
    try {
        file_.append(bytes);
    } catch (const std::exception& e) {
        refuse_file_failure(e);
    }
    sha256_.update(bytes);
    md5_.update(bytes);
    crc_.update(bytes);
    content_.size += static_cast<std::int64_t>(bytes.size());
}

void content_writer::finish() {
    try {
        file_.make_read_only();
        file_.sync();
    } catch (const std::exception& e) {
        refuse_file_failure(e);
    }
    content_.sha256 = sha256_.finish();
    content_.md5 = md5_.finish();
}

content_store::content_store(database& d, fs::path folder)
    : database_(d), root_(folder / "content"), temporary_(folder / "tmp") {
    fs::remove_all(temporary_);
    fs::create_directories(temporary_);
    fs::create_directories(root_);
}

fs::path content_store::path(std::string_view sha256) const {
    return root_ / sha256.substr(0, 2) / sha256.substr(2);
}

content content_store::keep(content_writer writer) {
    const content what = writer.what();
    database_.transact([&] {
        if (database_.number("SELECT count(*) FROM contents WHERE sha256 = ?", what.sha256) != 0)
            return;
        const auto file = path(what.sha256);
        try {
            if (fs::create_directory(file.parent_path()))
                sync_folder(root_);
            writer.file_.become(file);
        } catch (const std::exception& e) {
            refuse_file_failure(e);
        }
        database_.execute("INSERT INTO contents (sha256, md5, size) VALUES (?, ?, ?)", what.sha256,
                          what.md5, what.size);
    });
    return what;
}

void content_store::collect() {
    // The files go after the commit, and before anyone else can store the same content again.
    database_.exclusively([&] {
        const auto unused = database_.query(unreferenced, [](row r) { return r.text(0); });
        database_.transact([&] {
            for (const auto& sha256 : unused)
                database_.execute("DELETE FROM contents WHERE sha256 = ?", sha256);
            database_.execute("DELETE FROM released");
        });
        std::error_code ignored;
        for (const auto& sha256 : unused)
            fs::remove(path(sha256), ignored);
    });
}

void content_store::collect(const std::vector<std::string>& freed) {
    for (const auto& sha256 : freed)
        database_.exclusively([&] {
            const bool gone = database_.transact([&] {
                database_.execute("DELETE FROM released WHERE sha256 = ?", sha256);
                return database_.execute(drop_unreferenced, sha256) != 0;
            });
            if (!gone)
                return;
            std::error_code ignored;
            fs::remove(path(sha256), ignored);
        });
}

void content_store::sweep() {
    std::error_code ignored;
    for (const auto& folder : fs::directory_iterator(root_, ignored))
        for (const auto& file : fs::directory_iterator(folder.path(), ignored))
            database_.exclusively([&] {
                const auto sha256 =
                    folder.path().filename().string() + file.path().filename().string();
                if (database_.number("SELECT count(*) FROM contents WHERE sha256 = ?", sha256) == 0)
                    fs::remove(file.path(), ignored);
            });
}

} // namespace aistudio::local::store
