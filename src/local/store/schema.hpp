#pragma once

namespace aistudio::local::store {

/// Statements that bring a database from version `i` to `i + 1`. A step that was released never
/// changes.
inline constexpr const char* schema_steps[] = {
    R"sql(
CREATE TABLE contents (
    sha256 TEXT PRIMARY KEY,
    md5 TEXT NOT NULL,
    size INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE objects (
    key TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL REFERENCES contents,
    content_type TEXT NOT NULL,
    modified_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX objects_by_content ON objects (sha256);

CREATE TABLE datasets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    access INTEGER NOT NULL,
    licence INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES contents,
    object_key TEXT NOT NULL,
    dataset_id INTEGER REFERENCES datasets,
    position INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX files_by_dataset ON files (dataset_id, position);
CREATE INDEX files_by_content ON files (sha256);

CREATE TABLE projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

CREATE TABLE project_datasets (
    project_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    dataset_id INTEGER NOT NULL REFERENCES datasets,
    position INTEGER NOT NULL,
    PRIMARY KEY (project_id, dataset_id)
) WITHOUT ROWID;
CREATE INDEX project_datasets_by_dataset ON project_datasets (dataset_id);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    stage TEXT NOT NULL,
    queued INTEGER NOT NULL DEFAULT 0,
    project_id INTEGER,
    command TEXT NOT NULL,
    environment TEXT NOT NULL,
    device TEXT NOT NULL,
    gpus INTEGER NOT NULL,
    payment TEXT NOT NULL,
    remark TEXT NOT NULL,
    exit_code INTEGER,
    message TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_by_stage ON jobs (stage);
CREATE INDEX jobs_by_project ON jobs (project_id);

CREATE TABLE job_datasets (
    job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    dataset_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (job_id, position)
) WITHOUT ROWID;

CREATE TABLE services (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    project_id INTEGER NOT NULL REFERENCES projects,
    state TEXT NOT NULL,
    resumes_as TEXT NOT NULL DEFAULT '',
    main_program TEXT NOT NULL,
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL,
    converter TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX services_by_project ON services (project_id);

-- The address and key of a project's online service; they stay when another service is deployed in its place.
CREATE TABLE endpoints (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL UNIQUE REFERENCES projects,
    service_id INTEGER NOT NULL UNIQUE REFERENCES services,
    api_key TEXT NOT NULL
);

-- Answers to calls that carried an Idempotency-Key.
CREATE TABLE answers (
    scope TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    result TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (created_at);
)sql",
    R"sql(
-- Uploads in parts, until they are complete or given up.
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    content_type TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE upload_parts (
    upload_id TEXT NOT NULL REFERENCES uploads ON DELETE CASCADE,
    number INTEGER NOT NULL,
    sha256 TEXT NOT NULL REFERENCES contents,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (upload_id, number)
) WITHOUT ROWID;
CREATE INDEX upload_parts_by_content ON upload_parts (sha256);

CREATE TABLE repositories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    licence TEXT NOT NULL,
    access INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE commits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    branch TEXT NOT NULL,
    sha TEXT NOT NULL UNIQUE,
    message TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX commits_by_branch ON commits (repository_id, branch);

CREATE TABLE tags (
    repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    name TEXT NOT NULL,
    commit_id INTEGER NOT NULL REFERENCES commits ON DELETE CASCADE,
    PRIMARY KEY (repository_id, name)
) WITHOUT ROWID;

-- States of files: each belongs to its branch from the commit that made it up to the one that ended it.
CREATE TABLE repository_files (
    repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    branch TEXT NOT NULL,
    path TEXT NOT NULL,
    made_by INTEGER NOT NULL REFERENCES commits ON DELETE CASCADE,
    ended_by INTEGER,
    sha256 TEXT NOT NULL REFERENCES contents,
    PRIMARY KEY (repository_id, branch, path, made_by)
) WITHOUT ROWID;
CREATE INDEX repository_files_by_content ON repository_files (sha256);

-- Large files that arrived whole: commits may name them.
CREATE TABLE large_files (
    repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    sha256 TEXT NOT NULL REFERENCES contents,
    PRIMARY KEY (repository_id, sha256)
) WITHOUT ROWID;
CREATE INDEX large_files_by_content ON large_files (sha256);
)sql",
};

/// The version this program writes; kept in the file as `PRAGMA user_version`.
inline constexpr int schema_version = sizeof(schema_steps) / sizeof(schema_steps[0]);

} // namespace aistudio::local::store
