#pragma once

/// @file
/// Local files as bodies of requests and answers. Disk access is synchronous, in pieces of 256 KiB.

#include <aistudio/client_options.hpp>
#include <aistudio/protocol/digest.hpp>
#include <aistudio/protocol/http_message.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <system_error>

namespace aistudio::detail {

/// What is known of a file before it is sent.
struct file_facts {
    std::filesystem::path path;
    std::string name; ///< as UTF-8
    std::uint64_t size = 0;
    std::string sha256;
    std::uint32_t crc32 = 0;
};

inline problem file_problem(errc code, const std::filesystem::path& file, std::string_view why) {
    return make_problem(code, "`" + file.string() + "` " + std::string(why) + ".");
}

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

/// What can be told without reading the file: refuses what cannot be uploaded.
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

/// Finds out size and checksums piece by piece: reading a large file takes minutes, and whoever
/// waits for it may want to do something else in between.
class file_examination {
public:
    explicit file_examination(const std::filesystem::path& file)
        : in_(file, std::ios::binary), chunk_(std::size_t{256} << 10U, '\0') {
        facts_.path = file;
        facts_.name = file.filename().string();
    }

    /// Reads the next piece. False at the end, or when the file cannot be read.
    bool read_piece() {
        in_.read(chunk_.data(), static_cast<std::streamsize>(chunk_.size()));
        const std::string_view piece(chunk_.data(), static_cast<std::size_t>(in_.gcount()));
        hash_.update(piece);
        crc_.update(piece);
        facts_.size += piece.size();
        return !piece.empty();
    }

    [[nodiscard]] result<file_facts> finish(bool allow_empty) {
        if (!in_.eof())
            return file_problem(errc::file_unreadable, facts_.path, "cannot be read");
        if (facts_.size == 0 && !allow_empty)
            return file_problem(errc::invalid_argument, facts_.path,
                                "is empty; there is nothing to upload");
        facts_.sha256 = hash_.finish();
        facts_.crc32 = crc_.value();
        return std::move(facts_);
    }

private:
    std::ifstream in_;
    std::string chunk_;
    file_facts facts_;
    sha256 hash_;
    crc32 crc_;
};

/// Reports how far a transfer of several files is.
class progress_meter {
public:
    progress_meter(std::function<void(transfer_progress)> report, std::uint64_t total)
        : report_(std::move(report)), total_(total) {}
    /// `current` bytes of the present file are done.
    void at(std::uint64_t current) const {
        if (report_)
            report_({finished_ + current, total_});
    }
    void set_total(std::uint64_t total) { total_ = total; }
    void finish_file(std::uint64_t size) { finished_ += size; }

private:
    std::function<void(transfer_progress)> report_;
    std::uint64_t total_;
    std::uint64_t finished_ = 0;
};

class file_source final : public body_source {
public:
    file_source(std::filesystem::path file, std::uint64_t size,
                std::shared_ptr<progress_meter> meter)
        : path_(std::move(file)), size_(size), meter_(std::move(meter)) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] result<void> rewind() override {
        in_ = std::ifstream(path_, std::ios::binary);
        done_ = 0;
        if (!in_)
            return file_problem(errc::file_unreadable, path_, "cannot be opened");
        return {};
    }
    [[nodiscard]] result<std::size_t> read(char* out, std::size_t capacity) override {
        in_.read(out, static_cast<std::streamsize>(capacity));
        const auto got = static_cast<std::size_t>(in_.gcount());
        done_ += got;
        meter_->at(done_);
        return got;
    }

private:
    std::filesystem::path path_;
    std::uint64_t size_;
    std::shared_ptr<progress_meter> meter_;
    std::ifstream in_;
    std::uint64_t done_ = 0;
};

/// A name beside `target` for what is not complete yet. Not the target's own name with a suffix:
/// that might be a file of the user's, be written by a second download of the same file, or be too
/// long.
inline std::filesystem::path unfinished_name(const std::filesystem::path& target) {
    std::random_device random;
    return target.parent_path() /
           (".aistudio-" + std::to_string(random()) + std::to_string(random()) + ".part");
}

/// Writes an answer to a temporary file beside the target, hashing it. The target appears only with
/// `commit`.
class file_sink final : public body_sink {
public:
    file_sink(std::filesystem::path target, std::shared_ptr<progress_meter> meter)
        : target_(std::move(target)), part_(unfinished_name(target_)), meter_(std::move(meter)) {}
    file_sink(const file_sink&) = delete;
    file_sink& operator=(const file_sink&) = delete;
    ~file_sink() override {
        out_.close();
        std::error_code ignored;
        if (!committed_)
            std::filesystem::remove(part_, ignored);
    }
    [[nodiscard]] result<void> begin(std::int64_t length) override {
        out_ = std::ofstream(part_, std::ios::binary | std::ios::trunc);
        hash_ = sha256();
        md5_ = md5();
        size_ = 0;
        if (length >= 0)
            meter_->set_total(static_cast<std::uint64_t>(length));
        if (!out_)
            return file_problem(errc::write_failed, target_, "cannot be created");
        return {};
    }
    [[nodiscard]] result<void> write(std::string_view piece) override {
        out_.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        if (!out_)
            return file_problem(errc::write_failed, target_,
                                "cannot be written; the disk may be full");
        hash_.update(piece);
        md5_.update(piece);
        size_ += piece.size();
        meter_->at(size_);
        return {};
    }
    /// Checks what arrived and gives it its name. Empty or negative expectations are not checked.
    [[nodiscard]] result<std::filesystem::path>
    commit(std::int64_t size, const std::string& sha256_hex, std::string_view etag) {
        if (size >= 0 && static_cast<std::uint64_t>(size) != size_)
            return file_problem(errc::incomplete_transfer, target_,
                                "should have " + std::to_string(size) + " bytes, " +
                                    std::to_string(size_) + " came");
        if (!sha256_hex.empty() && hash_.finish() != sha256_hex)
            return file_problem(errc::checksum_mismatch, target_, "arrived with another SHA-256");
        if (sha256_hex.empty() && is_md5(etag) && md5_.finish() != etag.substr(1, 32))
            return file_problem(errc::checksum_mismatch, target_, "arrived with another MD5");
        out_.close();
        if (!out_)
            return file_problem(errc::write_failed, target_,
                                "cannot be written; the disk may be full");
        std::error_code error;
        std::filesystem::rename(part_, target_, error);
        if (error)
            return file_problem(errc::write_failed, target_, "cannot be replaced");
        committed_ = true;
        return target_;
    }

private:
    /// The ETag of an object sent in one piece is its MD5 in quotes; of several pieces it has a
    /// dash.
    static bool is_md5(std::string_view etag) {
        return etag.size() == 34 && etag.front() == '"' && etag.back() == '"' &&
               etag.find('-') == std::string_view::npos;
    }

    std::filesystem::path target_;
    std::filesystem::path part_;
    std::shared_ptr<progress_meter> meter_;
    std::ofstream out_;
    sha256 hash_;
    md5 md5_;
    std::uint64_t size_ = 0;
    bool committed_ = false;
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
