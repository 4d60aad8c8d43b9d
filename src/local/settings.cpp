#include "local/settings.hpp"

#include "local/store/files.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstdlib>

namespace aistudio::local {
namespace fs = std::filesystem;
namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}
bool is_printable(char c) { return c > ' ' && c < 0x7F; }

std::string trimmed(std::string text) {
    text.erase(text.find_last_not_of(" \r\n\t") + 1);
    return text;
}

problem wrong(std::string why) { return make_problem(errc::invalid_argument, std::move(why)); }

} // namespace

result<void> check_options(const studio_options& o) {
    if (o.directory.empty())
        return wrong("The studio's directory is not set.");
    std::error_code ec;
    if (fs::exists(o.directory, ec) && !fs::is_directory(o.directory, ec))
        return wrong("The studio's directory `" + o.directory.string() + "` is a file.");
    boost::system::error_code no_address;
    boost::asio::ip::make_address(o.address, no_address);
    if (no_address)
        return wrong("`" + o.address + "` is not an IP address to listen on.");
    if (o.user.empty() || o.user.size() > 64 ||
        !std::all_of(o.user.begin(), o.user.end(), is_name_character))
        return wrong("The user's name must be 1 to 64 letters, digits, `-` or `_`.");
    const auto token = o.token.reveal();
    if (token.size() > 256 || !std::all_of(token.begin(), token.end(), is_printable))
        return wrong("The access token must be at most 256 printable characters without blanks.");
    if (o.max_running_jobs < 1)
        return wrong("max_running_jobs must be at least 1.");
    if (o.max_request_bytes < 1)
        return wrong("max_request_bytes must be at least 1.");
    return {};
}

fs::path default_python(const fs::path& option) {
    if (!option.empty())
        return option;
    const char* set = std::getenv("AISTUDIO_PYTHON");
    return set != nullptr && *set != '\0' ? fs::path(set) : fs::path("python3");
}

secret token_for(const studio_options& o) {
    if (!o.token.empty())
        return o.token;
    const auto file = o.directory / "token";
    if (fs::exists(file)) {
        auto kept = trimmed(store::read_all(file));
        if (!kept.empty())
            return secret(std::move(kept));
    }
    auto made = store::random_hex(20);
    store::write_private(file, made + "\n");
    return secret(std::move(made));
}

} // namespace aistudio::local
