#include "local/objects/file_answer.hpp"

#include "local/objects/range.hpp"

#include <array>
#include <ctime>

namespace aistudio::local::objects {

std::optional<http::response> file_answer(const std::filesystem::path& file, std::uint64_t size,
                                          std::string_view range) {
    const auto wanted = parse_range(range, size);
    if (wanted.what == byte_range::kind::unsatisfiable)
        return std::nullopt;
    http::response r;
    r.content_type = "application/octet-stream";
    r.headers = {{"Accept-Ranges", "bytes"}};
    if (wanted.what == byte_range::kind::part) {
        r.status = 206;
        r.headers.emplace_back("Content-Range",
                               "bytes " + std::to_string(wanted.first) + "-" +
                                   std::to_string(wanted.first + wanted.length - 1) + "/" +
                                   std::to_string(size));
    }
    r.file = http::file_part{store::open_to_read(file), wanted.first, wanted.length};
    return r;
}

std::string http_date(timestamp t) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(t);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    return {text.data(),
            std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

} // namespace aistudio::local::objects
