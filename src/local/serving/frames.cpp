#include "local/serving/frames.hpp"

namespace aistudio::local::serving::frames {
namespace {

void put(std::string& out, std::size_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        out.push_back(static_cast<char>((value >> shift) & 0xFFU));
}

/// Takes numbers and texts from the front of a payload.
class reader {
public:
    explicit reader(std::string_view rest) : rest_(rest) {}

    std::optional<std::uint32_t> number() {
        const auto bytes = text(4);
        if (!bytes)
            return std::nullopt;
        std::uint32_t out = 0;
        for (unsigned i = 0; i < 4; ++i)
            out |= std::uint32_t{static_cast<unsigned char>((*bytes)[i])} << (8 * i);
        return out;
    }
    std::optional<std::string_view> text(std::size_t size) {
        if (size > rest_.size())
            return std::nullopt;
        const auto out = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return out;
    }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

std::optional<answer> decode_one(reader& in) {
    const auto code = in.number();
    const auto size = code ? in.number() : std::nullopt;
    const auto text = size ? in.text(*size) : std::nullopt;
    if (!text)
        return std::nullopt;
    answer out;
    out.code = static_cast<std::int32_t>(*code);
    (out.code == 0 ? out.result_json : out.message) = *text;
    return out;
}

} // namespace

std::string encode(const std::vector<std::string_view>& bodies) {
    std::size_t payload = header_size;
    for (const auto body : bodies)
        payload += cost(body);
    std::string out;
    out.reserve(header_size + payload);
    put(out, payload);
    put(out, bodies.size());
    for (const auto body : bodies) {
        put(out, body.size());
        out += body;
    }
    return out;
}

std::size_t payload_size(const std::array<unsigned char, header_size>& header) {
    return header[0] | header[1] << 8U | header[2] << 16U | std::size_t{header[3]} << 24U;
}

std::optional<std::vector<answer>> decode(std::string_view payload, std::size_t count) {
    reader in(payload);
    if (in.number() != count)
        return std::nullopt;
    std::vector<answer> out;
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto one = decode_one(in);
        if (!one)
            return std::nullopt;
        out.push_back(std::move(*one));
    }
    if (!in.empty())
        return std::nullopt;
    return out;
}

} // namespace aistudio::local::serving::frames
