#pragma once

#include "doc_reader.hpp"
#include "operation_model.hpp"
#include "type_model.hpp"

#include <string>
#include <vector>

namespace aistudio::bindings {

/// What an emitter is given.
struct source {
    std::vector<record_model> records;
    std::vector<record_model> options;
    std::vector<record_model> internal;
    std::vector<operation_model> operations;
    doc_reader docs;
};

/// One file to write, relative to the output folder.
struct emitted_file {
    std::string name;
    std::string text;
};

/// `surface.json`: names, types and defaults of all of the above and the error codes, for tests
/// that a language has them all.
[[nodiscard]] std::vector<emitted_file> emit_surface(const source& from);
/// `value_docs.ipp`: the rows of a table of docstrings for the extension module.
[[nodiscard]] std::vector<emitted_file> emit_docs(const source& from);
/// `values.pyi`: the part of the extension module's stub that has value types, resources and
/// clients.
[[nodiscard]] std::vector<emitted_file> emit_python_stub(const source& from);
/// One record with a builder for each type, and `internal/ValueCodec.java`.
[[nodiscard]] std::vector<emitted_file> emit_java(const source& from);

} // namespace aistudio::bindings
