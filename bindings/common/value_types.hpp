#pragma once

#include "failure.hpp"

#include <aistudio/operations.hpp>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

namespace aistudio::bindings {

/// The value types that Python and Java have, and the only place that names them. A type stands
/// after the types of its members. Everything else about them comes from their definitions.
using value_types =
    boost::mp11::mp_list<dataset_file, dataset, new_dataset, project, new_project, project_changes,
                         job, new_job, output_file, log_chunk, tensor_spec, service, new_service,
                         endpoint, fault, transfer_progress, call_report>;

/// What a client, or a call, may have different from its defaults, in the same order. A language
/// may show them as arguments instead of types.
using option_types =
    boost::mp11::mp_list<time_limits, retry_policy, retry_budget_options, pool_options, tls_options,
                         proxy_options, page_request, job_filter, service_filter, call_options,
                         transfer_options, wait_options, follow_options, client_options>;

/// Those of them that are a member's type, so that a language needs them as types.
using shown_options = boost::mp11::mp_list<time_limits, retry_policy, retry_budget_options,
                                           pool_options, tls_options, proxy_options>;

template <class T>
inline constexpr bool is_value_type = boost::mp11::mp_contains<value_types, T>::value;

/// Types that cross to other languages without being shown to users.
using internal_types = boost::mp11::mp_list<failure>;

} // namespace aistudio::bindings
