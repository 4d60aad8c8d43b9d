#include "cli/application.hpp"

#include "cli/command.hpp"
#include "cli/official_forms.hpp"

#include <aistudio/version.hpp>

#include <algorithm>
#include <iostream>
#include <utility>

namespace aistudio::cli {
namespace {

void add_global_options(CLI::App& app, global_options& global) {
    app.set_version_flag("--version", "aistudio " + std::string(version_string),
                         "Print the version and exit");
    app.add_flag("--json", global.json, "One JSON document on standard output, for programs");
    app.add_option("--base-url", global.base_url, "Address of the service (AISTUDIO_BASE_URL)")
        ->type_name("URL");
    app.add_option("--profile", global.profile, "Section of the profile file (AISTUDIO_PROFILE)")
        ->type_name("NAME");
    app.add_flag("--quiet,-q", global.quiet, "No progress and no notes on standard error");
    app.add_option("--lang", global.lang, "Language of error messages; default: that of LANG")
        ->check(CLI::IsMember({"en", "zh"}));
    app.add_option("--timeout", global.timeout, "Seconds one operation may take")
        ->check(CLI::Validator(
            [](std::string& text) {
                double seconds = 0;
                return CLI::detail::lexical_cast(text, seconds) && seconds > 0 && seconds < 1e9
                           ? std::string{}
                           : std::string("must be a number above 0");
            },
            ""))
        ->type_name("SECONDS");
}

const CLI::App& innermost(const CLI::App& app) {
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? app : innermost(*chosen.front());
}

std::string full_name(const CLI::App& app) {
    return app.get_parent() == nullptr ? app.get_name()
                                       : full_name(*app.get_parent()) + ' ' + app.get_name();
}

std::string subcommand_names(const CLI::App& app) {
    std::string out;
    for (const auto* sub : app.get_subcommands({}))
        out.append(out.empty() ? "" : ", ").append(sub->get_name());
    return out;
}

/// One line about what is wrong. CLI11's own text for unexpected words would repeat a secret behind
/// a mistyped option.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App& at = innermost(app);
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
        return "Not understood: " + shown_words(app.remaining(true)) + ".";
    if (at.get_require_subcommand_min() > 0 && at.get_subcommands().empty()) {
        const auto words = app.remaining(true);
        return (words.empty() ? "" : "Not understood: " + shown_words(words) + "; ") + "`" +
               full_name(at) + "` needs one of: " + subcommand_names(at) + ".";
    }
    return std::string(error.what()) + ".";
}

int report(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0)
        return app.exit(error); // help or version
    std::cerr << "aistudio: " << explain(app, error) << " See `" << full_name(innermost(app))
              << " --help`.\n";
    return wrong_usage;
}

} // namespace

void build(CLI::App& app, context& ctx) {
    app.name("aistudio");
    app.require_subcommand(1);
    app.fallthrough(); // global options may stand anywhere
    app.get_formatter()->column_width(34);
    app.footer(
        "Examples:\n"
        "  aistudio local up --detach\n"
        "  aistudio dataset create housing uci_housing.csv\n"
        "  aistudio job submit --name train --folder code --cmd \"python train.py\" --follow\n"
        "\nExit status: 0 success, 1 the operation failed, 2 wrong usage, 130 interrupted.");
    add_global_options(app, ctx.global);
    add_dataset(app, ctx);
    add_project(app, ctx);
    add_job(app, ctx);
    add_official_job_forms(app, ctx);
    add_service(app, ctx);
    add_model(app, ctx);
    add_upload(app, ctx);
    add_download(app, ctx);
    add_predict(app, ctx);
    add_bench(app, ctx);
    add_chat(app, ctx);
    add_local(app, ctx);
    add_config(app, ctx);
    add_completion(app, ctx);
}

int run(int argc, const char* const* argv) {
    context ctx;
    CLI::App app(
        "AI Studio on the command line: datasets, projects, jobs, prediction services, models.");
    build(app, ctx);
    try {
        auto words = from_official_forms({argv + std::min(argc, 1), argv + argc}, app);
        std::reverse(words.begin(), words.end()); // as CLI11 wants them
        app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        return report(app, error);
    }
    return ctx.run();
}

} // namespace aistudio::cli
