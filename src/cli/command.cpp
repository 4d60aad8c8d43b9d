#include "cli/command.hpp"

#include <charconv>
#include <system_error>

namespace aistudio::cli {

CLI::Validator positive() {
    return {[](std::string& text) {
                std::int64_t value = 0; // CLI11 itself does not see an overflow
                const auto end = text.data() + text.size();
                const auto [at, failed] = std::from_chars(text.data(), end, value);
                return failed == std::errc{} && at == end && value > 0
                           ? std::string{}
                           : std::string("must be a whole number above 0");
            },
            ""};
}

scope_argument::scope_argument(CLI::App& verb)
    : name_(argument<std::string>(verb, "--scope,-s", "Which ones", "own")
                .transform(CLI::IsMember(enum_names<list_scope>(), CLI::ignore_case))) {}

list_scope scope_argument::operator*() const {
    auto out = list_scope::own;
    (void)enum_from_name(*name_, out);
    return out;
}

CLI::App& add_noun(CLI::App& root, const std::string& name, const std::string& help) {
    auto& noun = *root.add_subcommand(name, help);
    noun.require_subcommand(1);
    return noun;
}

CLI::App& add_verb(CLI::App& noun, const std::string& name, const std::string& help,
                   const std::string& example) {
    auto& verb = *noun.add_subcommand(name, help);
    std::string examples = "Examples:\n  " + example;
    for (std::size_t at = 0; (at = examples.find('\n', at + 1)) != std::string::npos;)
        if (examples[at + 1] != '\n')
            examples.insert(at + 1, "  ");
    return *verb.footer(examples);
}

} // namespace aistudio::cli
