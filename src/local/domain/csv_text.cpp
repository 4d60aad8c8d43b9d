#include "local/domain/csv_text.hpp"

#include "local/refusal.hpp"
#include "local/utf8.hpp"

#include <cerrno>
#include <iconv.h>
#include <optional>
#include <string_view>

namespace aistudio::local::domain {
namespace {

constexpr std::size_t max_cell_characters = 1000;
constexpr std::size_t max_cells = 1000;
constexpr std::string_view advice = "; save it as UTF-8 and upload it again.";

/// GB18030 as UTF-8; nullopt when it is none, or when the system cannot convert it. `whole` false:
/// a character may be cut off at the end.
std::optional<std::string> from_gb18030(std::string bytes, bool whole) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): POSIX says so
    const auto converter = ::iconv_open("UTF-8", "GB18030");
    if (converter == reinterpret_cast<iconv_t>(-1)) // NOLINT
        return std::nullopt;
    std::string out(bytes.size() * 3, '\0');
    char* from = bytes.data();
    char* to = out.data();
    auto from_left = bytes.size();
    auto to_left = out.size();
    const auto done = ::iconv(converter, &from, &from_left, &to, &to_left);
    const int why = errno;
    ::iconv_close(converter);
    if (done == static_cast<std::size_t>(-1) && (why != EINVAL || whole))
        return std::nullopt;
    out.resize(out.size() - to_left);
    return out;
}

struct decoded {
    std::string text;
    std::string encoding;
};

decoded decode(std::string bytes, bool whole) {
    const std::string_view view(bytes);
    if (view.starts_with("\xFF\xFE") || view.starts_with("\xFE\xFF"))
        refuse_invalid("The file is UTF-16" + std::string(advice));
    if (view.find('\0') != std::string_view::npos)
        refuse_invalid("The file has NUL characters, so it is no text; download it.");
    if (view.starts_with("\xEF\xBB\xBF"))
        bytes.erase(0, 3);
    auto utf8 = to_utf8(bytes, !whole);
    if (utf8.text == std::string_view(bytes).substr(0, utf8.used))
        return {std::move(utf8.text), "UTF-8"};
    if (auto converted = from_gb18030(std::move(bytes), whole))
        return {std::move(*converted), "GB18030"};
    refuse_invalid("The file's text is neither UTF-8 nor GBK" + std::string(advice));
}

/// The first characters of a cell.
std::string shown(std::string cell) {
    if (cell.size() <= max_cell_characters)
        return cell;
    std::size_t characters = 0;
    for (std::size_t i = 0; i < cell.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(cell[i]) & 0xC0U) != 0x80U;
        if (begins && characters++ == max_cell_characters)
            return cell.substr(0, i) + "…";
    }
    return cell;
}

/// Takes records from the front of a text.
class record_reader {
public:
    explicit record_reader(std::string_view text) : text_(text) { skip_empty_lines(); }

    [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
    /// False when the last record had no line end.
    [[nodiscard]] bool was_ended() const noexcept { return ended_; }

    [[nodiscard]] std::vector<std::string> next() {
        std::vector<std::string> cells;
        ended_ = false;
        while (true) {
            auto cell = begins_quoted() ? quoted() : plain();
            if (cells.size() < max_cells)
                cells.push_back(shown(std::move(cell)));
            if (at_end())
                break;
            if (text_[at_] != ',') {
                end_line();
                ended_ = true;
                break;
            }
            ++at_;
        }
        skip_empty_lines();
        return cells;
    }

private:
    [[nodiscard]] bool begins_quoted() const { return !at_end() && text_[at_] == '"'; }

    void end_line() {
        if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n')
            ++at_;
        ++at_;
    }

    void skip_empty_lines() {
        while (!at_end() && (text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }

    std::string plain() {
        const auto end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
        std::string out(text_.substr(at_, end - at_));
        at_ = end;
        return out;
    }

    std::string quoted() {
        std::string out;
        ++at_;
        while (!at_end()) {
            const auto end = std::min(text_.find('"', at_), text_.size());
            out += text_.substr(at_, end - at_);
            at_ = std::min(end + 1, text_.size());
            if (!begins_quoted())
                break;
            out += '"'; // it was doubled
            ++at_;
        }
        return out + plain(); // what stands behind the quotes
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool ended_ = false;
};

} // namespace

csv_preview preview_csv(std::string bytes, bool whole, int rows) {
    const auto [text, encoding] = decode(std::move(bytes), whole);
    csv_preview out;
    out.encoding = encoding;
    record_reader in(text);
    if (!in.at_end())
        out.header = in.next();
    while (!in.at_end() && out.rows.size() < static_cast<std::size_t>(rows)) {
        auto cells = in.next();
        if (!whole && !in.was_ended()) {
            out.more = true; // where it ends is not known
            return out;
        }
        out.rows.push_back({std::move(cells)});
    }
    out.more = !in.at_end() || !whole;
    return out;
}

} // namespace aistudio::local::domain
