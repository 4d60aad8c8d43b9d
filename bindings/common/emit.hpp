#pragma once

#include "doc_reader.hpp"
#include "operation_model.hpp"
#include "type_model.hpp"

#include <aistudio/error.hpp>

#include <span>
#include <string>
#include <string_view>
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
/// One record with a builder for each type, a class for each resource, the builder of a client,
/// `ErrorCodes.java` and `internal/ValueCodec.java`.
[[nodiscard]] std::vector<emitted_file> emit_java(const source& from);
/// The part of it that is made from the operations.
[[nodiscard]] std::vector<emitted_file> emit_java_operations(const source& from);

/// `operations.md` and `errors.md`: the tables in `docs/`.
[[nodiscard]] std::vector<emitted_file> emit_reference(const source& from);

/// The catalogue of errors. Stands here because its part of the library is not built yet.
[[nodiscard]] std::span<const errc_info> error_catalogue();

/// `float64`.
[[nodiscard]] std::string_view kind_name(kind k);

} // namespace aistudio::bindings
