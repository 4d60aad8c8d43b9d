#pragma once

#include "failure.hpp"

#include <aistudio/types/service.hpp>

#include <boost/mp11/list.hpp>

namespace aistudio::bindings {

/// The value types that Python and Java have, and the only place that names them. A type stands
/// after the types of its members. Everything else about them comes from their definitions.
using value_types = boost::mp11::mp_list<tensor_spec, service, endpoint>;

/// Types that cross to other languages without being shown to users.
using internal_types = boost::mp11::mp_list<failure>;

} // namespace aistudio::bindings
