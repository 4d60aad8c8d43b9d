#pragma once

/// @file
/// Local files that are to be uploaded, and names for what is downloaded.

#include <aistudio/client_options.hpp>
#include <aistudio/detail/disk_file.hpp>
#include <aistudio/protocol/digest.hpp>
#include <aistudio/protocol/http_message.hpp>

#include <filesystem>
#include <system_error>

namespace aistudio::detail {

/// The rules for a file's name on the platform side; the studio checks the same again.
inline result<void> check_file_name(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    if (name.empty() || name == "." || name == "..")
        return file_problem(errc::invalid_argument, file, "has no file name");
    if (name.size() > 255)
        return file_problem(errc::invalid_argument, name.substr(0, 40) + "…",
                            "has a name longer than 255 bytes");
    if (name.find('\\') != std::string::npos || !is_header_value(name))
        return file_problem(errc::invalid_argument, file,
                            "has a backslash or control character in its name");
    return {};
}

/// What can be told without opening the file: refuses what cannot be uploaded.
inline result<void> check_file(const std::filesystem::path& file) {
    std::error_code error;
    if (auto fine = check_file_name(file); !fine)
        return fine;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status))
        return file_problem(errc::file_not_found, file, "does not exist");
    if (std::filesystem::is_directory(status))
        return file_problem(errc::invalid_argument, file,
                            "is a folder; pack it into one archive file first");
    if (!std::filesystem::is_regular_file(status))
        return file_problem(errc::invalid_argument, file, "is not a regular file");
    return {};
}

/// Digests of a piece of a file, computed step by step: reading a large one takes minutes, and
/// whoever waits for it may want to do something else in between.
class file_examination {
public:
    file_examination(const disk_file& file, std::uint64_t offset, std::uint64_t length)
        : file_(&file), at_(offset), left_(length), chunk_(disk_file::piece, '\0') {}

    /// Reads the next piece, and gives it to `also` if that is not null. False at the end.
    template <class Digest>
    [[nodiscard]] result<bool> read_piece(Digest* also) {
        if (left_ == 0)
            return false;
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, chunk_.size()));
        const auto got = file_->read(at_, chunk_.data(), wanted);
        if (!got)
            return got.error();
        if (*got < wanted)
            return file_problem(errc::file_unreadable, file_->path(),
                                "became shorter while it was read");
        const std::string_view piece(chunk_.data(), wanted);
        crc_.update(piece);
        if (also != nullptr)
            also->add(piece);
        at_ += wanted;
        left_ -= wanted;
        return left_ > 0;
    }
    [[nodiscard]] std::uint32_t crc32() const noexcept { return crc_.value(); }

private:
    const disk_file* file_;
    std::uint64_t at_;
    std::uint64_t left_;
    std::string chunk_;
    class crc32 crc_;
};

/// A piece of a file as a request's body.
class file_source final : public body_source {
public:
    /// `report` is called with each piece that was read, and how many bytes that makes so far.
    using reporter = std::function<void(std::uint64_t done, std::string_view piece)>;

    file_source(std::filesystem::path file, std::uint64_t offset, std::uint64_t length,
                reporter report)
        : path_(std::move(file)), offset_(offset), length_(length), report_(std::move(report)) {}
    [[nodiscard]] std::uint64_t size() const override { return length_; }
    [[nodiscard]] result<void> rewind() override {
        auto opened = disk_file::open(path_, disk_file::mode::read);
        if (!opened)
            return opened.error();
        file_ = std::move(*opened);
        done_ = 0;
        return {};
    }
    [[nodiscard]] result<std::size_t> read(char* out, std::size_t capacity) override {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(capacity, length_ - done_));
        const auto got = file_.read(offset_ + done_, out, wanted);
        if (!got)
            return got;
        done_ += *got;
        if (report_)
            report_(done_, {out, *got});
        return got;
    }

private:
    std::filesystem::path path_;
    std::uint64_t offset_;
    std::uint64_t length_;
    reporter report_;
    disk_file file_;
    std::uint64_t done_ = 0;
};

/// A name that came from the service, made harmless: only its last part, never `.` or `..`.
inline std::string safe_name(std::string_view name) {
    const std::size_t slash = name.find_last_of("/\\");
    std::string last(slash == std::string_view::npos ? name : name.substr(slash + 1));
    return last.empty() || last == "." || last == ".." ? "download" : last;
}

/// Where a download goes: into an existing folder under its own name, else to the name given.
inline std::filesystem::path resolve_target(const std::filesystem::path& target,
                                            std::string_view own_name) {
    std::error_code error;
    return target.empty() || std::filesystem::is_directory(target, error)
               ? target / safe_name(own_name)
               : target;
}

} // namespace aistudio::detail
