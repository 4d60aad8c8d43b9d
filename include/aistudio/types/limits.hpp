#pragma once

#include <cstdint>

/// @file
/// What is too much: the one list, for the client, which refuses before anything is sent where it
/// can know, and for the local studio, which refuses always. `docs/limits.md` is its table.
///
/// Where each comes from: *platform* is its documentation, *official client* what the platform's
/// own Python package allows, *format* the file format; all others are ours. Limits of projects and
/// services that programs ask for stand in `types/project.hpp` and `types/service.hpp`.

namespace aistudio::limits {

// ---- names and texts, in characters, which are not bytes

/// Names of projects, jobs and services.
inline constexpr std::int64_t max_name_characters = 200;
/// Names of datasets (official client).
inline constexpr std::int64_t max_dataset_name_characters = 40;
/// Descriptions and remarks.
inline constexpr std::int64_t max_text_characters = 10'000;
/// Names of repositories, branches and tags (Gitea).
inline constexpr std::int64_t max_repository_name = 100;
/// Bytes of a path below a project.
inline constexpr std::int64_t max_path_bytes = 1024;
/// Bytes of a file's name (file systems).
inline constexpr std::int64_t max_file_name_bytes = 255;

// ---- datasets

/// Files of a dataset (platform).
inline constexpr std::int64_t max_dataset_files = 10;
/// Bytes of its files together (platform).
inline constexpr std::int64_t max_dataset_bytes = std::int64_t{50} << 30U;
/// Rows of a preview.
inline constexpr std::int64_t max_preview_rows = 1000;

// ---- archives that the client packs

/// Bytes of a zip and of each file in it (format, without zip64).
inline constexpr std::int64_t max_zip_bytes = (std::int64_t{4} << 30U) - 1;
/// Files in a zip (format, without zip64).
inline constexpr std::int64_t max_zip_files = 65'535;
/// Bytes of a job's packed code (official client).
inline constexpr std::int64_t max_job_code_bytes = std::int64_t{50} << 20U;
/// Bytes of an archive with a model.
inline constexpr std::int64_t max_model_archive_bytes = std::int64_t{4} << 30U;

// ---- jobs

/// Datasets that a job mounts (official client).
inline constexpr std::int64_t max_job_datasets = 3;
/// Trainers of a job, and parameter servers of a job.
inline constexpr std::int64_t max_job_processes = 16;
/// Bytes of a job's command.
inline constexpr std::int64_t max_command_bytes = std::int64_t{32} << 10U;
/// Characters of a job's environment, device and payment.
inline constexpr std::int64_t max_word_characters = 100;
/// Milliseconds that a job's time limit may be: a year of 365 days.
inline constexpr std::int64_t max_job_time_ms = std::int64_t{1000} * 60 * 60 * 24 * 365;
/// Packages that a job requires.
inline constexpr std::int64_t max_requirements = 200;
/// Bytes of each.
inline constexpr std::int64_t max_requirement_bytes = 500;

// ---- prediction services

/// Bytes of a converter.
inline constexpr std::int64_t max_converter_bytes = std::int64_t{1} << 20U;
/// Workers of a service.
inline constexpr std::int64_t max_service_workers = 16;
/// Calls that are computed together.
inline constexpr std::int64_t max_service_batch = 1024;
/// Calls that may wait for a service.
inline constexpr std::int64_t max_service_queue = 1'000'000;
/// Milliseconds that the time limit of a call may be: a day.
inline constexpr std::int64_t max_service_time_ms = std::int64_t{24} * 60 * 60 * 1000;
/// Milliseconds that a call may wait for others to be computed with.
inline constexpr std::int64_t max_batch_delay_ms = 10'000;
/// Bytes that the memory limit of a worker may be, unless there is none.
inline constexpr std::int64_t min_worker_memory = std::int64_t{64} << 20U;
inline constexpr std::int64_t max_worker_memory = std::int64_t{1} << 50U;
/// Milliseconds that an old key may be good beside a new one: 30 days.
inline constexpr std::int64_t max_key_overlap_ms = std::int64_t{30} * 24 * 60 * 60 * 1000;

// ---- calls

/// Items of one page of a list.
inline constexpr std::int64_t max_page_size = 1000;
/// Characters of an `Idempotency-Key`.
inline constexpr std::int64_t max_idempotency_key = 128;

// ---- objects and repositories

/// Bytes of an object's key (object store).
inline constexpr std::int64_t max_key_bytes = 1024;
/// Bytes of a file of a repository that is not stored as a large one (official client).
inline constexpr std::int64_t max_small_file = std::int64_t{5} << 20U;

} // namespace aistudio::limits
