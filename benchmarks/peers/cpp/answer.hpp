#pragma once

#include <simdjson.h>

#include <charconv>
#include <string_view>

/// Reads `[[price]]`. One for each connection or loop: the parser's memory is used again.
class answer_reader {
public:
    /// `body` has simdjson::SIMDJSON_PADDING readable bytes behind it.
    bool read(std::string_view body, double& price) {
        simdjson::ondemand::document document;
        if (parser_.iterate(body.data(), body.size(), body.size() + simdjson::SIMDJSON_PADDING)
                .get(document) != simdjson::SUCCESS)
            return false;
        std::size_t prices = 0;
        for (auto row : document.get_array())
            for (auto cell : row.get_array()) {
                if (cell.get_double().get(price) != simdjson::SUCCESS)
                    return false;
                ++prices;
            }
        return prices == 1;
    }

private:
    simdjson::ondemand::parser parser_;
};

// The body of a whole answer; `whole` is false while bytes are missing.
struct answer {
    bool whole = false;
    bool right = false;
    std::string_view body;
};

inline answer parse(std::string_view text) {
    const auto header = text.find("\r\n\r\n");
    if (header == std::string_view::npos)
        return {};
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto field = text.substr(0, header).find(name);
    if (field == std::string_view::npos)
        return {true, false, {}};
    std::size_t length = 0;
    const char* digits = text.data() + field + name.size();
    std::from_chars(digits, text.data() + header, length);
    if (text.size() < header + 4 + length)
        return {};
    return {true, text.starts_with("HTTP/1.1 200 "), text.substr(header + 4, length)};
}
