#pragma once

#include <aistudio/dataset_folder.hpp>
#include <aistudio/detail/zip_packing.hpp>
#include <aistudio/types/limits.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <system_error>

namespace aistudio {
namespace detail {

/// The files of a folder by name; empty when there are folders, links or more files than fit.
inline std::vector<std::filesystem::path> files_as_they_are(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> out;
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
        if (is_left_by_transfer(at->path()))
            continue;
        std::error_code unreadable;
        const bool is_file =
            at->symlink_status(unreadable).type() == std::filesystem::file_type::regular;
        if (!is_file || out.size() == limits::max_dataset_files)
            return {};
        out.push_back(at->path());
    }
    if (error)
        return {}; // packing tells why
    std::sort(out.begin(), out.end());
    return out;
}

/// The packer knows of code, whose data belong into a dataset; here they do already.
inline problem with_advice(problem p, const std::filesystem::path& folder) {
    if (p.code == errc::limit_exceeded)
        p.detail =
            "The folder `" + folder.string() +
            "` is too large for one zip, which has at most 4 GiB, files of at most 4 GiB and "
            "65535 of them; pack it by `tar`, or in parts, and give the archives: a dataset "
            "has up to 10 files of 50 GB together.";
    return p;
}

/// What a folder is called, also when it is given as `.` or with a slash at its end.
inline std::string name_of_folder(const std::filesystem::path& folder) {
    std::error_code error;
    const auto whole = std::filesystem::canonical(folder, error);
    const auto name = (error ? folder : whole).filename().string();
    return name.empty() || name == "/" ? "data" : name;
}

} // namespace detail

class dataset_folder::temporary_place {
public:
    temporary_place() {
        std::random_device random;
        path_ = std::filesystem::temp_directory_path() /
                ("aistudio-" + std::to_string(random()) + std::to_string(random()));
        std::filesystem::create_directory(path_);
    }
    temporary_place(const temporary_place&) = delete;
    temporary_place& operator=(const temporary_place&) = delete;
    ~temporary_place() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

AISTUDIO_DECL result<dataset_folder> dataset_folder::open(const std::filesystem::path& folder) {
    dataset_folder out;
    out.files_ = detail::files_as_they_are(folder);
    if (!out.files_.empty())
        return out;
    std::shared_ptr<const temporary_place> place;
    try {
        place = std::make_shared<const temporary_place>();
    } catch (const std::filesystem::filesystem_error& e) {
        return make_problem(errc::write_failed, e.what());
    }
    const auto zip = place->path() / (detail::name_of_folder(folder) + ".zip");
    detail::zip_packing packing(folder, zip, {limits::max_zip_bytes});
    while (true) {
        const auto more = packing.pack_piece();
        if (!more)
            return detail::with_advice(more.error(), folder);
        if (!*more)
            break;
    }
    out.files_ = {zip};
    out.place_ = std::move(place);
    return out;
}

} // namespace aistudio
