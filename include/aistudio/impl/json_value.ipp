#pragma once

#include <aistudio/codec/json_value.hpp>

#include <simdjson.h>

#include <bit>
#include <cmath>

namespace aistudio {
namespace detail {

// Our views are simdjson's, hidden behind two words so that users' files need not parse simdjson.
static_assert(sizeof(simdjson::dom::element) == sizeof(json_value::raw));
static_assert(sizeof(simdjson::dom::array::iterator) == sizeof(json_value::raw));
static_assert(sizeof(simdjson::dom::object::iterator) == sizeof(json_value::raw));
static_assert(std::is_trivially_copyable_v<simdjson::dom::element>);

inline simdjson::dom::element element(json_value::raw r) noexcept {
    return std::bit_cast<simdjson::dom::element>(r);
}
inline json_value::raw to_raw(simdjson::dom::element e) noexcept {
    return std::bit_cast<json_value::raw>(e);
}

template <class Iterator>
Iterator iterator_from(json_value::raw r) noexcept {
    return std::bit_cast<Iterator>(r);
}

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

AISTUDIO_DECL json_kind json_value::kind() const noexcept {
    if (raw_.document == nullptr)
        return json_kind::null;
    switch (detail::element(raw_).type()) {
    case simdjson::dom::element_type::ARRAY:
        return json_kind::array;
    case simdjson::dom::element_type::OBJECT:
        return json_kind::object;
    case simdjson::dom::element_type::INT64:
        return json_kind::integer;
    case simdjson::dom::element_type::UINT64:
        return json_kind::unsigned_integer;
    case simdjson::dom::element_type::DOUBLE:
        return json_kind::number;
    case simdjson::dom::element_type::STRING:
        return json_kind::string;
    case simdjson::dom::element_type::BOOL:
        return json_kind::boolean;
    case simdjson::dom::element_type::NULL_VALUE:
        return json_kind::null;
    }
    return json_kind::null;
}

AISTUDIO_DECL std::optional<bool> json_value::get_bool() const noexcept {
    if (kind() != json_kind::boolean)
        return std::nullopt;
    return detail::element(raw_).get_bool().value_unsafe();
}

AISTUDIO_DECL std::optional<std::int64_t> json_value::get_int64() const noexcept {
    switch (kind()) {
    case json_kind::integer:
        return detail::element(raw_).get_int64().value_unsafe();
    case json_kind::number: {
        const double d = detail::element(raw_).get_double().value_unsafe();
        // 2^63 itself is a double; everything below it converts exactly when it has no fraction
        if (d != std::trunc(d) || d < -0x1p63 || d >= 0x1p63)
            return std::nullopt;
        return static_cast<std::int64_t>(d);
    }
    default:
        return std::nullopt;
    }
}

AISTUDIO_DECL std::optional<std::uint64_t> json_value::get_uint64() const noexcept {
    if (kind() == json_kind::unsigned_integer)
        return detail::element(raw_).get_uint64().value_unsafe();
    if (const auto n = get_int64())
        return *n < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*n));
    const double d = kind() == json_kind::number ? *get_double() : 0;
    if (d < 0x1p63 || d >= 0x1p64)
        return std::nullopt; // between them every double is whole
    return static_cast<std::uint64_t>(d);
}

AISTUDIO_DECL std::optional<double> json_value::get_double() const noexcept {
    double out = 0;
    if (raw_.document == nullptr ||
        detail::element(raw_).get_double().get(out) != simdjson::SUCCESS)
        return std::nullopt;
    return out;
}

AISTUDIO_DECL std::optional<std::string_view> json_value::get_string() const noexcept {
    if (kind() != json_kind::string)
        return std::nullopt;
    return detail::element(raw_).get_string().value_unsafe();
}

AISTUDIO_DECL std::size_t json_value::size() const noexcept {
    // counted, not asked: simdjson's own size saturates at 2^24
    std::size_t n = 0;
    if (kind() == json_kind::array)
        for ([[maybe_unused]] const json_value v : items())
            ++n;
    else if (kind() == json_kind::object)
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

AISTUDIO_DECL json_array_range json_value::items() const noexcept {
    simdjson::dom::array array;
    if (kind() != json_kind::array ||
        detail::element(raw_).get_array().get(array) != simdjson::SUCCESS)
        return {raw_, raw_};
    return {std::bit_cast<raw>(array.begin()), std::bit_cast<raw>(array.end())};
}

AISTUDIO_DECL json_object_range json_value::fields() const noexcept {
    simdjson::dom::object object;
    if (kind() != json_kind::object ||
        detail::element(raw_).get_object().get(object) != simdjson::SUCCESS)
        return {raw_, raw_};
    return {std::bit_cast<raw>(object.begin()), std::bit_cast<raw>(object.end())};
}

AISTUDIO_DECL std::string json_value::to_string() const {
    return raw_.document == nullptr ? std::string("null")
                                    : std::string(simdjson::minify(detail::element(raw_)));
}

AISTUDIO_DECL json_array_range::iterator& json_array_range::iterator::operator++() noexcept {
    at_ = std::bit_cast<json_value::raw>(
        ++detail::iterator_from<simdjson::dom::array::iterator>(at_));
    return *this;
}

AISTUDIO_DECL json_field json_object_range::iterator::operator*() const noexcept {
    const auto it = detail::iterator_from<simdjson::dom::object::iterator>(at_);
    return {it.key(), json_value(detail::to_raw(it.value()))};
}

AISTUDIO_DECL json_object_range::iterator& json_object_range::iterator::operator++() noexcept {
    at_ = std::bit_cast<json_value::raw>(
        ++detail::iterator_from<simdjson::dom::object::iterator>(at_));
    return *this;
}

static_assert(json_padding >= simdjson::SIMDJSON_PADDING);

struct json_document::impl {
    simdjson::dom::parser parser;
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
        root = detail::to_raw(parsed);
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
