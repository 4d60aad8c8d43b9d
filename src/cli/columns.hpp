#pragma once

#include "cli/cells.hpp"

#include <aistudio/types/dataset.hpp>
#include <aistudio/types/fault.hpp>
#include <aistudio/types/job.hpp>
#include <aistudio/types/model.hpp>
#include <aistudio/types/project.hpp>
#include <aistudio/types/service.hpp>

#include <array>

namespace aistudio::cli {

inline constexpr std::array<std::string_view, 6> dataset_columns{"id",      "name",  "access",
                                                                 "licence", "files", "created_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<dataset>{dataset_columns};

inline constexpr std::array<std::string_view, 6> project_columns{
    "id", "name", "owner", "access", "datasets", "created_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<project>{project_columns};

inline constexpr std::array<std::string_view, 4> file_columns{"path", "folder", "size",
                                                              "modified_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<project_file>{file_columns};

inline constexpr std::array<std::string_view, 7> version_columns{
    "number", "state", "remark", "job", "file_count", "size", "created_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<project_version>{version_columns};

inline constexpr std::array<std::string_view, 8> job_columns{
    "id", "name", "stage", "project", "version", "remark", "exit_code", "created_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<job>{job_columns};

inline constexpr std::array<std::string_view, 6> service_columns{"id",    "name", "project",
                                                                 "state", "url",  "created_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<service>{service_columns};

inline constexpr std::array<std::string_view, 5> model_columns{"id", "kind", "title", "is_public",
                                                               "created_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<model>{model_columns};

inline constexpr std::array<std::string_view, 3> model_file_columns{"path", "size", "sha256"};
template <>
inline constexpr std::span<const std::string_view> list_columns<model_file>{model_file_columns};

inline constexpr std::array<std::string_view, 6> fault_columns{"id",    "kind",  "service",
                                                               "times", "share", "played"};
template <>
inline constexpr std::span<const std::string_view> list_columns<fault>{fault_columns};

} // namespace aistudio::cli
