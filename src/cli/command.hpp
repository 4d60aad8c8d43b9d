#pragma once

#include "cli/context.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// How nouns and verbs are put on the command line.
namespace aistudio::cli {

/// The value of an option or positional; filled by parsing. Copies share it.
template <class T>
class argument {
public:
    argument(CLI::App& verb, const std::string& names, const std::string& help, T initial = {})
        : value_(std::make_shared<T>(std::move(initial))) {
        if constexpr (std::is_same_v<T, bool>)
            option_ = verb.add_flag(names, *value_, help);
        else
            option_ = verb.add_option(names, *value_, help);
        if (option_->nonpositional()) // one value each: positionals may follow
            option_->allow_extra_args(false);
        option_->type_name(names.starts_with('-') ? type_of_value() : "");
    }

    argument required() const { return option_->required(), *this; }
    argument shown_as(const std::string& type) const { return option_->type_name(type), *this; }
    /// Takes several values at once, up to the next option.
    argument many() const { return option_->allow_extra_args(true), *this; }
    argument check(const CLI::Validator& v) const { return option_->check(v), *this; }
    argument transform(const CLI::Validator& v) const { return option_->transform(v), *this; }
    template <class U>
    argument excludes(const argument<U>& other) const {
        return option_->excludes(other.option()), *this;
    }
    template <class U>
    argument needs(const argument<U>& other) const {
        return option_->needs(other.option()), *this;
    }

    [[nodiscard]] const T& operator*() const noexcept { return *value_; }
    [[nodiscard]] const T* operator->() const noexcept { return value_.get(); }
    [[nodiscard]] bool given() const { return option_->count() > 0; }
    [[nodiscard]] CLI::Option* option() const noexcept { return option_; }

private:
    static std::string type_of_value() {
        if constexpr (std::is_same_v<T, bool>)
            return "";
        else if constexpr (std::is_arithmetic_v<T>)
            return "N";
        else
            return "TEXT";
    }

    std::shared_ptr<T> value_;
    CLI::Option* option_ = nullptr;
};

/// A whole number above 0, as ids are.
[[nodiscard]] CLI::Validator positive();

/// The id of a thing, as a positional.
template <class Id>
class id_argument {
public:
    id_argument(CLI::App& verb, const std::string& name, const std::string& help)
        : value_(argument<typename Id::value_type>(verb, name, help).required()) {
        if constexpr (std::is_integral_v<typename Id::value_type>)
            value_.check(positive());
    }
    [[nodiscard]] Id operator*() const { return Id(*value_); }
    [[nodiscard]] std::string text() const { return to_string(**this); }

private:
    argument<typename Id::value_type> value_;
};

template <class Id>
std::vector<Id> ids_of(const std::vector<std::int64_t>& numbers) {
    std::vector<Id> out;
    for (const auto number : numbers)
        out.emplace_back(number);
    return out;
}

/// `aistudio NAME`, which needs a verb.
CLI::App& add_noun(CLI::App& root, const std::string& name, const std::string& help);
/// `aistudio NOUN NAME`. `example` is a whole command line, or several.
CLI::App& add_verb(CLI::App& noun, const std::string& name, const std::string& help,
                   const std::string& example);

/// `--scope`: which projects or datasets to list.
class scope_argument {
public:
    explicit scope_argument(CLI::App& verb);
    [[nodiscard]] list_scope operator*() const;

private:
    argument<std::string> name_;
};

/// What the verb does. `f()` returns the exit status and runs after the whole command line was
/// found right.
template <class F>
void on_run(CLI::App& verb, context& ctx, F f) {
    verb.callback([&ctx, f = std::move(f)] { ctx.action = f; });
}

// One for each file of a noun.
void add_dataset(CLI::App& root, context& ctx);
void add_project(CLI::App& root, context& ctx);
void add_job(CLI::App& root, context& ctx);
/// `submit job`, `jobs` and `stop job`, as the official command has them.
void add_official_job_forms(CLI::App& root, context& ctx);
void add_service(CLI::App& root, context& ctx);
void add_model(CLI::App& root, context& ctx);
void add_upload(CLI::App& root, context& ctx);
void add_download(CLI::App& root, context& ctx);
void add_predict(CLI::App& root, context& ctx);
void add_bench(CLI::App& root, context& ctx);
void add_chat(CLI::App& root, context& ctx);
void add_local(CLI::App& root, context& ctx);
/// `aistudio local faults`
void add_faults(CLI::App& local, context& ctx);
void add_config(CLI::App& root, context& ctx);
void add_completion(CLI::App& root, context& ctx);

} // namespace aistudio::cli
