#pragma once

/// @file
/// The JSON names of our value types: those of the platform's public wire format, and in its manner
/// (camelCase) where it has none. Included wherever values become JSON, so that a type has the same
/// names in every file of a program.

#include <aistudio/codec/wire_names.hpp>
#include <aistudio/types/dataset.hpp>
#include <aistudio/types/fault.hpp>
#include <aistudio/types/job.hpp>
#include <aistudio/types/project.hpp>
#include <aistudio/types/service.hpp>

#include <string_view>
#include <utility>

namespace aistudio {

/// Wire names that are camelCase with a few exceptions.
struct camel_case_names {
    static constexpr bool camel_case = true;
};
using wire_rename = std::pair<std::string_view, std::string_view>;

template <>
struct wire_names<dataset_file> {
    static constexpr wire_rename renamed[] = {{"id", "fileId"},
                                              {"name", "fileOriginName"},
                                              {"size", "fileSize"},
                                              {"sha256", "fileSha256"}};
};
template <>
struct wire_names<dataset> : camel_case_names {
    static constexpr wire_rename renamed[] = {
        {"id", "datasetId"},       {"name", "datasetName"},      {"description", "datasetAbs"},
        {"access", "datasetType"}, {"licence", "protocolId"},    {"owner", "userName"},
        {"files", "fileList"},     {"created_at", "createTime"}, {"updated_at", "updateTime"}};
};
template <>
struct wire_names<project> : camel_case_names {
    static constexpr wire_rename renamed[] = {
        {"id", "projectId"},         {"name", "projectName"},    {"description", "projectAbs"},
        {"owner", "userName"},       {"datasets", "datasetIds"}, {"created_at", "createTime"},
        {"updated_at", "updateTime"}};
};
template <>
struct wire_names<new_project> {
    static constexpr wire_rename renamed[] = {
        {"name", "projectName"}, {"description", "projectAbs"}, {"datasets", "datasetIds"}};
};
template <>
struct wire_names<project_changes> {
    static constexpr wire_rename renamed[] = {{"name", "projectName"},
                                              {"description", "projectAbs"}};
};
template <>
struct wire_names<job> : camel_case_names {
    static constexpr wire_rename renamed[] = {
        {"id", "pipelineId"},         {"name", "pipelineName"},    {"project", "projectId"},
        {"command", "cmd"},           {"environment", "env"},      {"datasets", "datasetIds"},
        {"created_at", "createTime"}, {"started_at", "startTime"}, {"finished_at", "finishTime"}};
};
template <>
struct wire_names<log_chunk> : camel_case_names {};
template <>
struct wire_names<service> : camel_case_names {
    static constexpr wire_rename renamed[] = {{"id", "serviceId"},
                                              {"name", "serviceName"},
                                              {"project", "projectId"},
                                              {"created_at", "createTime"},
                                              {"updated_at", "updateTime"}};
};
template <>
struct wire_names<endpoint> : camel_case_names {};
template <>
struct wire_names<fault> : camel_case_names {
    static constexpr wire_rename renamed[] = {{"id", "faultId"}, {"service", "serviceId"}};
};

} // namespace aistudio
