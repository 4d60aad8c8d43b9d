#pragma once

#include "local/http/message.hpp"
#include "local/http/target.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aistudio::local::http {

/// Finds what answers a method and path. A pattern is a path in which `{name}` stands for any one
/// segment.
template <class Action>
class router {
public:
    struct entry {
        verb method;
        std::vector<std::string> pattern;
        Action action;
    };
    struct match {
        /// nullptr: nothing answers that.
        const Action* action = nullptr;
        /// What stood in place of the `{}`, in their order.
        std::vector<std::string> captured;
        /// Methods that the path knows, for the header `Allow`; empty: the path is not known at
        /// all.
        std::string allowed;
    };

    void add(verb method, std::string_view pattern, Action action) {
        entries_.push_back({method, *segments(pattern), std::move(action)});
    }

    [[nodiscard]] match find(verb method, const std::vector<std::string>& path) const {
        match m;
        for (const auto& e : entries_) {
            std::vector<std::string> captured;
            if (!fits(e.pattern, path, captured))
                continue;
            if (e.method == method)
                return {&e.action, std::move(captured), {}};
            if (!m.allowed.empty())
                m.allowed += ", ";
            m.allowed += std::string_view(boost::beast::http::to_string(e.method));
        }
        return m;
    }

private:
    static bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
                     std::vector<std::string>& captured) {
        if (pattern.size() != path.size())
            return false;
        for (std::size_t i = 0; i < path.size(); ++i) {
            if (pattern[i].front() == '{')
                captured.push_back(path[i]);
            else if (pattern[i] != path[i])
                return false;
        }
        return true;
    }

    std::vector<entry> entries_;
};

} // namespace aistudio::local::http
