#pragma once

#include <aistudio/codec/json_value.hpp>

#include <simdjson.h>

#include <bit>
#include <cmath>

namespace aistudio {
namespace detail {

inline std::string_view explain(simdjson::error_code e) noexcept {
    switch (e) {
    case simdjson::EMPTY:
        return "it is empty";
    case simdjson::DEPTH_ERROR:
        return "it is nested deeper than 1024 levels";
    case simdjson::UTF8_ERROR:
        return "it is not valid UTF-8";
    case simdjson::CAPACITY:
        return "it is too large";
    case simdjson::NUMBER_ERROR:
        return "it has a number that JSON does not allow or 64 bits do not hold";
    case simdjson::STRING_ERROR:
        return "it has a malformed string";
    case simdjson::UNCLOSED_STRING:
        return "it ends inside a string";
    default:
        return "it is not well-formed";
    }
}

} // namespace detail

AISTUDIO_DECL std::optional<std::int64_t> json_value::int64_of_double() const noexcept {
    if (type() != 'd')
        return std::nullopt;
    const auto d = std::bit_cast<double>(number());
    // 2^63 itself is a double; everything below it converts exactly when it has no fraction
    if (d != std::trunc(d) || d < -0x1p63 || d >= 0x1p63)
        return std::nullopt;
    return static_cast<std::int64_t>(d);
}

AISTUDIO_DECL std::optional<std::uint64_t> json_value::get_uint64() const noexcept {
    if (type() == 'u')
        return number();
    if (const auto n = get_int64())
        return *n < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*n));
    const double d = type() == 'd' ? std::bit_cast<double>(number()) : 0;
    if (d < 0x1p63 || d >= 0x1p64)
        return std::nullopt; // between them every double is whole
    return static_cast<std::uint64_t>(d);
}

AISTUDIO_DECL std::size_t json_value::size() const noexcept {
    if (type() != '[' && type() != '{')
        return 0;
    constexpr std::size_t saturated = 0xffffff;
    std::size_t n = raw_.tape->payload(raw_.index) >> 32U;
    if (n < saturated)
        return n;
    n = 0;
    for ([[maybe_unused]] const json_value v : items())
        ++n;
    for ([[maybe_unused]] const json_field f : fields())
        ++n;
    return n;
}

AISTUDIO_DECL std::optional<json_value> json_value::find(std::string_view key) const noexcept {
    for (const json_field field : fields())
        if (field.key == key)
            return field.value;
    return std::nullopt;
}

AISTUDIO_DECL std::string json_value::to_string() const {
    if (raw_.tape == nullptr)
        return "null";
    struct {
        const void* document;
        std::size_t index;
    } const place{raw_.tape->document, raw_.index};
    static_assert(sizeof place == sizeof(simdjson::dom::element));
    return simdjson::minify(std::bit_cast<simdjson::dom::element>(place));
}

static_assert(json_padding >= simdjson::SIMDJSON_PADDING);

struct json_document::impl {
    simdjson::dom::parser parser;
    detail::json_tape tape;
    json_value::raw root{nullptr, 0};

    result<json_value> parse(std::string_view text, bool copy) {
        root = {nullptr, 0};
        simdjson::dom::element parsed;
        const auto error = parser.parse(text.data(), text.size(), copy).get(parsed);
        if (error != simdjson::SUCCESS)
            return make_problem(
                errc::decode_failed,
                std::string("The text is not JSON: ").append(detail::explain(error)).append("."),
                phase::decode);
        tape = {parser.doc.tape.get(), parser.doc.string_buf.get(), &parser.doc};
        root = {&tape, 1}; // the first word is the tape's own
        return json_value(root);
    }
};

AISTUDIO_DECL json_document::json_document() : impl_(std::make_unique<impl>()) {}
AISTUDIO_DECL json_document::json_document(json_document&&) noexcept = default;
AISTUDIO_DECL json_document& json_document::operator=(json_document&&) noexcept = default;
AISTUDIO_DECL json_document::~json_document() = default;

AISTUDIO_DECL json_document::impl& json_document::parser() {
    if (!impl_)
        impl_ = std::make_unique<impl>(); // after a move
    return *impl_;
}

AISTUDIO_DECL result<json_value> json_document::parse(std::string_view text) {
    return parser().parse(text, true);
}

AISTUDIO_DECL result<json_value> json_document::parse_padded(std::string_view text) {
    return parser().parse(text, false);
}

AISTUDIO_DECL json_value json_document::root() const noexcept {
    return json_value(impl_ ? impl_->root : json_value::raw{nullptr, 0});
}

AISTUDIO_DECL json_document& detail::thread_document() {
    thread_local json_document document;
    return document;
}

} // namespace aistudio
