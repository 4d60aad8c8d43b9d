#pragma once

#include <aistudio/codec/json_writer.hpp>
#include <aistudio/detail/zip_packing.hpp>
#include <aistudio/protocol/digest.hpp>

#include <boost/beast/zlib/deflate_stream.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace aistudio::detail {

// Inside, failures are exceptions: they come up in the middle of a file that is to be removed.
// `zip_packing` catches them.

[[noreturn]] inline void zip_fails(errc code, std::string sentence,
                                   boost::system::error_code cause = {}) {
    problem p = make_problem(code, std::move(sentence));
    p.cause = cause;
    throw api_error(std::move(p));
}

inline boost::system::error_code last_system_error() {
    return {errno, boost::system::generic_category()};
}

inline std::string in_ticks(const std::filesystem::path& path) { return "`" + path.string() + "`"; }

struct zip_member {
    std::string name;
    std::filesystem::path file;
    bool executable = false;
    std::uint16_t method = 0; // 0 stored, 8 deflated
    std::uint32_t crc = 0;
    std::uint64_t packed = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
};

/// The zip under its temporary name; removed again unless committed.
class zip_output {
public:
    zip_output(const std::filesystem::path& target, std::uint64_t limit)
        : target_(target), temporary_(target),
          limit_(std::min<std::uint64_t>(limit, limits::max_zip_bytes)) {
        temporary_ += ".part-" + std::to_string(std::random_device{}());
        file_.open(temporary_, std::ios::binary | std::ios::trunc);
        require(file_.is_open());
    }
    zip_output(const zip_output&) = delete;
    zip_output& operator=(const zip_output&) = delete;
    ~zip_output() {
        file_.close();
        std::error_code ignored; // after a commit there is nothing of that name
        std::filesystem::remove(temporary_, ignored);
    }

    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

    void write(std::string_view bytes) {
        check_limit(bytes.size() + position_,
                    limit_ / 1024 + 65536); // deflate may expand what is stored in the end
        require(file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).good());
        position_ += bytes.size();
    }

    void seek(std::uint64_t position) {
        require(file_.seekp(static_cast<std::streamoff>(position)).good());
        position_ = position;
    }

    void commit() {
        check_limit(position_, 0);
        file_.close();
        require(file_.good());
        std::error_code error;
        std::filesystem::resize_file(temporary_, position_,
                                     error); // what was stored after all was longer before
        if (!error)
            std::filesystem::rename(temporary_, target_, error);
        require(!error, error);
    }

private:
    void require(bool done, boost::system::error_code cause = last_system_error()) const {
        if (!done)
            zip_fails(errc::write_failed, "The zip " + in_ticks(target_) + " cannot be written.",
                      cause);
    }
    void check_limit(std::uint64_t bytes, std::uint64_t slack) const {
        if (bytes > limit_ + slack)
            zip_fails(errc::limit_exceeded,
                      "The folder packs to more than " + std::to_string(limit_) +
                          " bytes; leave out what is not needed and put data into a dataset.");
    }

    std::filesystem::path target_;
    std::filesystem::path temporary_;
    std::uint64_t limit_;
    std::ofstream file_;
    std::uint64_t position_ = 0;
};

/// Appends the low `bytes` bytes of `value`, the lowest first.
inline void put_number(std::string& out, std::uint64_t value, int bytes) {
    for (; bytes > 0; --bytes, value >>= 8U)
        out += static_cast<char>(value & 0xFFU);
}

/// The part that the local and the central header of a member have in common.
inline void put_member(std::string& out, const zip_member& m) {
    put_number(out, 20, 2);     // needs version 2.0
    put_number(out, 0x0800, 2); // the name is UTF-8
    put_number(out, m.method, 2);
    put_number(out, 0, 2);    // 00:00:00
    put_number(out, 0x21, 2); // 1980-01-01
    put_number(out, m.crc, 4);
    put_number(out, m.packed, 4);
    put_number(out, m.size, 4);
    put_number(out, m.name.size(), 2);
    put_number(out, 0, 2); // no extra field
}

inline std::string local_header(const zip_member& m) {
    std::string out;
    put_number(out, 0x04034b50, 4);
    put_member(out, m);
    return out + m.name;
}

inline std::string central_header(const zip_member& m) {
    std::string out;
    put_number(out, 0x02014b50, 4);
    put_number(out, 3U << 8U | 20U, 2); // made on Unix: the attributes below are its mode
    put_member(out, m);
    put_number(out, 0, 2 + 2 + 2); // no comment, disk 0, binary
    put_number(out, std::uint64_t{m.executable ? 0100755U : 0100644U} << 16U, 4);
    put_number(out, m.offset, 4);
    return out + m.name;
}

