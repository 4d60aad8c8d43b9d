#pragma once

#include <aistudio/codec/wire.hpp>
#include <aistudio/types/timestamp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace aistudio::local::objects {

/// One object, as lists and heads show it.
struct object_info {
    std::string key;
    std::int64_t size = 0;
    /// Lower-case hex; empty: not computed.
    std::string md5;
    timestamp modified_at;
};

/// What to list.
struct list_request {
    std::string prefix;
    /// Empty, or one character: keys are grouped by what stands before it.
    std::string delimiter;
    /// Only what comes after this key or group.
    std::string marker;
    int max_keys = 1000;
};

/// One page of `objects`, which are sorted by key.
[[nodiscard]] wire::object_list list_page(const std::vector<object_info>& objects,
                                          const list_request& request);

/// `"d41d..."` with the quotes; empty when there is no digest.
[[nodiscard]] std::string e_tag(const std::string& md5);

} // namespace aistudio::local::objects
