#pragma once

#include "operation_model.hpp"
#include "type_model.hpp"

#include <string>
#include <vector>

/// How generated Java speaks of types, names and comments.
namespace aistudio::bindings {

inline constexpr const char* java_package = "org.aistudio.sdk";
inline constexpr const char* java_banner = "// Generated from the C++ headers. Do not edit.\n";

/// As a member, a parameter or a result.
[[nodiscard]] std::string java_type_of(const type_model& t);
/// As a type argument.
[[nodiscard]] std::string java_boxed_type_of(const type_model& t);
/// An expression that reads one from `from`, a `WireReader`.
[[nodiscard]] std::string java_read(const type_model& t, const std::string& from = "in");
/// A function that does, to stand where a reader is called `outside`.
[[nodiscard]] std::string java_reader(const type_model& t, const std::string& outside = "in");
/// An expression that writes `value` to `out`, a `WireWriter`.
[[nodiscard]] std::string java_write(const type_model& t, const std::string& value);
/// The expression for a default-constructed value; `initial` as in `member_model`.
[[nodiscard]] std::string java_initial(const type_model& t, const std::string& initial);

/// `apiKey`; a name that a record cannot have in Java gets a word behind it (`waitTime`).
[[nodiscard]] std::string java_member_name(const member_model& m);

/// A comment of the headers as Javadoc text: code in backticks, types and members in Java's
/// spelling.
[[nodiscard]] std::string javadoc_text(const std::string& text);
[[nodiscard]] std::string javadoc(const std::vector<std::string>& paragraphs,
                                  const std::string& indent);
/// The package, and the imports that generated classes may need.
[[nodiscard]] std::string java_file_head(const std::string& subpackage = {});

} // namespace aistudio::bindings
