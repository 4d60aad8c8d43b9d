#include "python_docs.hpp"

#include "text.hpp"

#include <regex>

namespace aistudio::bindings {

std::string python_text(const std::string& comment) {
    return replaced(replaced(replaced(comment, "errc::", ""), "async_", ""), "::", ".");
}

std::string python_doc(const operation_doc& doc) {
    std::string out = python_text(doc.text);
    if (!doc.returns.empty())
        out += "\nReturns: " + python_text(doc.returns);
    if (!doc.errors.empty())
        out += "\nRaises Error with code: " + python_text(doc.errors);
    return out;
}

} // namespace aistudio::bindings
