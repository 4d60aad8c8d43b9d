#pragma once

/// @file
/// Local files that are to be uploaded, and names for what is downloaded.

#include <aistudio/client_options.hpp>
#include <aistudio/detail/disk_file.hpp>
#include <aistudio/detail/shared_bytes.hpp>
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

/// The next bytes of a file, a block at most.
inline result<shared_bytes> read_block(const disk_file& file, std::uint64_t offset,
                                       std::uint64_t most, block_pool& blocks) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(most, block_pool::block_size));
    const auto block = blocks.take();
    const auto got = file.read(offset, block.get(), wanted);
    if (!got)
        return got.error();
    if (*got < wanted)
        return file_problem(errc::file_unreadable, file.path(), "became shorter while it was read");
    return shared_bytes{block, {block.get(), wanted}};
}

/// Digests of a piece of a file, computed step by step: reading a large one takes minutes, and
/// whoever waits for it may want to do something else in between.
class file_examination {
public:
    file_examination(const disk_file& file, std::uint64_t offset, std::uint64_t length)
        : file_(&file), at_(offset), left_(length) {}

    /// Reads the next piece, and gives it to `also` if that is not null. False at the end.
    template <class Digest>
    [[nodiscard]] result<bool> read_piece(Digest* also) {
        if (left_ == 0)
            return false;
        auto piece = read_block(*file_, at_, left_, blocks_);
        if (!piece)
            return piece.error();
        crc_.update(piece->bytes);
        at_ += piece->bytes.size();
        left_ -= piece->bytes.size();
        if (also != nullptr)
            also->add(std::move(*piece));
        return left_ > 0;
    }
    [[nodiscard]] std::uint32_t crc32() const noexcept { return crc_.value(); }

private:
    const disk_file* file_;
    std::uint64_t at_;
    std::uint64_t left_;
    block_pool blocks_;
    class crc32 crc_;
};

/// CRC-32 of a whole file in a hurry: a digest that is slower gets the first bytes, as many as it
/// keeps up with, and must be given the others later. Those are read from the file's end.
class hurried_examination {
public:
    hurried_examination(const disk_file& file, std::uint64_t size)
        : file_(&file), size_(size), tail_(size), at_(size), end_(size) {}

    /// Reads the next piece. False at the end.
    template <class Digest>
    [[nodiscard]] result<bool> read_piece(Digest& digest) {
        if (at_ == end_ && front_ == tail_)
            return false;
        if (at_ == end_ && !digest.is_behind())
            return read_front(digest);
        if (at_ == end_) {
            end_ = tail_;
            at_ = tail_ - std::min(run, tail_ - front_);
            run_crc_ = {};
        }
        return read_run();
    }
    /// Of the whole file, at the end.
    [[nodiscard]] std::uint32_t crc32() const noexcept {
        return combined_crc32(front_crc_.value(), tail_crc_, size_ - front_);
    }
    /// The digest got so many bytes, from the first one on.
    [[nodiscard]] std::uint64_t digested() const noexcept { return front_; }

private:
    /// Bytes read forwards before it goes on farther in front: disks like long ones.
    static constexpr std::uint64_t run = std::uint64_t{4} << 20U;

    template <class Digest>
    result<bool> read_front(Digest& digest) {
        auto piece = read_block(*file_, front_, tail_ - front_, blocks_);
        if (!piece)
            return piece.error();
        front_crc_.update(piece->bytes);
        front_ += piece->bytes.size();
        digest.add(std::move(*piece));
        return true;
    }
    result<bool> read_run() {
        const auto piece = read_block(*file_, at_, end_ - at_, blocks_);
        if (!piece)
            return piece.error();
        run_crc_.update(piece->bytes);
        at_ += piece->bytes.size();
        if (at_ < end_)
            return true;
        tail_crc_ = combined_crc32(run_crc_.value(), tail_crc_, size_ - end_);
        tail_ -= std::min(run, tail_ - front_);
        return true;
    }

    const disk_file* file_;
    std::uint64_t size_;
    std::uint64_t front_ = 0; // read from the first byte up to here
    std::uint64_t tail_;      // and from here to the last
    std::uint64_t at_;        // the present run goes on here
    std::uint64_t end_;
    class crc32 front_crc_;
    class crc32 run_crc_;
    std::uint32_t tail_crc_ = 0;
    block_pool blocks_;
};

/// A piece of a file as a request's body.
class file_source final : public body_source {
public:
    /// `report` is called with each piece that was read, and how many bytes that makes so far.
    using reporter = std::function<void(std::uint64_t done, const shared_bytes& piece)>;

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
    [[nodiscard]] result<std::string_view> read(std::size_t most) override {
        const auto wanted = static_cast<std::size_t>(
            std::min<std::uint64_t>(std::min(most, block_pool::block_size), length_ - done_));
        piece_ = {};
        const auto block = blocks_.take();
        const auto got = file_.read(offset_ + done_, block.get(), wanted);
        if (!got)
            return got.error();
        done_ += *got;
        piece_ = {block, {block.get(), *got}};
        if (report_)
            report_(done_, piece_);
        return piece_.bytes;
    }

private:
    std::filesystem::path path_;
    std::uint64_t offset_;
    std::uint64_t length_;
    reporter report_;
    disk_file file_;
    std::uint64_t done_ = 0;
    block_pool blocks_;
    shared_bytes piece_; // the last one
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
