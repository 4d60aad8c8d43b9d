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
    R"sql(
-- What has no owner yet becomes the user's when the studio starts.
ALTER TABLE projects ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN kind TEXT NOT NULL DEFAULT 'script';
ALTER TABLE projects ADD COLUMN environment TEXT NOT NULL DEFAULT 'Python 3.10';
ALTER TABLE projects ADD COLUMN framework TEXT NOT NULL DEFAULT 'PaddlePaddle 3.0';
ALTER TABLE projects ADD COLUMN access INTEGER NOT NULL DEFAULT 1;
ALTER TABLE projects ADD COLUMN official INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN main_file TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN forked_from INTEGER;
CREATE INDEX projects_own ON projects (owner);
CREATE INDEX projects_shared ON projects (official, access);
CREATE INDEX projects_official ON projects (official) WHERE official = 1;

ALTER TABLE datasets ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE datasets ADD COLUMN background TEXT NOT NULL DEFAULT '';
ALTER TABLE datasets ADD COLUMN content TEXT NOT NULL DEFAULT '';
ALTER TABLE datasets ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE datasets ADD COLUMN usage TEXT NOT NULL DEFAULT '';
ALTER TABLE datasets ADD COLUMN official INTEGER NOT NULL DEFAULT 0;
CREATE INDEX datasets_own ON datasets (owner);
CREATE INDEX datasets_shared ON datasets (official, access);
CREATE INDEX datasets_official ON datasets (official) WHERE official = 1;

-- How many there are, so that nobody counts them for each page of a list. Class 0 is private, 1 shared, 2 official.
CREATE TABLE project_totals (
    owner TEXT NOT NULL,
    class INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (owner, class)
) WITHOUT ROWID;
INSERT INTO project_totals SELECT owner, 0, count(*) FROM projects WHERE access <> 2 GROUP BY owner;
INSERT INTO project_totals SELECT owner, 1, count(*) FROM projects WHERE access = 2 GROUP BY owner;
CREATE TRIGGER projects_counted AFTER INSERT ON projects BEGIN
    INSERT INTO project_totals VALUES (NEW.owner, CASE WHEN NEW.official = 1 THEN 2 WHEN NEW.access = 2 THEN 1 ELSE 0 END, 1)
        ON CONFLICT (owner, class) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER projects_no_more_counted AFTER DELETE ON projects BEGIN
    UPDATE project_totals SET n = n - 1
        WHERE owner = OLD.owner AND class = CASE WHEN OLD.official = 1 THEN 2 WHEN OLD.access = 2 THEN 1 ELSE 0 END;
END;
CREATE TRIGGER projects_counted_elsewhere AFTER UPDATE OF owner, access, official ON projects BEGIN
    UPDATE project_totals SET n = n - 1
        WHERE owner = OLD.owner AND class = CASE WHEN OLD.official = 1 THEN 2 WHEN OLD.access = 2 THEN 1 ELSE 0 END;
    INSERT INTO project_totals VALUES (NEW.owner, CASE WHEN NEW.official = 1 THEN 2 WHEN NEW.access = 2 THEN 1 ELSE 0 END, 1)
        ON CONFLICT (owner, class) DO UPDATE SET n = n + 1;
END;

CREATE TABLE dataset_totals (
    owner TEXT NOT NULL,
    class INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (owner, class)
) WITHOUT ROWID;
INSERT INTO dataset_totals SELECT owner, 0, count(*) FROM datasets WHERE access <> 2 GROUP BY owner;
INSERT INTO dataset_totals SELECT owner, 1, count(*) FROM datasets WHERE access = 2 GROUP BY owner;
CREATE TRIGGER datasets_counted AFTER INSERT ON datasets BEGIN
    INSERT INTO dataset_totals VALUES (NEW.owner, CASE WHEN NEW.official = 1 THEN 2 WHEN NEW.access = 2 THEN 1 ELSE 0 END, 1)
        ON CONFLICT (owner, class) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER datasets_no_more_counted AFTER DELETE ON datasets BEGIN
    UPDATE dataset_totals SET n = n - 1
        WHERE owner = OLD.owner AND class = CASE WHEN OLD.official = 1 THEN 2 WHEN OLD.access = 2 THEN 1 ELSE 0 END;
END;
CREATE TRIGGER datasets_counted_elsewhere AFTER UPDATE OF owner, access, official ON datasets BEGIN
    UPDATE dataset_totals SET n = n - 1
        WHERE owner = OLD.owner AND class = CASE WHEN OLD.official = 1 THEN 2 WHEN OLD.access = 2 THEN 1 ELSE 0 END;
    INSERT INTO dataset_totals VALUES (NEW.owner, CASE WHEN NEW.official = 1 THEN 2 WHEN NEW.access = 2 THEN 1 ELSE 0 END, 1)
        ON CONFLICT (owner, class) DO UPDATE SET n = n + 1;
END;

CREATE TABLE project_favourites (
    user TEXT NOT NULL,
    item_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    PRIMARY KEY (user, item_id)
) WITHOUT ROWID;
CREATE INDEX project_favourites_by_item ON project_favourites (item_id);
CREATE TABLE dataset_favourites (
    user TEXT NOT NULL,
    item_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
    PRIMARY KEY (user, item_id)
) WITHOUT ROWID;
CREATE INDEX dataset_favourites_by_item ON dataset_favourites (item_id);

