#include "cli/command.hpp"
#include "cli/input.hpp"
#include "cli/official_files.hpp"

namespace aistudio::cli {
namespace {

namespace fs = std::filesystem;

/// A value and where it comes from.
struct origin {
    std::string value;
    std::string from;
};
BOOST_DESCRIBE_STRUCT(origin, (), (value, from))

struct configuration {
    std::filesystem::path file;
    std::filesystem::path token_file;
    std::string profile;
    origin base_url;
    origin access_token;
    std::string log_level;
};
BOOST_DESCRIBE_STRUCT(configuration, (),
                      (file, token_file, profile, base_url, access_token, log_level))

std::string cell(const origin& o) {
    return o.value.empty() ? "not set" : one_line(o.value) + "  (" + o.from + ")";
}

/// The profile that was asked for; empty: none was.
std::string asked_profile(const context& ctx, const environment& env) {
    return ctx.global.profile.empty() ? env("AISTUDIO_PROFILE").value_or("") : ctx.global.profile;
}

std::string profile_name(const context& ctx, const environment& env) {
    auto asked = asked_profile(ctx, env);
    return asked.empty() ? "default" : asked;
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
    constexpr const char* official = "STUDIO_MODEL_API_URL_PREFIX";
    if (out.base_url.from == "default" && !env(official).value_or("").empty())
        out.base_url.from = official;
    out.access_token =
        look_up("", "AISTUDIO_ACCESS_TOKEN", env, entry.access_token.empty() ? "" : "***", "");
    out.token_file = official_token_file(env);
    if (out.access_token.value.empty() && !read_setting(out.token_file).empty())
        out.access_token = {"***", "token file"};
    if (!out.access_token.value.empty())
        out.access_token.value = "***";
    out.log_level = chosen_log_level(env);
    return out;
}

int show(context& ctx) {
    const auto found = look_at(ctx);
    if (ctx.global.json)
        return ctx.write_json(found);
    const field_list fields{{"FILE", cli::cell(found.file)},
                            {"TOKEN FILE", cli::cell(found.token_file)},
                            {"PROFILE", one_line(found.profile)},
                            {"BASE URL", cell(found.base_url)},
                            {"ACCESS TOKEN", cell(found.access_token)},
                            {"LOG LEVEL", one_line(found.log_level)}};
    return ctx.write(render(fields, ctx.decorates_output()));
}

secret token_of(context& ctx, const std::string& given) {
    secret token = given == "-" ? read_secret("Access token: ", ctx.watch()) : secret(given);
    if (token.empty())
        throw usage_error("The token is empty.");
    return token;
}

fs::path place(fs::path file) {
    if (file.empty())
        throw api_error(make_problem(errc::invalid_configuration,
                                     "There is no place for the settings: HOME is not set."));
    return file;
}

void check(const profile_entry& entry) {
    client_options options;
    options.base_url = entry.base_url;
    options.access_token = entry.access_token;
    resolve_options(options, [](const std::string&) { return std::nullopt; }).value();
}

/// Changes the profile: its address, and its token when the profile was asked for. Without, the
/// token is kept where the official command has it, and none in the profile stands before it.
void save(const context& ctx, const environment& env, const secret& token) {
    const auto file = place(config_file_path({}, env));
    auto profiles = read_profiles(file).value();
    auto& entry = profiles[profile_name(ctx, env)];
    if (!ctx.global.base_url.empty())
        entry.base_url = ctx.global.base_url;
    const bool had_token = !entry.access_token.empty();
    if (!token.empty())
        entry.access_token = token;
    check(entry);
    const bool apart = token.empty() || !asked_profile(ctx, env).empty();
    if (!apart) {
        entry.access_token = {};
        write_private_file(place(official_token_file(env)), token.reveal()).value();
    }
    if (apart || had_token || !ctx.global.base_url.empty())
        write_profiles(file, profiles).value();
}

} // namespace

void add_config(CLI::App& root, context& ctx) {
    auto& verb =
        add_verb(root, "config", "Keep the token and the service's address",
                 "aistudio config --token -            (asks for it, or reads one line)\n"
                 "aistudio config --profile lab --base-url http://127.0.0.1:8080 --token -\n"
                 "aistudio config --show");
    const argument<std::string> token(
        verb, "--token,-t",
        "The access token; - asks for it, so that nobody sees it. Without --profile it is kept "
        "where the official command keeps it");
    const auto level =
        argument<std::string>(verb, "--log,-l", "debug: tell of each call on standard error")
            .check(CLI::IsMember({"info", "debug"}));
    const argument<bool> only_show(
        verb, "--show", "Show what is in force and where it comes from; never the token");
    on_run(verb, ctx, [=, &ctx] {
        const auto env = process_environment();
        if (!*only_show && (token.given() || !ctx.global.base_url.empty()))
            save(ctx, env, token.given() ? token_of(ctx, *token) : secret{});
        if (!*only_show && level.given())
            write_private_file(place(official_log_level_file(env)), *level).value();
        return show(ctx);
    });
}

} // namespace aistudio::cli
