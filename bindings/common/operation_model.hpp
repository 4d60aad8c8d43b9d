#pragma once

#include "type_model.hpp"

#include <aistudio/operations.hpp>

#include <string>
#include <vector>

/// The operations as data, so that an emitter needs no template.
namespace aistudio::bindings {

struct argument_model {
    std::string name;
    type_model type;
    /// False: it may be left out and is then `T{}`.
    bool required = true;
};

struct operation_model {
    /// `datasets`.
    std::string resource;
    /// `attach_dataset`. Its comment is `doc_reader::of(resource, name)`.
    std::string name;
    /// Without the options.
    std::vector<argument_model> arguments;
    /// Always a record.
    type_model options;
    type_model result;
    /// It returns one page; what part of the list is a `page_request` in its first argument.
    bool paged = false;
};

template <class Operation>
operation_model operation_of() {
    operation_model out{
        std::string(Operation::resource),        std::string(Operation::name),           {},
        model_of<typename Operation::options>(), model_of<typename Operation::result>(), false};
    out.paged = out.result.kind == kind::page;
    boost::mp11::mp_for_each<
        boost::mp11::mp_transform<boost::mp11::mp_identity, typename Operation::arguments>>(
        [&](auto t) {
            const auto i = out.arguments.size();
            out.arguments.push_back({std::string(Operation::argument_names[i]),
                                     model_of<typename decltype(t)::type>(),
                                     i < required_arguments<Operation>});
        });
    return out;
}

[[nodiscard]] std::vector<operation_model> all_operation_models();

} // namespace aistudio::bindings
