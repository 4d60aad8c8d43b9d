#pragma once

/// @file
/// The bodies of the model hub's calls, in one place for the client and the local studio.
/// The table of calls is in docs/wire.md.

#include <aistudio/codec/wire.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aistudio {

namespace wire {

/// H1; the answer repeats it.
struct create_repository {
    int repo_type = 1; ///< 0 private, 1 public
    std::string repo_name;
    std::string model_name;
    std::string desc;
    std::string license;
};
BOOST_DESCRIBE_STRUCT(create_repository, (), (repo_type, repo_name, model_name, desc, license))
/// H2
struct create_app {
    int repo_type = 1; ///< 0 private, 1 public
    std::string repo_name;
    std::string app_name;
    std::string app_type; ///< `streamlit`, `gradio` or `static`
    std::string desc;
    std::string license;
};
BOOST_DESCRIBE_STRUCT(create_app, (), (repo_type, repo_name, app_name, app_type, desc, license))
struct created_app {
    std::int64_t app_id = 0;
    std::string app_name;
    std::string repo_name;
    std::string desc;
    std::string license;
};
BOOST_DESCRIBE_STRUCT(created_app, (), (app_id, app_name, repo_name, desc, license))

/// A repository, in our own namespace.
struct repository {
    std::string owner;
    std::string name;
    std::string kind; ///< `model`, `dataset` or `app`
    std::string title;
    std::string description;
    std::string license;
    bool is_public = true;
    timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(repository, (),
                      (owner, name, kind, title, description, license, is_public, created_at))
/// A name for what a branch or commit holds now, in our own namespace.
struct new_tag {
    std::string name;
    std::string target; ///< branch, tag or commit; empty: `master`
};
BOOST_DESCRIBE_STRUCT(new_tag, (), (name, target))

/// H6: one file; a folder is an array of them and of folders, each without `sha256`.
struct hub_file {
    std::string path;
    std::string name;
    std::string type; ///< `file` or `dir`
    std::string sha;
    std::int64_t size = 0;
    std::string last_commit_sha;
    std::optional<std::string> sha256;
};
BOOST_DESCRIBE_STRUCT(hub_file, (), (path, name, type, sha, size, last_commit_sha, sha256))

/// H7; the answer tells for every path whether it goes by large-file transfer.
struct hub_path {
    std::string path;
    std::optional<bool> lfs;
};
BOOST_DESCRIBE_STRUCT(hub_path, (), (path, lfs))
struct hub_paths {
    std::vector<hub_path> files;
};
BOOST_DESCRIBE_STRUCT(hub_paths, (), (files))

/// H8, H10: a large file, named by its SHA-256 in hex.
struct large_file {
    std::string oid;
    std::int64_t size = -1;
};
BOOST_DESCRIBE_STRUCT(large_file, (), (oid, size))
struct large_file_ref {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(large_file_ref, (), (name))
struct large_file_batch {
    std::string operation;
    std::vector<large_file> objects;
    std::vector<std::string> transfers;
    std::optional<large_file_ref> ref;
    std::string hash_algo;
};
BOOST_DESCRIBE_STRUCT(large_file_batch, (), (operation, objects, transfers, ref, hash_algo))
/// A grant for the object store, as H8 spells it.
struct large_file_grant {
    std::string bos_host;
    std::string bucket_name;
    std::string key;
    secret access_key_id;
    secret secret_access_key;
    secret session_token;
    std::string create_time;
    std::string expiration;
};
BOOST_DESCRIBE_STRUCT(large_file_grant, (),
                      (bos_host, bucket_name, key, access_key_id, secret_access_key, session_token,
                       create_time, expiration))
struct large_file_action {
    std::string href;
    std::optional<std::map<std::string, std::string>> header; ///< to send to `href`
    std::optional<std::string> expires_at;
    std::optional<large_file_grant> sts_token;
};
BOOST_DESCRIBE_STRUCT(large_file_action, (), (href, header, expires_at, sts_token))
struct large_file_actions {
    std::optional<large_file_action> upload;
    std::optional<large_file_action> verify;
    std::optional<large_file_action> download;
};
BOOST_DESCRIBE_STRUCT(large_file_actions, (), (upload, verify, download))
struct large_file_error {
    int code = 0; ///< as HTTP's
    std::string message;
};
BOOST_DESCRIBE_STRUCT(large_file_error, (), (code, message))
/// No actions: the file that is to be uploaded is there already. An error is of this file only.
struct large_file_answer {
    std::string oid;
    std::int64_t size = -1;
    std::optional<large_file_actions> actions;
    std::optional<large_file_error> error;
};
BOOST_DESCRIBE_STRUCT(large_file_answer, (), (oid, size, actions, error))
struct large_file_answers {
    std::string transfer = "basic";
    std::vector<large_file_answer> objects;
};
BOOST_DESCRIBE_STRUCT(large_file_answers, (), (transfer, objects))

/// H11
struct hub_person {
    std::string name;
    std::string email;
};
BOOST_DESCRIBE_STRUCT(hub_person, (), (name, email))
struct hub_change {
    std::string path;
    std::string operation; ///< `create`, `update` or `delete`
    std::string content;   ///< base64 of the file, or of the pointer to a large one
    bool lfs_pointer = false;
    std::optional<std::string> sha; ///< of the file that is replaced or deleted
};
BOOST_DESCRIBE_STRUCT(hub_change, (), (path, operation, content, lfs_pointer, sha))
struct hub_commit {
    std::string branch;
    std::string message;
    std::optional<hub_person> author;
    std::optional<hub_person> committer;
    std::vector<hub_change> files;
};
BOOST_DESCRIBE_STRUCT(hub_commit, (), (branch, message, author, committer, files))
struct hub_commit_ref {
    std::string sha;
};
BOOST_DESCRIBE_STRUCT(hub_commit_ref, (), (sha))
struct hub_committed {
    hub_commit_ref commit;
};
BOOST_DESCRIBE_STRUCT(hub_committed, (), (commit))

/// H12
struct hub_tag {
    std::string name;
    hub_commit_ref commit;
};
BOOST_DESCRIBE_STRUCT(hub_tag, (), (name, commit))

/// H13; the files' `type` is `blob` here.
struct hub_tree {
    std::string sha;
    std::string url;
    std::int64_t total_count = 0;
    int page = 1;
    bool truncated = false; ///< more pages follow
    std::vector<hub_file> tree;
};
BOOST_DESCRIBE_STRUCT(hub_tree, (), (sha, url, total_count, page, truncated, tree))

/// Error body of the hub.
struct hub_error {
    std::string message;
};
BOOST_DESCRIBE_STRUCT(hub_error, (), (message))

} // namespace wire

template <>
struct wire_names<wire::create_repository> : camel_case_names {};
template <>
struct wire_names<wire::create_app> : camel_case_names {};
template <>
struct wire_names<wire::created_app> : camel_case_names {};
template <>
struct wire_names<wire::repository> {
    static constexpr wire_rename renamed[] = {{"is_public", "public"}, {"created_at", "createdAt"}};
};
template <>
struct wire_names<wire::hub_file> {
    static constexpr wire_rename renamed[] = {{"sha256", "Sha256"}};
};
template <>
struct wire_names<wire::large_file_grant> : camel_case_names {};
template <>
struct wire_names<wire::hub_change> {
    static constexpr wire_rename renamed[] = {{"lfs_pointer", "lfsPointer"}};
};

} // namespace aistudio
