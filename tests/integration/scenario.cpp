#include "integration/support/scenario.hpp"

#include "integration/support/scenario_values.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace aistudio::test {
namespace fs = std::filesystem;
namespace {

const std::string& text_of(const json_tree& value) { return std::get<std::string>(value.get()); }
std::int64_t number_of(const json_tree& value) { return std::get<std::int64_t>(value.get()); }

std::string repeated(const std::string& text, const json_tree* times) {
    if (times == nullptr)
        throw std::runtime_error("a repetition needs `times`");
    std::string out;
    for (std::int64_t i = 0; i < number_of(*times); ++i)
        out += text;
    return out;
}

std::string bytes_of(const json_tree& numbers) {
    std::string out;
    for (const auto& one : std::get<json_tree::array>(numbers.get()))
        out += static_cast<char>(number_of(one));
    return out;
}

bool is_number(const json_tree& value) { return value.kind() == json_kind::number; }
double as_double(const json_tree& value) { return from_json<double>(value.to_string()).value(); }

std::size_t length_of(const json_tree& value) {
    const auto* text = std::get_if<std::string>(&value.get());
    if (text == nullptr)
        return value.size();
    return static_cast<std::size_t>(std::ranges::count_if(
        *text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

void check_part(const std::string& part, const std::string& of) {
    EXPECT_NE(of.find(part), std::string::npos) << "the message has no `" << part << "`: " << of;
}

const json_tree* part_of(const json_tree& from, std::string_view name) {
    if (from.kind() != json_kind::array)
        return from.find(name);
    std::size_t index = 0;
    const auto done = std::from_chars(name.data(), name.data() + name.size(), index);
    return done.ec == std::errc() ? from.at(index) : nullptr;
}

} // namespace

scenario::scenario(const fs::path& file, fs::path folder)
    : folder_(std::move(folder)),
      text_(from_json<json_tree>(std::string_view(read_file(file))).value()) {
    for (const auto& [name, part] : std::get<json_tree::object>(text_.get()))
        if (name != "about" && name != "client" && name != "files" && name != "serve" &&
            name != "steps" && name != "needs")
            throw std::runtime_error("a scenario has no `" + name + "`");
    if (const auto* files = text_.find("files"))
        write_files(*files);
}

void scenario::write_files(const json_tree& files) const {
    for (const auto& [name, content] : std::get<json_tree::object>(files.get())) {
        const auto* bytes = content.find("$bytes");
        write_file(folder_ / name, bytes != nullptr
                                       ? repeated(bytes_of(*bytes), content.find("times"))
                                       : text_of(value(content)));
    }
}

json_tree scenario::client_options() const { return value(text_, "client"); }

std::vector<std::string> scenario::texts(std::string_view member) const {
    const auto* all = text_.find(member);
    return all == nullptr ? std::vector<std::string>()
                          : from_json<std::vector<std::string>>(all->to_string()).value();
}
std::vector<std::string> scenario::services() const { return texts("serve"); }
std::vector<std::string> scenario::needs() const { return texts("needs"); }

const json_tree::array& scenario::steps() const {
    return std::get<json_tree::array>(text_.find("steps")->get());
}

json_tree scenario::value(const json_tree& given) const {
    if (const auto* reference = given.find("$ref"))
        return at(text_of(*reference));
    if (const auto* name = given.find("$path"))
        return (folder_ / text_of(*name)).string();
    if (const auto* text = given.find("$repeat"))
        return repeated(text_of(*text), given.find("times"));
    json_tree out = given;
    if (auto* fields = std::get_if<json_tree::object>(&out.get()))
        for (auto& [name, inner] : *fields)
            inner = value(inner);
    if (auto* items = std::get_if<json_tree::array>(&out.get()))
        for (auto& inner : *items)
            inner = value(inner);
    return out;
}

json_tree scenario::value(const json_tree& step, std::string_view member) const {
    const auto* found = step.find(member);
    return found == nullptr ? json_tree() : value(*found);
}

const json_tree& scenario::at(std::string_view reference) const {
    const json_tree* found = nullptr;
    for (std::size_t from = 0; from <= reference.size();) {
        const auto dot = std::min(reference.find('.', from), reference.size());
        const auto name = reference.substr(from, dot - from);
        if (from == 0)
            found = &results_.at(std::string(name));
        else
            found = part_of(*found, name);
        if (found == nullptr)
            throw std::runtime_error("nothing is called " + std::string(reference));
        from = dot + 1;
    }
    return *found;
}

json_tree scenario::content(std::string_view name) const {
    const auto file = folder_ / name;
    return fs::exists(file) ? json_tree(read_file(file)) : json_tree();
}

void scenario::keep(std::string name, json_tree result) {
    results_.insert_or_assign(std::move(name), std::move(result));
}

void scenario::check(const json_tree& step, const result<json_tree>& got) {
    const auto* error = step.find("error");
    if (!got) {
        ASSERT_NE(error, nullptr) << got.error().message();
        return check_error(*error, got.error());
    }
    ASSERT_EQ(error, nullptr) << "it did not fail: " << *got;
    if (const auto* expected = step.find("expect")) {
        const auto why = mismatch(*expected, *got);
        EXPECT_TRUE(why.empty()) << "result" << why;
    }
    if (const auto* name = step.find("as"))
        keep(text_of(*name), *got);
}

void scenario::check_error(const json_tree& expected, const problem& got) const {
    const json_tree facts =
        json_tree::object{{"code", info(got.code).name},       {"phase", enum_name(got.phase)},
                          {"outcome", enum_name(got.outcome)}, {"status", got.status},
                          {"service_code", got.service_code},  {"attempts", got.attempts}};
    json_tree::object others;
    for (const auto& [name, part] : std::get<json_tree::object>(expected.get()))
        if (name == "message")
            check_part(text_of(value(part)), got.message());
        else if (name == "message_zh")
            check_part(text_of(value(part)), got.message_zh());
        else
            others.push_back({name, part});
    const auto why = mismatch(others, facts);
    EXPECT_TRUE(why.empty()) << "error" << why << "\n" << got.message();
}

std::string scenario::mismatch(const json_tree& expected, const json_tree& got) const {
    bool same = false;
    if (expected.find("$any") != nullptr)
        same = got.kind() != json_kind::null;
    else if (const auto* part = expected.find("$contains"))
        same = contains(*part, got);
    else if (const auto* length = expected.find("$length"))
        same = length_of(got) == static_cast<std::size_t>(number_of(*length));
    else if (expected.find("$ref") != nullptr || expected.find("$path") != nullptr ||
             expected.find("$repeat") != nullptr)
        same = value(expected) == got;
    else if (const auto* fields = std::get_if<json_tree::object>(&expected.get()))
        return mismatch_fields(*fields, got);
    else if (const auto* items = std::get_if<json_tree::array>(&expected.get()))
        return mismatch_items(*items, got);
    else
        same = is_number(expected) && is_number(got)
                   ? as_double(expected) == as_double(got) &&
                         (expected == got || as_double(got) < 1e15)
                   : expected == got;
    return same ? "" : ": expected " + expected.to_string() + ", not " + got.to_string();
}

std::string scenario::mismatch_fields(const json_tree::object& expected,
                                      const json_tree& got) const {
    if (got.kind() != json_kind::object)
        return ": expected an object, not " + got.to_string();
    for (const auto& [name, inner] : expected) {
        const auto* member = got.find(name);
        if (member == nullptr)
            return " has no member `" + name + "`: " + got.to_string();
        if (const auto why = mismatch(inner, *member); !why.empty())
            return "." + name + why;
    }
    return {};
}

std::string scenario::mismatch_items(const json_tree::array& expected, const json_tree& got) const {
    if (got.kind() != json_kind::array || got.size() != expected.size())
        return ": expected " + std::to_string(expected.size()) + " items, not " + got.to_string();
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (const auto why = mismatch(expected[i], *got.at(i)); !why.empty())
            return "." + std::to_string(i) + why;
    return {};
}

bool scenario::contains(const json_tree& part, const json_tree& got) const {
    if (const auto* text = std::get_if<std::string>(&got.get()))
        return text->find(text_of(value(part))) != std::string::npos;
    const auto* items = std::get_if<json_tree::array>(&got.get());
    return items != nullptr && std::ranges::any_of(*items, [&](const json_tree& item) {
               return mismatch(part, item).empty();
           });
}

} // namespace aistudio::test
