#include "cli/command.hpp"
#include "cli/input.hpp"

namespace aistudio::cli {
namespace {

/// A value and where it comes from.
struct origin {
    std::string value;
    std::string from;
};
BOOST_DESCRIBE_STRUCT(origin, (), (value, from))

struct configuration {
    std::filesystem::path file;
    std::string profile;
    origin base_url;
    origin access_token;
};
BOOST_DESCRIBE_STRUCT(configuration, (), (file, profile, base_url, access_token))

std::string cell(const origin& o) {
    return o.value.empty() ? "not set" : one_line(o.value) + "  (" + o.from + ")";
}

std::string profile_name(const context& ctx, const environment& env) {
    if (!ctx.global.profile.empty())
        return ctx.global.profile;
    return env("AISTUDIO_PROFILE").value_or("").empty() ? "default" : *env("AISTUDIO_PROFILE");
}

/// By the same order as `resolve_options`.
origin look_up(const std::string& option, const char* name, const environment& env,
               std::string kept, std::string otherwise) {
    if (!option.empty())
        return {option, "option"};
    if (auto value = env(name).value_or(""); !value.empty())
        return {std::move(value), name};
    if (!kept.empty())
        return {std::move(kept), "profile file"};
    return {std::move(otherwise), "default"};
}

configuration look_at(const context& ctx) {
    const auto env = process_environment();
    configuration out;
    out.file = config_file_path({}, env);
    out.profile = profile_name(ctx, env);
    const auto entry = read_profiles(out.file).value()[out.profile];
    const auto resolved = resolve_options(ctx.client_settings());
    out.base_url = look_up(ctx.global.base_url, "AISTUDIO_BASE_URL", env, entry.base_url,
                           resolved ? resolved->base_url : "");
    out.access_token =
        look_up("", "AISTUDIO_ACCESS_TOKEN", env, entry.access_token.empty() ? "" : "***", "");
    if (!out.access_token.value.empty())
        out.access_token.value = "***";
    return out;
}

int show(context& ctx) {
    const auto found = look_at(ctx);
    if (ctx.global.json)
        return ctx.write_json(found);
    const field_list fields{{"FILE", cli::cell(found.file)},
                            {"PROFILE", one_line(found.profile)},
                            {"BASE URL", cell(found.base_url)},
                            {"ACCESS TOKEN", cell(found.access_token)}};
    return ctx.write(render(fields, ctx.decorates_output()));
}

secret token_of(context& ctx, const std::string& given) {
    secret token = given == "-" ? read_secret("Access token: ", ctx.watch()) : secret(given);
    if (token.empty())
        throw usage_error("The token is empty.");
    return token;
}

int save(context& ctx, const argument<std::string>& token) {
    const auto env = process_environment();
    const auto file = config_file_path({}, env);
    if (file.empty())
        throw api_error(make_problem(errc::invalid_configuration,
                                     "There is no place for a profile file: HOME is not set."));
    auto profiles = read_profiles(file).value();
    auto& entry = profiles[profile_name(ctx, env)];
    if (token.given())
        entry.access_token = token_of(ctx, *token);
    if (!ctx.global.base_url.empty())
        entry.base_url = ctx.global.base_url;
    client_options checked;
    checked.base_url = entry.base_url;
    checked.access_token = entry.access_token;
    resolve_options(checked, [](const std::string&) { return std::nullopt; }).value();
    write_profiles(file, profiles).value();
    return show(ctx);
}

} // namespace

void add_config(CLI::App& root, context& ctx) {
    auto& verb =
        add_verb(root, "config", "Keep the token and the service's address in the profile file",
                 "aistudio config --token -            (asks for it, or reads one line)\n"
                 "aistudio config --profile lab --base-url http://127.0.0.1:8080 --token -\n"
                 "aistudio config --show");
    const argument<std::string> token(verb, "--token,-t",
                                      "The access token; - asks for it, so that nobody sees it");
    const argument<bool> only_show(
        verb, "--show", "Show what is in force and where it comes from; never the token");
    on_run(verb, ctx, [=, &ctx] {
        if (*only_show || (!token.given() && ctx.global.base_url.empty()))
            return show(ctx);
        return save(ctx, token);
    });
}

} // namespace aistudio::cli
