#include "cli/command.hpp"

namespace aistudio::cli {

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
