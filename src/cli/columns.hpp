#pragma once

#include "cli/cells.hpp"

#include <aistudio/types/dataset.hpp>
#include <aistudio/types/fault.hpp>
#include <aistudio/types/job.hpp>
#include <aistudio/types/project.hpp>
#include <aistudio/types/service.hpp>

#include <array>

namespace aistudio::cli {

inline constexpr std::array<std::string_view, 6> dataset_columns{"id",      "name",  "access",
                                                                 "licence", "files", "created_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<dataset>{dataset_columns};

inline constexpr std::array<std::string_view, 4> project_columns{"id", "name", "datasets",
                                                                 "created_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<project>{project_columns};

inline constexpr std::array<std::string_view, 6> job_columns{"id",      "name",      "stage",
                                                             "project", "exit_code", "created_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<job>{job_columns};

inline constexpr std::array<std::string_view, 6> service_columns{"id",    "name", "project",
                                                                 "state", "url",  "created_at"};
template <>
inline constexpr std::span<const std::string_view> list_columns<service>{service_columns};

inline constexpr std::array<std::string_view, 6> fault_columns{"id",    "kind",  "service",
                                                               "times", "share", "played"};
template <>
inline constexpr std::span<const std::string_view> list_columns<fault>{fault_columns};

} // namespace aistudio::cli