CREATE TABLE project_forks (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    fork_id INTEGER NOT NULL,
    owner TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX project_forks_by_source ON project_forks (source_id);

-- Files and folders as they are now; a folder has no content. All folders above a file have rows.
CREATE TABLE project_files (
    project_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    path TEXT NOT NULL,
    sha256 TEXT REFERENCES contents,
    executable INTEGER NOT NULL DEFAULT 0,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, path)
) WITHOUT ROWID;
CREATE INDEX project_files_by_content ON project_files (sha256);

-- A version gets its number when it is whole; without one nobody sees it.
CREATE TABLE project_versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    number INTEGER,
    state TEXT NOT NULL DEFAULT '',
    remark TEXT NOT NULL DEFAULT '',
    job_id INTEGER,
    main_file TEXT NOT NULL DEFAULT '',
    file_count INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0,
    digest TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    UNIQUE (project_id, number)
);
CREATE INDEX project_versions_unfinished ON project_versions (project_id) WHERE number IS NULL;
CREATE TABLE version_files (
    version_id INTEGER NOT NULL REFERENCES project_versions ON DELETE CASCADE,
    path TEXT NOT NULL,
    sha256 TEXT REFERENCES contents,
    executable INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (version_id, path)
) WITHOUT ROWID;
CREATE INDEX version_files_by_content ON version_files (sha256);

ALTER TABLE jobs ADD COLUMN version INTEGER;
)sql",
    R"sql(
-- A service's model stands in the folder `model`; none has it empty. `revision` counts its changes.
ALTER TABLE services ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE services ADD COLUMN files TEXT NOT NULL DEFAULT '[]';
ALTER TABLE services ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE services ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
-- When the last call came, and from when on the time without one counts.
ALTER TABLE services ADD COLUMN called_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN idle_since INTEGER NOT NULL DEFAULT 0;
UPDATE services SET model = CAST(id AS TEXT), idle_since = updated_at;

-- Keys from before a rotation.
CREATE TABLE old_keys (
    endpoint_id INTEGER NOT NULL REFERENCES endpoints ON DELETE CASCADE,
    api_key TEXT NOT NULL,
    valid_until INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, api_key)
) WITHOUT ROWID;
)sql",
    R"sql(
-- What a job was submitted with, beside the rest. Its code is a content, which stays when the object it came as is put again.
ALTER TABLE jobs ADD COLUMN code_sha256 TEXT REFERENCES contents;
ALTER TABLE jobs ADD COLUMN resubmitted_from INTEGER;
ALTER TABLE jobs ADD COLUMN requirements TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN trainers INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN servers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN time_limit_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN memory_limit_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN output_limit_bytes INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_by_code ON jobs (code_sha256);
UPDATE jobs SET code_sha256 = (SELECT sha256 FROM objects WHERE key = 'jobs/job-' || jobs.id || '/code.zip') WHERE queued = 1;
)sql",
    R"sql(
-- When the rotation was that made a key an old one.
ALTER TABLE old_keys ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
)sql",
    R"sql(
-- Contents that something stopped to refer to, until somebody looks whether nothing else does: at first all there are.
CREATE TABLE released (sha256 TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO released SELECT sha256 FROM contents;
CREATE TRIGGER objects_released AFTER DELETE ON objects WHEN OLD.sha256 IS NOT NULL BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER objects_released_for_another AFTER UPDATE OF sha256 ON objects WHEN OLD.sha256 <> ifnull(NEW.sha256, '') BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER files_released AFTER DELETE ON files WHEN OLD.sha256 IS NOT NULL BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER files_released_for_another AFTER UPDATE OF sha256 ON files WHEN OLD.sha256 <> ifnull(NEW.sha256, '') BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER jobs_released AFTER DELETE ON jobs WHEN OLD.code_sha256 IS NOT NULL BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.code_sha256);
END;
CREATE TRIGGER jobs_released_for_another AFTER UPDATE OF code_sha256 ON jobs WHEN OLD.code_sha256 <> ifnull(NEW.code_sha256, '') BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.code_sha256);
END;
CREATE TRIGGER upload_parts_released AFTER DELETE ON upload_parts WHEN OLD.sha256 IS NOT NULL BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER upload_parts_released_for_another AFTER UPDATE OF sha256 ON upload_parts WHEN OLD.sha256 <> ifnull(NEW.sha256, '') BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER repository_files_released AFTER DELETE ON repository_files WHEN OLD.sha256 IS NOT NULL BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER repository_files_released_for_another AFTER UPDATE OF sha256 ON repository_files WHEN OLD.sha256 <> ifnull(NEW.sha256, '') BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER large_files_released AFTER DELETE ON large_files WHEN OLD.sha256 IS NOT NULL BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER large_files_released_for_another AFTER UPDATE OF sha256 ON large_files WHEN OLD.sha256 <> ifnull(NEW.sha256, '') BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER project_files_released AFTER DELETE ON project_files WHEN OLD.sha256 IS NOT NULL BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER project_files_released_for_another AFTER UPDATE OF sha256 ON project_files WHEN OLD.sha256 <> ifnull(NEW.sha256, '') BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER version_files_released AFTER DELETE ON version_files WHEN OLD.sha256 IS NOT NULL BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
CREATE TRIGGER version_files_released_for_another AFTER UPDATE OF sha256 ON version_files WHEN OLD.sha256 <> ifnull(NEW.sha256, '') BEGIN
    INSERT OR IGNORE INTO released VALUES (OLD.sha256);
END;
)sql",
};

/// The version this program writes; kept in the file as `PRAGMA user_version`.
inline constexpr int schema_version = sizeof(schema_steps) / sizeof(schema_steps[0]);

} // namespace aistudio::local::store
