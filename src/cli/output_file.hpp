#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>

namespace aistudio::cli {

/// A file that gets its name only when it is complete; without a name it is standard output.
class output_file {
public:
    /// Throws `api_error` when it cannot be made.
    explicit output_file(const std::filesystem::path& name);
    output_file(const output_file&) = delete;
    output_file& operator=(const output_file&) = delete;
    /// Removes what was not committed.
    ~output_file();

    /// False when it could not be written.
    bool write_line(std::string_view line);
    /// Gives the file its name. Throws `api_error` when that fails.
    void commit();

private:
    std::filesystem::path name_;
    std::filesystem::path part_;
    std::ofstream file_;
};

} // namespace aistudio::cli
