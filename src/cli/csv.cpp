#include "cli/csv.hpp"

#include <aistudio/codec/json_writer.hpp>
#include <aistudio/error.hpp>

#include <algorithm>
#include <utility>

namespace aistudio::cli {
namespace {

/// The same limit as for one line of records.
constexpr std::size_t longest_field = std::size_t{256} << 20U;

problem at_line(std::size_t line, errc code, const std::string& what) {
    return make_problem(code, "Line " + std::to_string(line) + ": " + what);
}

[[noreturn]] void fail_at(std::size_t line, const std::string& what) {
    throw api_error(at_line(line, errc::invalid_argument, what));
}

bool take_digits(std::string_view& text) noexcept {
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(end);
    return end > 0;
}

bool take(std::string_view& text, std::string_view one_of) noexcept {
    if (text.empty() || one_of.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

} // namespace

bool csv_reader::next_line() {
    if (!lines_(text_))
        return false;
    if (++number_ == 1 && text_.starts_with("\xEF\xBB\xBF")) // a mark that spreadsheets put
        text_.erase(0, 3);
    return true;
}

void csv_reader::fail(std::string_view what) const { fail_at(number_, std::string(what)); }

bool csv_reader::read(std::vector<std::string>& fields) {
    fields.clear();
    do {
        if (!next_line())
            return false;
    } while (text_.empty());
    began_ = number_;
    for (std::size_t at = 0;; ++at) {
        const bool in_quotes = at < text_.size() && text_[at] == '"';
        fields.push_back(in_quotes ? quoted(at) : plain(at));
        if (at >= text_.size())
            return true;
    }
}

/// The field that begins at `at`, which is then where it ends: a comma or the line's end.
std::string csv_reader::plain(std::size_t& at) {
    const std::size_t end = std::min(text_.find(',', at), text_.size());
    std::string field = text_.substr(at, end - at);
    if (field.find('"') != std::string::npos)
        fail("a quote within a field; put the field in quotes and double the ones in it.");
    at = end;
    return field;
}

std::string csv_reader::quoted(std::size_t& at) {
    std::string field;
    ++at;
    for (;;) {
        const std::size_t quote = text_.find('"', at);
        if (quote == std::string::npos) {
            field.append(text_, at).append(1, '\n');
            if (field.size() > longest_field || !next_line())
                fail_at(began_, "a quoted field has no closing quote.");
            at = 0;
            continue;
        }
        field.append(text_, at, quote - at);
        at = quote + 1;
        if (at == text_.size() || text_[at] == ',')
            return field;
        if (text_[at] != '"')
            fail("text follows a closing quote; double the quotes within a field.");
        field += '"';
        ++at;
    }
}

bool is_json_number(std::string_view text) noexcept {
    take(text, "-");
    if (!take(text, "0") && !take_digits(text))
        return false;
    if (take(text, ".") && !take_digits(text))
        return false;
    if (take(text, "eE")) {
        take(text, "+-");
        if (!take_digits(text))
            return false;
    }
    return text.empty();
}

result<std::string> to_json_object(const std::vector<std::string>& names,
                                   const std::vector<std::string>& fields, std::size_t line) {
    if (fields.size() != names.size())
        return at_line(line, errc::encode_failed,
                       std::to_string(fields.size()) + " fields under a header of " +
                           std::to_string(names.size()) + ".");
    std::string out;
    json_writer writer(out);
    writer.begin_object();
    for (std::size_t i = 0; i < fields.size(); ++i) {
        writer.key(names[i]);
        if (fields[i].empty())
            writer.null();
        else if (is_json_number(fields[i]))
            writer.raw(fields[i]);
        else
            writer.string(fields[i]);
    }
    writer.end_object();
    if (writer.failed())
        return at_line(line, errc::encode_failed, "the text is not UTF-8; convert the file first.");
    return out;
}

} // namespace aistudio::cli
