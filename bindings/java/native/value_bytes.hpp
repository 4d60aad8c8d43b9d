#pragma once

#include "type_model.hpp"

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// Values as bytes, so that one call across JNI carries a whole value: members in order, big
/// endian, text as its length and UTF-8. `WireReader` and `WireWriter` are the Java side.
namespace aistudio::java {

class value_writer {
public:
    [[nodiscard]] std::string take() { return std::move(out_); }

    template <class T>
    void write(const T& v) {
        if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>)
            text(v);
        else if constexpr (std::same_as<T, secret>)
            text(v.reveal());
        else if constexpr (std::floating_point<T>)
            integer(std::bit_cast<std::uint64_t>(static_cast<double>(v)));
        else if constexpr (std::integral<T>)
            integer(static_cast<std::make_unsigned_t<fixed<T>>>(v));
        else if constexpr (std::same_as<T, timestamp>)
            write(std::int64_t{v.time_since_epoch().count()});
        else if constexpr (std::same_as<T, std::chrono::milliseconds>)
            write(std::int64_t{v.count()});
        else if constexpr (bindings::is_a<T, page>)
            whole_page(v);
        else if constexpr (std::same_as<T, std::filesystem::path>)
            text(v.string());
        else if constexpr (std::is_enum_v<T>)
            text(enum_name(v));
        else if constexpr (bindings::is_a<T, open_enum>)
            text(v.name());
        else if constexpr (bindings::is_a<T, basic_id>)
            write(v.value());
        else if constexpr (bindings::is_a<T, std::vector>)
            list(v);
        else if constexpr (bindings::is_a<T, std::optional>)
            optional(v);
        else
            boost::mp11::mp_for_each<bindings::members_of<T>>([&](auto d) { write(v.*d.pointer); });
    }

private:
    /// bool 1 byte, up to 32 bits 4, else 8; as `bindings::model_of` sorts them.
    template <class T>
    using fixed = std::conditional_t<
        std::same_as<T, bool>, std::int8_t,
        std::conditional_t<sizeof(T) <= sizeof(std::int32_t), std::int32_t, std::int64_t>>;

    template <std::unsigned_integral U>
    void integer(U v) {
        for (int shift = static_cast<int>(sizeof(U) - 1) * 8; shift >= 0; shift -= 8)
            out_ += static_cast<char>(static_cast<unsigned char>(v >> shift));
    }
    void size(std::size_t n) { integer(static_cast<std::uint32_t>(n)); }
    void text(std::string_view v) {
        size(v.size());
        out_ += v;
    }
    template <class List>
    void list(const List& v) {
        size(v.size());
        for (const auto& item : v)
            write(item);
    }
    template <class Page>
    void whole_page(const Page& v) {
        list(v.items);
        write(v.total);
        write(v.number);
        write(v.size);
    }
    template <class Optional>
    void optional(const Optional& v) {
        write(v.has_value());
        if (v)
            write(*v);
    }

    std::string out_;
};

/// Calls the functions that came along with a value: `index` counts those that are there.
using function_caller = std::function<void(std::uint32_t index, const std::string& arguments)>;

class value_reader {
public:
    explicit value_reader(std::string_view in, function_caller functions = {})
        : in_(in), functions_(std::move(functions)) {}

    template <class T>
    T read() {
        if constexpr (std::same_as<T, std::string>)
            return std::string(text());
        else if constexpr (std::same_as<T, secret>)
            return secret(std::string(text()));
        else if constexpr (std::same_as<T, bool>)
            return integer<std::uint8_t>() != 0;
        else if constexpr (std::floating_point<T>)
            return static_cast<T>(std::bit_cast<double>(integer<std::uint64_t>()));
        else if constexpr (std::integral<T>)
            return whole<T>();
        else if constexpr (std::same_as<T, timestamp>)
            return timestamp(std::chrono::milliseconds(read<std::int64_t>()));
        else if constexpr (std::same_as<T, std::chrono::milliseconds>)
            return std::chrono::milliseconds(read<std::int64_t>());
        else if constexpr (bindings::is_callback<T>)
            return function(std::type_identity<T>{});
        else if constexpr (std::same_as<T, std::filesystem::path>)
            return std::filesystem::path(std::string(text()));
        else if constexpr (std::is_enum_v<T>)
            return named<T>(text());
        else if constexpr (bindings::is_a<T, open_enum>)
            return T::from_name(text());
        else if constexpr (bindings::is_a<T, basic_id>)
            return T(read<typename T::value_type>());
        else if constexpr (bindings::is_a<T, std::vector>)
            return list<T>();
        else if constexpr (bindings::is_a<T, std::optional>)
            return read<bool>() ? T(read<typename T::value_type>()) : T();
        else
            return record<T>();
    }

private:
    std::string_view take(std::size_t n) {
        if (n > in_.size())
            throw std::out_of_range("a value from Java ends early");
        const auto out = in_.substr(0, n);
        in_.remove_prefix(n);
        return out;
    }
    template <class E>
    static E named(std::string_view name) {
        E out{};
        if constexpr (requires { E::unknown; })
            out = open_enum<E>::from_name(name).value();
        else if (!enum_from_name(name, out))
            throw std::out_of_range("an enumeration from Java has no value of this name");
        return out;
    }
    template <std::unsigned_integral U>
    U integer() {
        std::uint64_t out = 0;
        for (const char c : take(sizeof(U)))
            out = out << 8U | static_cast<unsigned char>(c);
        return static_cast<U>(out);
    }
    template <class T>
    T whole() {
        if constexpr (sizeof(T) <= sizeof(std::int32_t))
            return static_cast<T>(integer<std::uint32_t>());
        else
            return static_cast<T>(integer<std::uint64_t>());
    }
    std::string_view text() { return take(integer<std::uint32_t>()); }
    template <class... A>
    std::function<void(A...)> function(std::type_identity<std::function<void(A...)>>) {
        if (!read<bool>())
            return {};
        if (!functions_)
            throw std::invalid_argument("a function cannot be called from here");
        return [call = functions_, index = next_function_++](A... arguments) {
            value_writer out;
            (out.write(arguments), ...);
            call(index, out.take());
        };
    }
    template <class List>
    List list() {
        List out;
        for (auto left = integer<std::uint32_t>(); left > 0; --left)
            out.push_back(read<typename List::value_type>());
        return out;
    }
    template <class T>
    T record() {
        T out{};
        boost::mp11::mp_for_each<bindings::members_of<T>>([&](auto d) {
            auto& member = out.*d.pointer;
            member = read<std::remove_reference_t<decltype(member)>>();
        });
        return out;
    }

    std::string_view in_;
    function_caller functions_;
    std::uint32_t next_function_ = 0;
};

template <class T>
std::string to_bytes(const T& value) {
    value_writer out;
    out.write(value);
    return out.take();
}

template <class T>
T from_bytes(std::string_view bytes) {
    return value_reader(bytes).read<T>();
}

} // namespace aistudio::java
