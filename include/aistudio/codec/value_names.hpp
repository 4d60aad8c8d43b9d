#pragma once

/// @file
/// The JSON names of our value types: those of the platform's public wire format, and in its manner
/// (camelCase) where it has none. Included wherever values become JSON, so that a type has the same
/// names in every file of a program.

#include <aistudio/codec/wire_names.hpp>
#include <aistudio/types/dataset.hpp>
#include <aistudio/types/fault.hpp>
#include <aistudio/types/job.hpp>
#include <aistudio/types/model.hpp>
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
        {"id", "datasetId"},           {"name", "datasetName"},
        {"description", "datasetAbs"}, {"access", "datasetType"},
        {"licence", "protocolId"},     {"owner", "userName"},
        {"files", "fileList"},         {"created_at", "createTime"},
        {"updated_at", "updateTime"},  {"background", "datasetBackground"},
        {"content", "datasetContent"}, {"origin", "datasetOrigin"},
        {"usage", "datasetUsage"}};
};
template <>
struct wire_names<dataset_changes> : camel_case_names {
    static constexpr wire_rename renamed[] = {{"name", "datasetName"},
                                              {"description", "datasetAbs"},
                                              {"background", "datasetBackground"},
                                              {"content", "datasetContent"},
                                              {"origin", "datasetOrigin"},
                                              {"usage", "datasetUsage"},
                                              {"access", "datasetType"},
                                              {"licence", "protocolId"}};
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
struct wire_names<fork_record> : camel_case_names {
    static constexpr wire_rename renamed[] = {
        {"id", "projectId"}, {"owner", "userName"}, {"created_at", "createTime"}};
};
template <>
struct wire_names<project_file> : camel_case_names {};
template <>
struct wire_names<project_version> : camel_case_names {
    static constexpr wire_rename renamed[] = {
        {"number", "version"}, {"job", "pipelineId"}, {"created_at", "createTime"}};
};
template <>
struct wire_names<file_change> : camel_case_names {};
template <>
struct wire_names<job> : camel_case_names {
    static constexpr wire_rename renamed[] = {
        {"id", "pipelineId"},         {"name", "pipelineName"},    {"project", "projectId"},
        {"command", "cmd"},           {"environment", "env"},      {"datasets", "datasetIds"},
        {"created_at", "createTime"}, {"started_at", "startTime"}, {"finished_at", "finishTime"}};
};
template <>
struct wire_names<job_version> {
    static constexpr wire_rename renamed[] = {{"job", "pipelineId"}};
};
template <>
struct wire_names<environment_choice> : camel_case_names {};
template <>
struct wire_names<resource_choice> : camel_case_names {};
template <>
struct wire_names<job_choices> : camel_case_names {};
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
struct wire_names<serving_options> : camel_case_names {};
template <>
struct wire_names<service_statistics> : camel_case_names {
    static constexpr wire_rename renamed[] = {{"id", "serviceId"}};
};
template <>
struct wire_names<endpoint> : camel_case_names {};
template <>
struct wire_names<fault> : camel_case_names {
    static constexpr wire_rename renamed[] = {{"id", "faultId"}, {"service", "serviceId"}};
};

template <>
struct wire_names<model> : camel_case_names {};
template <>
struct wire_names<new_model> : camel_case_names {};
template <>
struct wire_names<model_file> : camel_case_names {};
template <>
struct wire_names<model_commit> : camel_case_names {};
template <>
struct wire_names<model_snapshot> : camel_case_names {};
template <>
struct wire_names<model_tag> : camel_case_names {};

} // namespace aistudio
