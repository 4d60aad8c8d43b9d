#pragma once

#include <aistudio/client_options.hpp>
#include <aistudio/codec/json.hpp>
#include <aistudio/protocol/http_message.hpp>
#include <aistudio/protocol/url.hpp>

#include <boost/describe/class.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aistudio {

BOOST_DESCRIBE_STRUCT(profile_entry, (), (base_url, access_token, git_url))

namespace detail {

inline constexpr std::string_view default_base_url = "https://aistudio.baidu.com";
inline constexpr std::string_view default_git_url = "https://git.aistudio.baidu.com";
inline constexpr std::size_t longest_token_file = 4096;

inline std::string lookup(const environment& env, const char* name) {
    return env(name).value_or(std::string{});
}

inline problem config_problem(const std::filesystem::path& file, std::string_view why) {
    return make_problem(errc::invalid_configuration,
                        "`" + file.string() + "` " + std::string(why) + ".");
}

inline problem cannot_write(const std::filesystem::path& file) {
    return make_problem(errc::write_failed, "`" + file.string() + "` cannot be written.",
                        phase::store);
}

/// Those that exist stay as they are.
inline bool make_private_folders(const std::filesystem::path& folder) {
    std::error_code error;
    if (folder.empty() || std::filesystem::is_directory(folder, error))
        return true;
    return make_private_folders(folder.parent_path()) &&
           (::mkdir(folder.c_str(), S_IRWXU) == 0 || errno == EEXIST);
}

inline bool write_all(int number, std::string_view text) {
    while (!text.empty()) {
        const auto n = ::write(number, text.data(), text.size());
        if (n < 0 && errno != EINTR)
            return false;
        text.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
    }
    return true;
}

inline result<void> check_private(const std::filesystem::path& file) {
    using std::filesystem::perms;
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error)
        return config_problem(file, "cannot be examined");
    constexpr perms others = perms::group_all | perms::others_all;
    if ((status.permissions() & others) != perms::none)
        return config_problem(file,
                              "holds keys but other users may open it; run `chmod 600` on it");
    return {};
}

/// Takes what `options` leaves open from the chosen profile.
inline result<void> apply_profile(client_options& options, const environment& env) {
    options.config_file = config_file_path(options, env);
    const bool named = !options.profile.empty() || !lookup(env, "AISTUDIO_PROFILE").empty();
    if (options.profile.empty())
        options.profile = lookup(env, "AISTUDIO_PROFILE");
    if (options.profile.empty())
        options.profile = "default";
    auto profiles = read_profiles(options.config_file);
    if (!profiles)
        return profiles.error();
    const auto found = profiles->find(options.profile);
    if (found == profiles->end())
        return named ? result<void>(config_problem(options.config_file,
                                                   "has no profile `" + options.profile + "`"))
                     : result<void>{};
    if (options.base_url.empty() || options.base_url == found->second.base_url) {
        options.base_url = found->second.base_url;
        if (options.git_url.empty())
            options.git_url = found->second.git_url;
    }
    if (options.access_token.empty())
        options.access_token = found->second.access_token;
    return {};
}

/// The token that the platform's own command keeps; none when there is no such file.
inline secret read_official_token(const environment& env) {
    const auto file = official_token_file(env);
    std::error_code none;
    if (file.empty() || !std::filesystem::is_regular_file(file, none))
        return {};
    std::ifstream in(file, std::ios::binary);
    std::string text(longest_token_file, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = std::min(text.find_first_not_of(blanks), text.size());
    return secret(text.substr(first, text.find_last_not_of(blanks) + 1 - first));
}

/// Takes the slashes at the end off and refuses what is no plain address. `what` names it in texts.
inline result<void> check_address(std::string& text, std::string_view what) {
    while (text.ends_with('/'))
        text.pop_back();
    const auto parsed = parse_url(text);
    if (!parsed)
        return make_problem(errc::invalid_configuration, parsed.error().detail);
    if (parsed->target.find('?') != std::string::npos || !parsed->user_info.empty())
        return make_problem(errc::invalid_configuration,
                            "The " + std::string(what) +
                                " must have neither a query nor a user name.");
    return {};
}

/// Both addresses, in the order in which they follow from each other.
inline result<void> complete_addresses(client_options& options, const environment& env) {
    if (options.base_url.empty())
        options.base_url = lookup(env, "STUDIO_MODEL_API_URL_PREFIX");
    if (options.base_url.empty())
        options.base_url = default_base_url;
    if (auto fine = check_address(options.base_url, "base URL"); !fine)
        return fine;
    if (options.git_url.empty())
        options.git_url = options.base_url == default_base_url ? default_git_url : options.base_url;
    return check_address(options.git_url, "Git host's URL");
}

inline result<void> check_limits(const client_options& options) {
    const auto bad = [](std::string_view what) {
        return make_problem(errc::invalid_configuration, std::string(what));
    };
    if (options.retry.max_attempts < 1 || options.retry.max_attempts > 10)
        return bad("retry.max_attempts must be 1 to 10.");
    if (options.pool.max_connections < 1)
        return bad("pool.max_connections must be at least 1.");
    if (options.pool.pipeline_depth < 1 || options.pool.pipeline_depth > 256)
        return bad("pool.pipeline_depth must be 1 to 256; 1 turns pipelining off.");
    if (options.prediction_threads < 1 || options.prediction_threads > 64)
        return bad("prediction_threads must be 1 to 64.");
    if (!is_header_value(options.access_token.reveal()))
        return bad("The access token has a line break or control character in it.");
    if (options.deadline.count() < 0)
        return bad("deadline must not be negative.");
    return {};
}

} // namespace detail

