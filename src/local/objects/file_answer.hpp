#pragma once

#include "local/http/message.hpp"

#include <aistudio/types/timestamp.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace aistudio::local::objects {

/// A file, or what of it the header `Range` asks for; nullopt when the range begins behind its end.
[[nodiscard]] std::optional<http::response> file_answer(const std::filesystem::path& file,
                                                        std::uint64_t size, std::string_view range);

/// As in `Last-Modified`.
[[nodiscard]] std::string http_date(timestamp t);

} // namespace aistudio::local::objects
