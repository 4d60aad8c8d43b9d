#pragma once

#include "doc_reader.hpp"

#include <string>

namespace aistudio::bindings {

/// A comment of the headers in the words of Python: `datasets.download` for
/// `datasets::async_download`.
[[nodiscard]] std::string python_text(const std::string& comment);
/// An operation's docstring, a paragraph a line.
[[nodiscard]] std::string python_doc(const operation_doc& doc);

} // namespace aistudio::bindings
