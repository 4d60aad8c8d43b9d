#include "cli/output_file.hpp"

#include <aistudio/error.hpp>

#include <iostream>
#include <string>
#include <unistd.h>

namespace aistudio::cli {
namespace {

[[noreturn]] void fail(const std::filesystem::path& name) {
    throw api_error(make_problem(errc::write_failed, "`" + name.string() + "` cannot be written.",
                                 phase::store));
}

} // namespace

output_file::output_file(const std::filesystem::path& name) : name_(name) {
    if (name_.empty())
        return;
    part_ = name_.string() + "." + std::to_string(::getpid()) + ".part";
    file_.open(part_, std::ios::binary | std::ios::trunc);
    if (!file_ || std::filesystem::is_directory(name_))
        fail(name_);
}

output_file::~output_file() {
    std::error_code ignored;
    if (!part_.empty())
        std::filesystem::remove(part_, ignored);
}

bool output_file::write_line(std::string_view line) {
    std::ostream& out = name_.empty() ? std::cout : file_;
    out << line << '\n';
    if (name_.empty())
        out.flush(); // whoever reads along sees each answer when it comes
    return static_cast<bool>(out);
}

void output_file::commit() {
    if (name_.empty())
        return;
    file_.close();
    std::error_code error;
    if (file_)
        std::filesystem::rename(part_, name_, error);
    if (!file_ || error)
        fail(name_);
    part_.clear();
}

} // namespace aistudio::cli
