#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <utility>

namespace aistudio {

/// An identifier given out by the service. Ids of different resources are different types, so that
/// a project id cannot be passed where a dataset id is meant. A default-constructed id (0 or empty)
/// names nothing.
template <class Tag, class Rep>
class basic_id {
public:
    using value_type = Rep;

    constexpr basic_id() = default;
    constexpr explicit basic_id(Rep value) : value_(std::move(value)) {}

    [[nodiscard]] constexpr const Rep& value() const noexcept { return value_; }
    [[nodiscard]] constexpr bool empty() const { return value_ == Rep{}; }

    friend constexpr bool operator==(const basic_id&, const basic_id&) = default;
    friend constexpr auto operator<=>(const basic_id&, const basic_id&) = default;
    friend std::ostream& operator<<(std::ostream& out, const basic_id& id) {
        return out << id.value_;
    }

private:
    Rep value_{};
};

/// Decimal number, as in the mount path `data<id>/`.
using dataset_id = basic_id<struct dataset_tag, std::int64_t>;
/// Decimal number of one uploaded file.
using file_id = basic_id<struct file_tag, std::int64_t>;
/// Decimal number, as in `/projectdetail/<id>`.
using project_id = basic_id<struct project_tag, std::int64_t>;
/// Text (the wire calls a job a "pipeline"). Never equal to a verb of the command line.
using job_id = basic_id<struct job_tag, std::string>;
/// Decimal number, as in `/serving/online/<id>`.
using service_id = basic_id<struct service_tag, std::int64_t>;
/// Text of the form `owner/name`: a repository of the model hub.
using repository_id = basic_id<struct repository_tag, std::string>;
/// A fault that a local studio was told to play.
using fault_id = basic_id<struct fault_tag, std::int64_t>;

/// The id as text, for URLs and tables.
template <class Tag>
std::string to_string(const basic_id<Tag, std::int64_t>& id) {
    return std::to_string(id.value());
}
template <class Tag>
const std::string& to_string(const basic_id<Tag, std::string>& id) {
    return id.value();
}

} // namespace aistudio

template <class Tag, class Rep>
struct std::hash<aistudio::basic_id<Tag, Rep>> {
    std::size_t operator()(const aistudio::basic_id<Tag, Rep>& id) const noexcept {
        return std::hash<Rep>{}(id.value());
    }
};