AISTUDIO_DECL environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str()); // NOLINT: read once, when a client is made
        if (value == nullptr)
            return std::nullopt;
        return std::string(value);
    };
}

AISTUDIO_DECL std::filesystem::path config_file_path(const client_options& options,
                                                     const environment& env) {
    if (!options.config_file.empty())
        return options.config_file;
    if (auto file = detail::lookup(env, "AISTUDIO_CONFIG_FILE"); !file.empty())
        return file;
    if (auto xdg = detail::lookup(env, "XDG_CONFIG_HOME"); !xdg.empty())
        return std::filesystem::path(xdg) / "aistudio" / "config.json";
    const auto home = detail::lookup(env, "HOME");
    return home.empty() ? std::filesystem::path{}
                        : std::filesystem::path(home) / ".config" / "aistudio" / "config.json";
}

AISTUDIO_DECL std::filesystem::path official_token_file(const environment& env) {
    auto home = detail::lookup(env, "AISTUDIO_CACHE_HOME");
    if (home.empty())
        home = detail::lookup(env, "HOME");
    return home.empty() ? std::filesystem::path{}
                        : std::filesystem::path(home) / ".cache" / "aistudio" / ".auth" / "token";
}

AISTUDIO_DECL result<std::map<std::string, profile_entry>>
read_profiles(const std::filesystem::path& file) {
    std::error_code error;
    if (file.empty() || !std::filesystem::exists(file, error))
        return std::map<std::string, profile_entry>{};
    if (auto fine = detail::check_private(file); !fine)
        return fine.error();
    if (!std::filesystem::is_regular_file(file, error))
        return detail::config_problem(file, "is not a file");
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in)
        return detail::config_problem(file, "cannot be read");
    auto profiles = from_json<std::map<std::string, profile_entry>>(text);
    if (!profiles)
        return detail::config_problem(
            file,
            "is not of the form {\"default\": {\"base_url\": \"…\", \"access_token\": \"…\"}}");
    return profiles;
}

AISTUDIO_DECL result<void> write_private_file(const std::filesystem::path& file,
                                              std::string_view text) {
    if (!detail::make_private_folders(file.parent_path()))
        return detail::cannot_write(file);
    std::string part = file.string() + ".XXXXXX";          // of its own: two may write at a time
    const int number = ::mkostemp(part.data(), O_CLOEXEC); // makes it 0600
    if (number < 0)
        return detail::cannot_write(file);
    const bool written = detail::write_all(number, text) && ::fsync(number) == 0;
    const bool closed = ::close(number) == 0;
    if (written && closed && std::rename(part.c_str(), file.c_str()) == 0)
        return {};
    ::unlink(part.c_str());
    return detail::cannot_write(file);
}

AISTUDIO_DECL result<void> write_profiles(const std::filesystem::path& file,
                                          const std::map<std::string, profile_entry>& profiles) {
    const auto text = to_json(profiles, secrets::reveal);
    if (!text)
        return text.error();
    return write_private_file(file, *text + '\n');
}

AISTUDIO_DECL result<client_options> resolve_options(client_options options,
                                                     const environment& env) {
    if (options.base_url.empty())
        options.base_url = detail::lookup(env, "AISTUDIO_BASE_URL");
    if (options.git_url.empty())
        options.git_url = detail::lookup(env, "STUDIO_GIT_HOST");
    if (options.access_token.empty())
        options.access_token = secret(detail::lookup(env, "AISTUDIO_ACCESS_TOKEN"));
    if (auto done = detail::apply_profile(options, env); !done)
        return done.error();
    if (options.access_token.empty())
        options.access_token = detail::read_official_token(env);
    if (auto done = detail::complete_addresses(options, env); !done)
        return done.error();
    if (auto fine = detail::check_limits(options); !fine)
        return fine.error();
    return options;
}

} // namespace aistudio
