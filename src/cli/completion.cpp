#include "cli/completion.hpp"

#include "cli/command.hpp"

#include <functional>

namespace aistudio::cli {
namespace {

using visitor = std::function<void(const std::string& path, const CLI::App& app)>;

/// Every command with the words that lead to it: ``, `dataset`, `dataset create`, …
void visit(const CLI::App& app, const std::string& path, const visitor& f) {
    f(path, app);
    for (const auto* sub : app.get_subcommands({})) {
        std::vector<std::string> names = sub->get_aliases();
        names.insert(names.begin(), sub->get_name());
        for (const auto& name : names)
            visit(*sub, path.empty() ? name : path + ' ' + name, f);
    }
}

/// `--name` and `-n` of each option.
std::vector<std::string> option_words(const CLI::App& app) {
    std::vector<std::string> out;
    for (const auto* option : app.get_options()) {
        for (const auto& name : option->get_lnames())
            out.push_back("--" + name);
        for (const auto& name : option->get_snames())
            out.push_back("-" + name);
    }
    return out;
}

std::string words(const CLI::App& root, const CLI::App& app) {
    std::string out;
    for (const auto* sub : app.get_subcommands({}))
        out += sub->get_name() + ' ';
    for (const auto& option : option_words(app))
        out += option + ' ';
    if (&app != &root)
        for (const auto& option : option_words(root))
            out += option + ' ';
    out.pop_back();
    return out;
}

/// `case` branches from a path to its words.
std::string branches(const CLI::App& root) {
    std::string out;
    visit(root, "", [&](const std::string& path, const CLI::App& app) {
        out += "    '" + path + "') known='" + words(root, app) + "' ;;\n";
    });
    return out;
}

/// The path is made of the words before the cursor that lead on in the tree.
std::string bash_script(const CLI::App& root) {
    return "_aistudio_words() {\n"
           "  case \"$1\" in\n" +
           branches(root) +
           "    *) return 1 ;;\n"
           "  esac\n"
           "}\n"
           "_aistudio() {\n"
           "  local known path='' word\n"
           "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "    _aistudio_words \"${path:+$path }$word\" && path=\"${path:+$path }$word\"\n"
           "  done\n"
           "  _aistudio_words \"$path\"\n"
           "  COMPREPLY=($(compgen -W \"$known\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
           "}\n"
           "complete -o default -F _aistudio aistudio\n";
}

std::string zsh_script(const CLI::App& root) {
    return "#compdef aistudio\n"
           "_aistudio_words() {\n"
           "  case \"$1\" in\n" +
           branches(root) +
           "    *) return 1 ;;\n"
           "  esac\n"
           "}\n"
           "_aistudio() {\n"
           "  local known at='' word\n"
           "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
           "    _aistudio_words \"${at:+$at }$word\" && at=\"${at:+$at }$word\"\n"
           "  done\n"
           "  _aistudio_words \"$at\"\n"
           "  compadd -- ${(s: :)known}\n"
           "  _files\n"
           "}\n"
           "if [ \"$funcstack[1]\" = \"_aistudio\" ]; then _aistudio; else compdef _aistudio "
           "aistudio; fi\n";
}

std::string fish_script(const CLI::App& root) {
    std::string out =
        "function __aistudio_at\n"
        "  set -l path\n"
        "  for word in (commandline -opc)[2..-1]\n"
        "    contains -- \"$path $word\" $__aistudio_paths; and set path \"$path $word\"\n"
        "  end\n"
        "  test \"$path\" = \"$argv[1]\"\n"
        "end\n"
        "set -g __aistudio_paths\n";
    visit(root, "", [&](const std::string& path, const CLI::App& app) {
        const std::string at = path.empty() ? "" : " " + path;
        if (!path.empty())
            out += "set -a __aistudio_paths '" + at + "'\n";
        out += "complete -c aistudio -n \"__aistudio_at '" + at + "'\" -a '" + words(root, app) +
               "'\n";
    });
    return out;
}

} // namespace

std::string completion_script(const CLI::App& root, const std::string& shell) {
    return shell == "bash"  ? bash_script(root)
           : shell == "zsh" ? zsh_script(root)
                            : fish_script(root);
}

void add_completion(CLI::App& root, context& ctx) {
    auto& verb = add_verb(root, "completion", "Print a completion script for a shell",
                          "source <(aistudio completion bash)\n"
                          "aistudio completion zsh > ~/.zfunc/_aistudio\n"
                          "aistudio completion fish > ~/.config/fish/completions/aistudio.fish");
    const auto shell = argument<std::string>(verb, "SHELL", "bash, zsh or fish")
                           .required()
                           .check(CLI::IsMember({"bash", "zsh", "fish"}));
    on_run(verb, ctx, [=, &root, &ctx] { return ctx.write(completion_script(root, *shell)); });
}

} // namespace aistudio::cli
