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

} // namespace

std::vector<std::string> from_official_forms(std::vector<std::string> words, const CLI::App& root) {
    put_verb_first(words, root);
    give_two_dashes(words, root);
    return words;
}

} // namespace aistudio::cli
