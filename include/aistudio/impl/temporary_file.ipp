#pragma once

#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

namespace aistudio::detail {

/// A name in the system's temporary folder; what is there is removed at the end.
class temporary_file {
public:
    explicit temporary_file(std::string_view suffix) {
        std::random_device random;
        path_ = std::filesystem::temp_directory_path() /
                ("aistudio-" + std::to_string(random()) + std::to_string(random()) +
                 std::string(suffix));
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace aistudio::detail
