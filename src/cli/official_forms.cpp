#include "cli/official_forms.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace aistudio::cli {
namespace {

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

/// True for an option of `root` whose value is the next word.
bool takes_next_word(const CLI::App& root, const std::string& word) {
    const auto* option = root.get_option_no_throw(word);
    return option != nullptr && option->get_items_expected_max() > 0;
}

/// Where the first words are that are neither global options nor their values; fewer than asked for
/// when an option that is not global stands before them.
std::vector<std::size_t> command_words(const std::vector<std::string>& words, const CLI::App& root,
                                       std::size_t most) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < words.size() && out.size() < most; ++i) {
        if (!is_option(words[i]))
            out.push_back(i);
        else if (root.get_option_no_throw(words[i].substr(0, words[i].find('='))) == nullptr)
            break;
        else if (takes_next_word(root, words[i]))
            ++i;
    }
    return out;
}

bool has_verb(const CLI::App& root, const std::string& noun, const std::string& verb) {
    const auto verbs = root.get_subcommand(noun)->get_subcommands({});
    return std::any_of(verbs.begin(), verbs.end(),
                       [&](const CLI::App* each) { return each->check_name(verb); });
}

/// `job ID ls`: the verb goes before the id.
void put_verb_first(std::vector<std::string>& words, const CLI::App& root) {
    const auto at = command_words(words, root, 3);
    if (at.size() < 3 || words[at[0]] != "job" || has_verb(root, "job", words[at[1]]))
        return;
    if (words[at[2]] == "ls" || words[at[2]] == "cp")
        std::swap(words[at[1]], words[at[2]]);
}

/// An option of one dash and several letters, which the grammar would take for several options.
struct long_name {
    std::string_view noun;
    std::string_view verb;
    std::string_view official;
    std::string_view ours;
};
constexpr std::array long_names{long_name{"submit", "job", "-pay", "--payment"},
                                long_name{"dataset", "add", "-id", "--id"}};

void give_two_dashes(std::vector<std::string>& words, const CLI::App& root) {
    const auto at = command_words(words, root, 2);
    for (const auto& name : long_names) {
        if (at.size() < 2 || words[at[0]] != name.noun || words[at[1]] != name.verb)
            continue;
        for (auto word = words.begin() + static_cast<std::ptrdiff_t>(at[1]) + 1;
             word != words.end() && *word != "--"; ++word)
            if (std::string_view(*word).substr(0, word->find('=')) == name.official)
                word->replace(0, name.official.size(), name.ours);
    }
}

/// The long options that a command of the official command line has: each may be cut short there
/// as long as it cannot be taken for another one.
struct official_options {
    std::string_view noun;
    std::string_view verb; ///< empty: the noun is the command
    std::array<std::string_view, 8> names;
};
constexpr std::array all_official_options{
    official_options{"config", "", {"--token", "--log"}},
    official_options{"submit",
                     "job",
                     {"--name", "--path", "--cmd", "--env", "--device", "--gpus", "--payment",
                      "--mount_dataset"}},
    official_options{"jobs", "", {"--name", "--status"}},
    official_options{"stop", "job", {"--force"}},
    official_options{
        "dataset", "create", {"--name", "--files", "--public", "--license", "--description"}},
    official_options{"dataset", "add", {"--id", "--files"}},
    official_options{"download",
                     "",
                     {"--model", "--dataset", "--revision", "--local_dir", "--include", "--exclude",
                      "--token", "--max-workers"}},
    official_options{
        "upload",
        "",
        {"--repo-type", "--include", "--exclude", "--commit-message", "--token", "--max-workers"}}};

/// The one name that `word` begins; empty: none, or several.
std::string_view whole_name(std::string_view word, const official_options& options) {
    std::string_view found;
    for (const auto name : options.names) {
        if (!name.starts_with(word))
            continue;
        if (!found.empty())
            return {};
        found = name;
    }
    return found;
}

/// Writes the options of one command out, from the word `at` on. What the command knows by itself
/// stays, and so do the values of options.
void write_out(std::vector<std::string>& words, std::size_t at, const official_options& options,
               const CLI::App& verb, const CLI::App& root) {
    for (; at < words.size() && words[at] != "--"; ++at) {
        if (!is_option(words[at]))
            continue;
        const auto end = std::min(words[at].find('='), words[at].size());
        const auto option = [&](const std::string& name) {
            const auto* own = verb.get_option_no_throw(name);
            return own != nullptr ? own : root.get_option_no_throw(name);
        };
        const auto* known = option(words[at].substr(0, end));
        if (known == nullptr && words[at].starts_with("--")) {
            const auto name = whole_name(std::string_view(words[at]).substr(0, end), options);
            if (name.empty())
                continue;
            known = option(std::string(name));
            words[at].replace(0, end, name);
        }
        if (known != nullptr && known->get_items_expected_min() > 0 &&
            words[at].find('=') == std::string::npos)
            ++at; // its value, whatever it looks like
    }
}

void write_out_options(std::vector<std::string>& words, const CLI::App& root) {
    const auto at = command_words(words, root, 2);
    for (const auto& options : all_official_options) {
        const bool two = !options.verb.empty();
        if (at.size() < (two ? 2U : 1U) || words[at[0]] != options.noun ||
            (two && words[at[1]] != options.verb))
            continue;
        const auto* verb = root.get_subcommand(std::string(options.noun));
        if (two)
            verb = verb->get_subcommand(std::string(options.verb));
        write_out(words, at[two ? 1 : 0] + 1, options, *verb, root);
    }
}

} // namespace

std::vector<std::string> from_official_forms(std::vector<std::string> words, const CLI::App& root) {
    put_verb_first(words, root);
    give_two_dashes(words, root);
    write_out_options(words, root);
    return words;
}

} // namespace aistudio::cli
