#pragma once

#include <aistudio/types/ids.hpp>
#include <aistudio/types/open_enum.hpp>
#include <aistudio/types/timestamp.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

/// Who may see a dataset. The numbers are the wire's `datasetType`.
enum class visibility : int { unknown = 0, private_access = 1, public_access = 2 };

template <>
struct enum_table<visibility> {
    static constexpr std::pair<visibility, std::string_view> values[] = {
        {visibility::unknown, "unknown"},
        {visibility::private_access, "private"},
        {visibility::public_access, "public"},
    };
};
template <>
inline constexpr bool wire_as_number<visibility> = true;

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

    friend bool operator==(const dataset&, const dataset&) = default;
};
BOOST_DESCRIBE_STRUCT(dataset, (),
                      (id, name, description, access, licence, owner, files, created_at,
                       updated_at))

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

} // namespace aistudio