inline std::string end_record(std::size_t members, std::uint64_t begin, std::uint64_t end) {
    std::string out;
    put_number(out, 0x06054b50, 4);
    put_number(out, 0, 2 + 2); // one disk
    put_number(out, members, 2);
    put_number(out, members, 2);
    put_number(out, end - begin, 4);
    put_number(out, begin, 4);
    put_number(out, 0, 2); // no comment
    return out;
}

inline void check_member_size(const std::filesystem::path& file, std::uint64_t size) {
    if (size > limits::max_zip_bytes)
        zip_fails(errc::limit_exceeded,
                  "The file " + in_ticks(file) + " is larger than 4 GiB; put it into a dataset.");
}

/// Reads the member's file piece by piece, and notes its size and checksum.
class zip_member_reader {
public:
    explicit zip_member_reader(zip_member& m) : member_(m), in_(m.file, std::ios::binary) {
        if (!in_)
            zip_fails(errc::file_unreadable, "The file " + in_ticks(m.file) + " cannot be read.",
                      last_system_error());
        member_.size = 0;
    }
    /// Empty at the end.
    std::string_view read() {
        in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
        if (in_.bad())
            zip_fails(errc::file_unreadable,
                      "The file " + in_ticks(member_.file) + " cannot be read to its end.",
                      last_system_error());
        const std::string_view piece(buffer_.data(), static_cast<std::size_t>(in_.gcount()));
        crc_.update(piece);
        member_.crc = crc_.value();
        member_.size += piece.size();
        check_member_size(member_.file, member_.size); // it may have grown
        return piece;
    }

private:
    zip_member& member_;
    std::ifstream in_;
    std::string buffer_ = std::string(64U << 10U, '\0');
    crc32 crc_;
};

inline void deflate_piece(boost::beast::zlib::deflate_stream& stream, std::string_view piece,
                          boost::beast::zlib::Flush flush, zip_output& out) {
    std::array<char, 16384> packed; // NOLINT: filled by the stream
    boost::beast::zlib::z_params z;
    z.next_in = piece.data();
    z.avail_in = piece.size();
    boost::system::error_code end;
    do {
        z.next_out = packed.data();
        z.avail_out = packed.size();
        stream.write(z, flush, end);
        out.write({packed.data(), packed.size() - z.avail_out});
    } while (z.avail_out == 0 && !end);
}

/// Writes one member, deflated, or stored where that is shorter.
class zip_member_writer {
public:
    zip_member_writer(zip_output& out, zip_member& m) : out_(out), member_(m), reader_(m) {
        member_.offset = out_.position();
        out_.write(local_header(member_)); // its numbers follow
        begin_ = out_.position();
        member_.method = 8;
    }
    /// False when the member is complete.
    bool write_piece() {
        const std::string_view piece = reader_->read();
        if (piece.empty())
            return !end_of_file();
        if (member_.method == 8)
            deflate_piece(deflate_, piece, boost::beast::zlib::Flush::none, out_);
        else
            out_.write(piece);
        return true;
    }

private:
    bool end_of_file() {
        if (member_.method == 8) {
            deflate_piece(deflate_, "", boost::beast::zlib::Flush::finish, out_);
            if (out_.position() - begin_ >= member_.size) {
                store_instead();
                return false;
            }
        }
        const std::uint64_t end = out_.position();
        member_.packed = end - begin_;
        out_.seek(member_.offset);
        out_.write(local_header(member_));
        out_.seek(end);
        return true;
    }
    void store_instead() {
        out_.seek(begin_);
        member_.method = 0;
        reader_.emplace(member_);
    }

    zip_output& out_;
    zip_member& member_;
    std::optional<zip_member_reader> reader_;
    boost::beast::zlib::deflate_stream deflate_;
    std::uint64_t begin_ = 0;
};

/// Where a link leads. Only files inside the folder are followed: anything else would surprise on
/// the other side.
inline std::filesystem::path follow_link(const std::filesystem::path& link,
                                         const std::filesystem::path& root) {
    std::error_code error;
    const auto leads_to = std::filesystem::canonical(link, error);
    if (error)
        zip_fails(errc::file_not_found, "The link " + in_ticks(link) + " leads nowhere; remove it.",
                  error);
    const auto [end, ignored] =
        std::mismatch(root.begin(), root.end(), leads_to.begin(), leads_to.end());
    if (end != root.end())
        zip_fails(errc::invalid_argument,
                  "The link " + in_ticks(link) +
                      " leads out of the folder; copy the file in its place.");
    if (std::filesystem::is_directory(leads_to))
        zip_fails(errc::invalid_argument, "The link " + in_ticks(link) +
                                              " leads to a folder; copy the folder in its place.");
    return leads_to;
}

