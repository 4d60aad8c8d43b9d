#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace aistudio {

/// A token or key that cannot be printed by accident.
///
/// There is no conversion to a string and `operator<<` writes `***`. The only way to the text is
/// `reveal()`, so that every place where a key leaves the process can be found by searching for
/// that word. The memory is overwritten when the value is destroyed or replaced. Comparison takes
/// the same time wherever the first difference is.
///
/// @par Thread safety  Distinct objects: safe. One object: as `std::string`.
class secret {
public:
    secret() = default;
    /// Takes over `text`. An empty text means "no secret".
    explicit secret(std::string text) noexcept : text_(std::move(text)) {}
    secret(const secret& other) = default;
    secret(secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
    secret& operator=(const secret& other) {
        if (this != &other) {
            wipe();
            text_ = other.text_;
        }
        return *this;
    }
    secret& operator=(secret&& other) noexcept {
        if (this != &other) {
            wipe();
            text_ = std::move(other.text_);
            other.wipe();
        }
        return *this;
    }
    ~secret() { wipe(); }

    /// The secret itself. Send it to its owner, never to a log, an error or a file others can read.
    [[nodiscard]] std::string_view reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    friend bool operator==(const secret& a, const secret& b) noexcept { return a.equals(b.text_); }

    /// Compares with untrusted text in a time that depends on its length only.
    [[nodiscard]] bool equals(std::string_view other) const noexcept {
        unsigned difference = text_.size() == other.size() ? 0U : 1U;
        for (std::size_t i = 0; i < other.size(); ++i) {
            const char mine = text_.empty() ? '\0' : text_[i % text_.size()];
            difference |= static_cast<unsigned char>(mine ^ other[i]);
        }
        return difference == 0;
    }

    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& out,
                                                        const secret&) {
        return out << "***";
    }

private:
    void wipe() noexcept {
        text_.resize(text_.capacity()); // a moved-from short string keeps its bytes beyond size()
        volatile char* bytes =
            text_.data(); // volatile: the optimiser must not drop writes to dying memory
        for (std::size_t i = 0; i < text_.size(); ++i)
            bytes[i] = '\0';
        text_.clear();
    }

    std::string text_;
};

} // namespace aistudio
