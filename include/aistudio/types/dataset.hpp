#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/timestamp.hpp>
#include <aistudio/types/visibility.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

/// Licence of a dataset. The numbers are the wire's `protocolId`.
enum class licence : int {
    unknown = 0,
    cc0 = 1,
    cc_by_4_0 = 2,
    cc_by_nc_sa_4_0 = 3,
    cc_by_sa_4_0 = 4,
    cc_by_nd = 5,
    gpl_2 = 6,
    odc_by = 7,
    other = 8
};

template <>
struct enum_table<licence> {
    static constexpr std::pair<licence, std::string_view> values[] = {
        {licence::unknown, "unknown"},
        {licence::cc0, "CC0"},
        {licence::cc_by_4_0, "CC BY 4.0"},
        {licence::cc_by_nc_sa_4_0, "CC BY-NC-SA 4.0"},
        {licence::cc_by_sa_4_0, "CC BY-SA 4.0"},
        {licence::cc_by_nd, "CC-BY-ND"},
        {licence::gpl_2, "GPL 2"},
        {licence::odc_by, "ODC-BY"},
        {licence::other, "other"},
    };
};
template <>
inline constexpr bool wire_as_number<licence> = true;

/// One uploaded file of a dataset.
struct dataset_file {
    /// Names the file in download calls.
    file_id id{};
    /// The file's name as uploaded, without a folder.
    std::string name{};
    /// Bytes.
    std::int64_t size = 0;
    /// Lower-case hex digest of the content; empty when the service does not tell.
    std::string sha256{};

    friend bool operator==(const dataset_file&, const dataset_file&) = default;
};
BOOST_DESCRIBE_STRUCT(dataset_file, (), (id, name, size, sha256))

/// A dataset: up to 10 files, 50 GB together (platform documentation, 2023).
struct dataset {
    /// Given by the service; also the number in the mount path `data<id>/`.
    dataset_id id{};
    /// At most 40 characters.
    std::string name{};
    /// Free text.
    std::string description{};
    /// Who may see it.
    visibility access = visibility::private_access;
    /// The licence it is shared under.
    aistudio::licence licence = aistudio::licence::cc0;
    /// Login of the owner.
    std::string owner{};
    /// The files, in the order of upload.
    std::vector<dataset_file> files{};
    /// When it was created.
    timestamp created_at{};
    /// When a file or an attribute last changed.
    timestamp updated_at{};
    /// What the data is about.
    std::string background{};
    /// What the files contain.
    std::string content{};
    /// Where the data comes from.
    std::string origin{};
    /// What it can be used for, and how.
    std::string usage{};
    /// True for those preset by the platform, which everybody can read.
    bool official = false;
    /// True when this account marked it.
    bool favourite = false;

    friend bool operator==(const dataset&, const dataset&) = default;
};
BOOST_DESCRIBE_STRUCT(dataset, (),
                      (id, name, description, access, licence, owner, files, created_at, updated_at,
                       background, content, origin, usage, official, favourite))

/// What to create a dataset from.
struct new_dataset {
    /// 1 to 40 characters; must not be empty.
    std::string name{};
    /// Free text.
    std::string description{};
    /// Who may see it.
    visibility access = visibility::private_access;
    /// The licence it is shared under; sent for private datasets too.
    aistudio::licence licence = aistudio::licence::cc0;
    /// Local files to upload with it, at most 10. May be empty: add them later with `upload`.
    std::vector<std::filesystem::path> files{};

    friend bool operator==(const new_dataset&, const new_dataset&) = default;
};
BOOST_DESCRIBE_STRUCT(new_dataset, (), (name, description, access, licence, files))

/// What to change in a dataset; what is not set stays as it is.
struct dataset_changes {
    /// New name, 1 to 40 characters.
    std::optional<std::string> name{};
    /// New short description; an empty text clears it, as it does the next four.
    std::optional<std::string> description{};
    /// What the data is about.
    std::optional<std::string> background{};
    /// What the files contain.
    std::optional<std::string> content{};
    /// Where the data comes from.
    std::optional<std::string> origin{};
    /// What it can be used for, and how.
    std::optional<std::string> usage{};
    /// Who may see it.
    std::optional<visibility> access{};
    /// The licence it is shared under.
    std::optional<aistudio::licence> licence{};
    /// Puts it among the preset ones or takes it from there. Only the local studio lets its user
    /// do that.
    std::optional<bool> official{};

    friend bool operator==(const dataset_changes&, const dataset_changes&) = default;
};
BOOST_DESCRIBE_STRUCT(dataset_changes, (),
                      (name, description, background, content, origin, usage, access, licence,
                       official))

/// Where one file of a dataset is found.
struct dataset_path {
    /// Below the folder of all datasets, such as `data65/train.csv`.
    std::string relative{};
    /// In a job.
    std::string job{};
    /// In a notebook.
    std::string notebook{};

    friend bool operator==(const dataset_path&, const dataset_path&) = default;
};
BOOST_DESCRIBE_STRUCT(dataset_path, (), (relative, job, notebook))

/// One row of a table.
struct csv_row {
    /// Its fields; one of more than 1,000 characters is cut there and ends in `…`.
    std::vector<std::string> cells{};

    friend bool operator==(const csv_row&, const csv_row&) = default;
};
BOOST_DESCRIBE_STRUCT(csv_row, (), (cells))

/// The beginning of a `.csv` file.
struct csv_preview {
    /// The first row, which most files name their columns in.
    std::vector<std::string> header{};
    /// The rows after it.
    std::vector<csv_row> rows{};
    /// True when the file goes on.
    bool more = false;
    /// What the file's text is written in: `UTF-8` or `GB18030`, of which GBK is a part.
    std::string encoding{};

    friend bool operator==(const csv_preview&, const csv_preview&) = default;
};
BOOST_DESCRIBE_STRUCT(csv_preview, (), (header, rows, more, encoding))

} // namespace aistudio