inline zip_member make_member(const std::filesystem::path& file,
                              const std::filesystem::path& root) {
    zip_member m;
    const std::u8string name = file.lexically_relative(root).generic_u8string();
    m.name.assign(name.begin(), name.end());
    if (!is_utf8(m.name) || m.name.size() > 0xFFFF)
        zip_fails(errc::invalid_argument, "In the folder " + in_ticks(file.parent_path()) +
                                              " a name is too long or not UTF-8; rename the file.");
    m.file = file;
    std::error_code unknown; // then reading it tells why
    const auto size = std::filesystem::file_size(file, unknown);
    if (!unknown)
        check_member_size(file, size); // before hours go into packing
    m.executable = (std::filesystem::status(file).permissions() &
                    std::filesystem::perms::owner_exec) != std::filesystem::perms::none;
    return m;
}

inline std::vector<zip_member> find_members(const std::filesystem::path& root,
                                            const std::filesystem::path& target) {
    std::vector<zip_member> members;
    const auto own = std::filesystem::weakly_canonical(target);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        const auto file = entry.is_symlink() ? follow_link(entry.path(), root) : entry.path();
        if (std::filesystem::is_regular_file(file) && file != own && !is_left_by_transfer(file))
            members.push_back(make_member(entry.path(), root));
    }
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return members;
}

inline void check_folder(const std::filesystem::path& folder) {
    std::error_code error;
    const auto status = std::filesystem::status(folder, error);
    if (status.type() == std::filesystem::file_type::not_found)
        zip_fails(errc::file_not_found, "The folder " + in_ticks(folder) + " does not exist.");
    if (error)
        zip_fails(errc::file_unreadable, "The folder " + in_ticks(folder) + " cannot be read.",
                  error);
    if (!std::filesystem::is_directory(status))
        zip_fails(errc::invalid_argument,
                  in_ticks(folder) + " is not a folder; name the folder the file is in.");
}

/// What a `zip_packing` is made of; its members throw.
class zip_packing::parts {
public:
    parts(const std::filesystem::path& folder, const std::filesystem::path& target,
          zip_limits limits)
        : members_(members_of(folder, target)), out_(target, limits.zip_bytes) {}

    bool pack_piece() {
        if (!writer_ && at_ < members_.size())
            writer_.emplace(out_, members_[at_]);
        if (!writer_) {
            finish();
            return false;
        }
        if (!writer_->write_piece()) {
            summary_.content_bytes += members_[at_++].size;
            writer_.reset();
        }
        return true;
    }
    [[nodiscard]] const zip_summary& summary() const noexcept { return summary_; }

private:
    static std::vector<zip_member> members_of(const std::filesystem::path& folder,
                                              const std::filesystem::path& target) {
        check_folder(folder);
        auto members = find_members(std::filesystem::canonical(folder), target);
        if (members.empty())
            zip_fails(errc::invalid_argument, "The folder " + in_ticks(folder) + " holds no file.");
        if (members.size() > limits::max_zip_files)
            zip_fails(errc::limit_exceeded, "The folder " + in_ticks(folder) +
                                                " holds more than 65535 files; pack them first.");
        return members;
    }
    void finish() {
        const std::uint64_t directory = out_.position();
        for (const zip_member& m : members_)
            out_.write(central_header(m));
        out_.write(end_record(members_.size(), directory, out_.position()));
        summary_.files = members_.size();
        summary_.zip_bytes = out_.position();
        out_.commit();
    }

    std::vector<zip_member> members_;
    zip_output out_;
    std::optional<zip_member_writer> writer_;
    std::size_t at_ = 0;
    zip_summary summary_;
};

AISTUDIO_DECL zip_packing::zip_packing(std::filesystem::path folder, std::filesystem::path target,
                                       zip_limits limits)
    : folder_(std::move(folder)), target_(std::move(target)), limits_(limits) {}
AISTUDIO_DECL zip_packing::~zip_packing() = default;

AISTUDIO_DECL result<bool> zip_packing::pack_piece() {
    try {
        if (!parts_)
            parts_ = std::make_unique<parts>(folder_, target_, limits_);
        return parts_->pack_piece();
    } catch (const api_error& e) {
        return e.problem();
    } catch (const std::filesystem::filesystem_error& e) {
        problem p = make_problem(errc::file_unreadable,
                                 "The folder " + in_ticks(folder_) + " cannot be read to its end.");
        p.cause = e.code();
        return p;
    }
}

AISTUDIO_DECL zip_summary zip_packing::summary() const {
    return parts_ ? parts_->summary() : zip_summary{};
}

} // namespace aistudio::detail
