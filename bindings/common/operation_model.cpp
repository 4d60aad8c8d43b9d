#include "operation_model.hpp"

namespace aistudio::bindings {

std::vector<operation_model> all_operation_models() {
    std::vector<operation_model> out;
    boost::mp11::mp_for_each<all_operations>(
        [&](auto operation) { out.push_back(operation_of<decltype(operation)>()); });
    return out;
}

} // namespace aistudio::bindings
