#pragma once

#include <simdjson.h>

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
