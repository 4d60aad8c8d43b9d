#pragma once

/// @file
/// The bodies of the calls, in one place for the client and the local studio.
/// Names of the public wire format are those of the platform; where it has none, they follow its
/// manner (camelCase). The table of calls is in docs/wire.md.

#include <aistudio/codec/value_names.hpp>
#include <aistudio/codec/wire_names.hpp>
#include <aistudio/types/dataset.hpp>
#include <aistudio/types/job.hpp>
#include <aistudio/types/project.hpp>
#include <aistudio/types/secret.hpp>
#include <aistudio/types/service.hpp>

#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aistudio {

namespace wire {

/// Temporary right to one object or to everything below one prefix of the object store (D4, J2,
/// J7).
struct sts_grant {
    std::string endpoint;
    std::string bucket_name;
    std::string file_key;
    secret access_key_id;
    secret secret_access_key;
    secret session_token;
    std::int64_t server_time = 0; ///< Unix seconds
    std::int64_t expires_in = 0;  ///< seconds
};
BOOST_DESCRIBE_STRUCT(sts_grant, (),
                      (endpoint, bucket_name, file_key, access_key_id, secret_access_key,
                       session_token, server_time, expires_in))

/// D1 takes a form; this is its answer's part that official readers use beside `dataset`.
struct file_ids {
    std::vector<file_id> ids;
};
BOOST_DESCRIBE_STRUCT(file_ids, (), (ids))

/// D3
struct file_url {
    std::string url;
    std::string name;       ///< our own field; empty elsewhere
    std::int64_t size = -1; ///< our own field; -1: not told
    std::string sha256;     ///< our own field; empty elsewhere
};
BOOST_DESCRIBE_STRUCT(file_url, (), (url, name, size, sha256))

/// D5
struct add_file {
    std::string file_origin_name;
    std::string file_key;
    std::string bucket_name;
    std::optional<std::string> file_abs;
};
BOOST_DESCRIBE_STRUCT(add_file, (), (file_origin_name, file_key, bucket_name, file_abs))
struct added_file {
    aistudio::file_id file_id;
};
BOOST_DESCRIBE_STRUCT(added_file, (), (file_id))

/// D6
struct create_dataset {
    std::string dataset_name;
    std::optional<std::string> dataset_abs;
    std::vector<file_id> file_ids;
    visibility dataset_type = visibility::private_access;
    licence protocol_id = licence::cc0;
};
BOOST_DESCRIBE_STRUCT(create_dataset, (),
                      (dataset_name, dataset_abs, file_ids, dataset_type, protocol_id))
struct created_dataset {
    aistudio::dataset_id dataset_id;
};
BOOST_DESCRIBE_STRUCT(created_dataset, (), (dataset_id))

/// J1
struct dataset_ref {
    aistudio::dataset_id dataset_id;
};
BOOST_DESCRIBE_STRUCT(dataset_ref, (), (dataset_id))
struct create_job {
    std::string name;
    std::string cmd;
    std::string env;
    std::string device;
    int gpus = 1;
    std::string payment;
    std::vector<dataset_ref> dataset;
    std::optional<aistudio::project_id> project_id; ///< our own field
    std::string remark;                             ///< our own field
    // Our own fields, not sent unless something else than the default is asked for.
    std::optional<std::vector<std::string>> requirements{};
    std::optional<int> trainers{};
    std::optional<int> servers{};
    std::optional<std::int64_t> time_limit_ms{};
    std::optional<std::int64_t> memory_limit_bytes{};
    std::optional<std::int64_t> output_limit_bytes{};
};
BOOST_DESCRIBE_STRUCT(create_job, (),
                      (name, cmd, env, device, gpus, payment, dataset, project_id, remark,
                       requirements, trainers, servers, time_limit_ms, memory_limit_bytes,
                       output_limit_bytes))
struct created_job {
    job_id pipeline_id;
};
BOOST_DESCRIBE_STRUCT(created_job, (), (pipeline_id))

/// J4
struct job_callback {
    job_id pipeline_id;
    bool success = false;
    std::optional<std::string> file_key;
    std::optional<std::string> file_name;
};
BOOST_DESCRIBE_STRUCT(job_callback, (), (pipeline_id, success, file_key, file_name))

/// J5; empty text: no filter
struct list_jobs {
    job_id pipeline_id;
    std::string pipeline_name;
    std::string stage;
    // Our own fields, not sent unless asked for.
    std::optional<aistudio::project_id> project_id{};
    std::optional<std::string> remark{};
    std::optional<timestamp> created_from{};
    std::optional<timestamp> created_before{};
};
BOOST_DESCRIBE_STRUCT(list_jobs, (),
                      (pipeline_id, pipeline_name, stage, project_id, remark, created_from,
                       created_before))

/// J6
struct stop_job {
    job_id pipeline_id;
};
BOOST_DESCRIBE_STRUCT(stop_job, (), (pipeline_id))

/// POST jobs/{id}/resubmit; what is absent stays as it was
struct resubmit_job {
    std::optional<std::string> name{};
    std::optional<std::string> cmd{};
    std::optional<std::string> remark{};
    std::optional<std::string> env{};
    std::optional<int> gpus{};
    std::optional<std::vector<std::string>> requirements{};
    std::optional<int> trainers{};
    std::optional<int> servers{};
    std::optional<std::int64_t> time_limit_ms{};
    std::optional<std::int64_t> memory_limit_bytes{};
    std::optional<std::int64_t> output_limit_bytes{};
    bool new_code = false; ///< it follows by J2, PUT and J4; else the job is queued at once
};
BOOST_DESCRIBE_STRUCT(resubmit_job, (),
                      (name, cmd, remark, env, gpus, requirements, trainers, servers, time_limit_ms,
                       memory_limit_bytes, output_limit_bytes, new_code))

/// GET jobs/{id}/code: the files of a job's code with signed addresses; `name` is the path.
struct code_files {
    std::vector<file_url> files;
};
BOOST_DESCRIBE_STRUCT(code_files, (), (files))

/// One page of any list of our own namespace.
template <class T>
struct page_of {
    std::vector<T> data;
    std::int64_t total_count = 0;
    int page = 1;
    int page_size = 0;
    BOOST_DESCRIBE_CLASS(page_of, (), (data, total_count, page, page_size), (), ())
};

/// Purpose of a grant of our own namespace.
struct grant_request {
    std::string purpose;            ///< `model`, or `file` for one of a project
    std::optional<std::string> key; ///< of an upload that is under way; absent: a fresh one
};
BOOST_DESCRIBE_STRUCT(grant_request, (), (purpose, key))

/// POST projects/{id}/forks
struct fork_project {
    std::string project_name; ///< empty: the source's
};
BOOST_DESCRIBE_STRUCT(fork_project, (), (project_name))
/// POST projects/{id}/versions
struct save_version {
    std::string remark;
};
BOOST_DESCRIBE_STRUCT(save_version, (), (remark))
/// A file or folder of a project, where the call says nothing else of it.
struct project_path {
    std::string path;
};
BOOST_DESCRIBE_STRUCT(project_path, (), (path))
/// POST projects/{id}/files
struct add_project_file {
    std::string path;
    std::string file_key; ///< object key of the uploaded file
};
BOOST_DESCRIBE_STRUCT(add_project_file, (), (path, file_key))
/// PUT projects/{id}/files
struct project_text {
    std::string path;
    std::string content;
};
BOOST_DESCRIBE_STRUCT(project_text, (), (path, content))
/// PATCH projects/{id}/files
struct rename_project_file {
    std::string path;
    std::string new_path;
};
BOOST_DESCRIBE_STRUCT(rename_project_file, (), (path, new_path))

/// POST services
struct create_service {
    std::string service_name;
    aistudio::project_id project_id;
    std::optional<aistudio::job_id> job_id;
    std::string job_path;
    std::string model_key; ///< object key of an uploaded zip; empty when `job_id` is given
    std::string main_program;
    std::vector<tensor_spec> inputs;
    std::vector<tensor_spec> outputs;
    std::string converter; ///< Python source; empty: none
    std::string project_path{};
    std::vector<std::string> files{}; ///< empty: all
    serving_options options{};
    bool draft = false; ///< model and main program may be missing
};
BOOST_DESCRIBE_STRUCT(create_service, (),
                      (service_name, project_id, job_id, job_path, model_key, main_program, inputs,
                       outputs, converter, project_path, files, options, draft))
/// PATCH services/{id}
struct update_service {
    std::optional<std::string> service_name;
    std::optional<aistudio::job_id> job_id;
    std::string job_path;
    std::string model_key;
    std::string project_path;
    std::vector<std::string> files;
    std::optional<std::string> main_program;
    std::optional<std::vector<tensor_spec>> inputs;
    std::optional<std::vector<tensor_spec>> outputs;
    std::optional<std::string> converter; ///< Python source; empty: none from now on
    std::optional<serving_options> options;
};
BOOST_DESCRIBE_STRUCT(update_service, (),
                      (service_name, job_id, job_path, model_key, project_path, files, main_program,
                       inputs, outputs, converter, options))
/// POST services/{id}/key
struct rotate_key {
    std::chrono::milliseconds overlap{0};
};
BOOST_DESCRIBE_STRUCT(rotate_key, (), (overlap))

/// Object store list (wire format section 7.5).
struct object_entry {
    std::string key;
    std::string last_modified;
    std::string e_tag;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(object_entry, (), (key, last_modified, e_tag, size))
struct common_prefix {
    std::string prefix;
};
BOOST_DESCRIBE_STRUCT(common_prefix, (), (prefix))
struct object_list {
    std::string name;
    std::string prefix;
    std::string delimiter;
    std::string marker;
    std::optional<std::string> next_marker;
    int max_keys = 1000;
    bool is_truncated = false;
    std::vector<object_entry> contents;
    std::vector<common_prefix> common_prefixes;
};
BOOST_DESCRIBE_STRUCT(object_list, (),
                      (name, prefix, delimiter, marker, next_marker, max_keys, is_truncated,
                       contents, common_prefixes))

/// An upload in parts: answer to its begin, and to its end with the whole object's `e_tag`.
struct begun_upload {
    std::string bucket;
    std::string key;
    std::string upload_id;
};
BOOST_DESCRIBE_STRUCT(begun_upload, (), (bucket, key, upload_id))
struct completed_upload {
    std::string location;
    std::string bucket;
    std::string key;
    std::string e_tag;
};
BOOST_DESCRIBE_STRUCT(completed_upload, (), (location, bucket, key, e_tag))
/// One part, as the end of an upload names it and as lists of parts show it.
struct upload_part {
    int part_number = 0;                        ///< 1 to 10000
    std::string e_tag;                          ///< MD5 in hex; quotes do not matter
    std::optional<std::int64_t> size{};         ///< in lists
    std::optional<std::string> last_modified{}; ///< in lists
};
BOOST_DESCRIBE_STRUCT(upload_part, (), (part_number, e_tag, size, last_modified))
/// The end of an upload: all parts from 1 on, in order; none make an empty object.
struct complete_upload {
    std::vector<upload_part> parts;
};
BOOST_DESCRIBE_STRUCT(complete_upload, (), (parts))
/// The parts that have arrived.
struct part_list {
    std::string bucket;
    std::string key;
    std::string upload_id;
    int part_number_marker = 0;
    int next_part_number_marker = 0;
    int max_parts = 1000;
    bool is_truncated = false;
    std::vector<upload_part> parts;
};
BOOST_DESCRIBE_STRUCT(part_list, (),
                      (bucket, key, upload_id, part_number_marker, next_part_number_marker,
                       max_parts, is_truncated, parts))
/// The uploads in parts that are not complete.
struct open_upload {
    std::string key;
    std::string upload_id;
    std::string initiated;
};
BOOST_DESCRIBE_STRUCT(open_upload, (), (key, upload_id, initiated))
struct upload_list {
    std::string bucket;
    std::string prefix;
    int max_uploads = 1000;
    bool is_truncated = false;
    std::vector<open_upload> uploads;
};
BOOST_DESCRIBE_STRUCT(upload_list, (), (bucket, prefix, max_uploads, is_truncated, uploads))

/// Error body of the object store.
struct object_error {
    std::string code;
    std::string message;
    std::string request_id;
};
BOOST_DESCRIBE_STRUCT(object_error, (), (code, message, request_id))

} // namespace wire

template <>
struct wire_names<wire::sts_grant> : camel_case_names {};
template <>
struct wire_names<wire::file_ids> {
    static constexpr wire_rename renamed[] = {{"ids", "fileIds"}};
};
template <>
struct wire_names<wire::file_url> {
    static constexpr wire_rename renamed[] = {
        {"url", "fileUrl"}, {"name", "fileName"}, {"size", "fileSize"}, {"sha256", "fileSha256"}};
};
template <>
struct wire_names<wire::add_file> : camel_case_names {};
template <>
struct wire_names<wire::added_file> : camel_case_names {};
template <>
struct wire_names<wire::create_dataset> : camel_case_names {};
template <>
struct wire_names<wire::created_dataset> : camel_case_names {};
template <>
struct wire_names<wire::dataset_ref> : camel_case_names {};
template <>
struct wire_names<wire::create_job> : camel_case_names {};
template <>
struct wire_names<wire::created_job> : camel_case_names {};
template <>
struct wire_names<wire::job_callback> : camel_case_names {};
template <>
struct wire_names<wire::list_jobs> : camel_case_names {};
template <>
struct wire_names<wire::stop_job> : camel_case_names {};
template <>
struct wire_names<wire::resubmit_job> : camel_case_names {};
template <class T>
struct wire_names<wire::page_of<T>> : camel_case_names {};
template <>
struct wire_names<wire::fork_project> : camel_case_names {};
template <>
struct wire_names<wire::add_project_file> : camel_case_names {};
template <>
struct wire_names<wire::rename_project_file> : camel_case_names {};
template <>
struct wire_names<wire::create_service> : camel_case_names {};
template <>
struct wire_names<wire::update_service> : camel_case_names {};
template <>
struct wire_names<wire::object_entry> : camel_case_names {};
template <>
struct wire_names<wire::object_list> : camel_case_names {};
template <>
struct wire_names<wire::begun_upload> : camel_case_names {};
template <>
struct wire_names<wire::completed_upload> : camel_case_names {};
template <>
struct wire_names<wire::upload_part> : camel_case_names {};
template <>
struct wire_names<wire::complete_upload> : camel_case_names {};
template <>
struct wire_names<wire::part_list> : camel_case_names {};
template <>
struct wire_names<wire::open_upload> : camel_case_names {};
template <>
struct wire_names<wire::upload_list> : camel_case_names {};
template <>
struct wire_names<wire::object_error> : camel_case_names {};

} // namespace aistudio
