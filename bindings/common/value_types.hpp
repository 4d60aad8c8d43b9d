#pragma once

#include "failure.hpp"

#include <aistudio/operations.hpp>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

namespace aistudio::bindings {

/// The value types that Python and Java have, and the only place that names them. A type stands
/// after the types of its members. Everything else about them comes from their definitions.
using value_types = boost::mp11::mp_list<
    dataset_file, dataset, new_dataset, dataset_changes, dataset_path, csv_row, csv_preview,
    project, new_project, project_changes, fork_record, project_file, project_version, file_change,
    job, new_job, job_changes, output_file, log_chunk, code_file, job_version, environment_choice,
    resource_choice, job_choices, tensor_spec, serving_options, service, new_service,
    service_changes, service_statistics, endpoint, model, new_model, model_file, model_upload,
    model_commit, snapshot_request, model_snapshot, model_tag, fault, transfer_progress,
    call_report, chat_message, chat_request, chat_usage, chat_choice, chat_answer, chat_delta>;

/// What a client, or a call, may have different from its defaults, in the same order. A language
/// may show them as arguments instead of types.
using option_types =
    boost::mp11::mp_list<time_limits, retry_policy, retry_budget_options, pool_options, tls_options,
                         proxy_options, page_request, dataset_filter, project_filter, job_filter,
                         service_filter, model_filter, call_options, transfer_options, wait_options,
                         follow_options, chat_options, client_options>;

/// Those of them that are a member's type, so that a language needs them as types.
using shown_options = boost::mp11::mp_list<time_limits, retry_policy, retry_budget_options,
                                           pool_options, tls_options, proxy_options>;

template <class T>
inline constexpr bool is_value_type = boost::mp11::mp_contains<value_types, T>::value;

/// Types that cross to other languages without being shown to users.
using internal_types = boost::mp11::mp_list<failure>;

} // namespace aistudio::bindings
