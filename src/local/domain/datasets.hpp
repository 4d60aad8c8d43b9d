#pragma once

#include "local/domain/scopes.hpp"
#include "local/store/content_store.hpp"

#include <aistudio/codec/wire.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace aistudio::local::domain {

/// Files one dataset may have, and their bytes together (platform notes, 2023).

/// Datasets and their files. Refusals are thrown.
/// @par Thread safety  All members: safe.
class datasets {
public:
    /// Datasets that have no owner, from before there were any, become `user`'s.
    datasets(store::database& d, store::content_store& c, std::string user);

    /// Makes a file of an uploaded object; it belongs to no dataset yet.
    file_id add_file(const wire::add_file& request);
    dataset_id create(const wire::create_dataset& request);
    /// Puts files into a dataset; files that are in it already stay as they are.
    void add_files(dataset_id id, const std::vector<file_id>& files);

    /// Refuses (403) what is private and another's.
    [[nodiscard]] dataset get(dataset_id id);
    [[nodiscard]] wire::page_of<dataset> list(const list_request& request);
    /// A dataset as those see it who search.
    struct found_dataset {
        dataset_id id;
        std::string name;
        visibility access = visibility::public_access;
    };
    /// Public and official ones whose names have `keyword` in them, whatever the case of its
    /// letters; newest first. Empty: all.
    [[nodiscard]] wire::page_of<found_dataset> find_public(const std::string& keyword,
                                                           page_window window);
    dataset update(dataset_id id, const dataset_changes& changes);
    dataset mark(dataset_id id, bool favourite);
    /// Refuses (409) while the dataset is attached to a project or mounted by a job that has not
    /// ended. Adds the contents that it used to `freed`.
    void remove(dataset_id id, std::vector<std::string>& freed);

    /// A file of a dataset and where its bytes are.
    struct stored_file {
        dataset_file file;
        std::filesystem::path path;
    };
    [[nodiscard]] stored_file file(dataset_id id, file_id file);
    /// The first rows of a `.csv` file.
    [[nodiscard]] csv_preview preview(dataset_id id, file_id file, int rows);
    [[nodiscard]] std::vector<stored_file> files(dataset_id id);

private:
    [[nodiscard]] dataset read(store::row r);
    [[nodiscard]] std::vector<dataset_file> files_of(dataset_id id);
    [[nodiscard]] standing standing_of(dataset_id id);
    void require_own(dataset_id id);
    void add_one(dataset_id id, file_id file);
    void check_limits(dataset_id id);

    store::database& database_;
    store::content_store& contents_;
    std::string user_;
};

/// Where the files of dataset `id` are, relative to the folder of all datasets: `data65`.
[[nodiscard]] inline std::string mount_folder(dataset_id id) { return "data" + to_string(id); }

} // namespace aistudio::local::domain
