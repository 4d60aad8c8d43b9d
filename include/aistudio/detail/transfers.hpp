#pragma once

/// @file
/// Uploads and downloads as the resources use them: in parts and ranges, several at a time, gone on
/// with after a broken line or a crash, checked before they count. The rules stand in `protocol/`
/// (`upload_map`, `download_machine`, `transfer_patience`), the work is done in `impl/upload.ipp`
/// and `impl/download.ipp`.
///
/// GCC 12: give arguments of these functions a name before the `co_await`.

#include <aistudio/codec/wire.hpp>
#include <aistudio/protocol/upload_map.hpp>
#include <aistudio/transport/client_core.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace aistudio::detail {

class upload_journal;

/// Reports how far a transfer of several files is. Never falls.
class progress_meter {
public:
    /// `total`: bytes of all files; 0: not known.
    progress_meter(std::function<void(transfer_progress)> report, std::uint64_t total)
        : report_(std::move(report)), total_(total) {}
    /// `current` bytes of the present file are done.
    void at(std::uint64_t current) {
        if (finished_ + current < shown_)
            return;
        shown_ = finished_ + current;
        if (report_)
            report_({shown_, total_});
    }
    void set_total(std::uint64_t total) { total_ = total; }
    /// The next file begins.
    void finish_file(std::uint64_t size) { finished_ += size; }

private:
    std::function<void(transfer_progress)> report_;
    std::uint64_t total_;
    std::uint64_t finished_ = 0;
    std::uint64_t shown_ = 0;
};

/// A file that is to be uploaded.
struct local_file {
    std::filesystem::path path;
    std::string name; ///< as UTF-8, without its folder
    file_stamp stamp;
};

/// Looks at a file without reading it; refuses what cannot be uploaded.
[[nodiscard]] AISTUDIO_DECL result<local_file> look_at(const std::filesystem::path& file,
                                                       bool allow_empty);

/// Where an upload goes.
struct upload_target {
    /// Gets a grant. `key` is empty, or the key of an upload that is under way: then a grant for
    /// that key is wanted, and one for another key, or that does not reach it, means that the
    /// upload begins anew. Called again when the store says that the grant is no longer good.
    std::function<boost::asio::awaitable<result<wire::sts_grant>>(operation&, std::string key)>
        grant;
    /// What the upload is for, the same in every call that may go on with it, different for
    /// different services and purposes. Empty: nothing is kept for later calls (files of our own
    /// that are gone with the process).
    std::string purpose;
    /// SHA-256 when it is known already, which saves computing it.
    std::string sha256;
};

/// What was uploaded. The object is at the store, but nobody refers to it yet.
struct upload_receipt {
    std::string bucket_name;
    std::string key; ///< as the grant had it
    std::uint64_t size = 0;
    std::string sha256;
    /// Forgets how the upload went: call it once the service knows the object. Until then, an
    /// upload of the same file finds the object and sends nothing.
    AISTUDIO_DECL void registered();

    std::shared_ptr<upload_journal> journal;
};

/// Uploads a file. Files of more than `options.part_size` bytes go in parts, several at a time.
/// When the store refuses it for good, nothing of it stays there.
/// @par Errors  errc::file_unreadable: it cannot be read, or changed while it was uploaded; those
/// of the calls.
[[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<result<upload_receipt>>
upload(client_core& core, operation& op, local_file file, upload_target to,
       transfer_options options, std::shared_ptr<progress_meter> meter);

/// Takes away what `upload` left for a later call, here and at the store: the file went another
/// way. `purpose` and the grant's key are those of the upload.
[[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<void>
discard_upload(client_core& core, operation& op, local_file file, std::string purpose,
               wire::sts_grant grant);

/// Where a download comes from.
struct download_source {
    /// Makes the GET request, with whatever signs it, without `Range`. Called again when the store
    /// says that it is no longer good (401, 403).
    std::function<boost::asio::awaitable<result<http_request>>(operation&)> open{};
    /// Sends the request; empty: as any call. For stores that redirect.
    std::function<boost::asio::awaitable<result<http_response>>(operation&, http_request)> send{};
    /// What is downloaded, the same in every call that may go on with it: without signatures and
    /// secrets, with the service's address.
    std::string identity{};
    /// Expected bytes; -1: what the store says.
    std::int64_t size = -1;
    /// Expected SHA-256 in hex; empty: checked by the ETag where that is an MD5.
    std::string sha256{};
};

/// Downloads to `target`, which changes only when everything is there, checked and on the disk.
/// @par Errors  errc::checksum_mismatch, errc::incomplete_transfer (another size than expected),
/// errc::write_failed, errc::conflict (the object changes all the time); those of the calls.
[[nodiscard]] AISTUDIO_DECL boost::asio::awaitable<result<std::filesystem::path>>
download(client_core& core, operation& op, download_source from, std::filesystem::path target,
         transfer_options options);

/// @par Errors  errc::invalid_argument: an option out of its range.
[[nodiscard]] AISTUDIO_DECL result<void> check_transfer(const transfer_options& options);

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/download.ipp>
#include <aistudio/impl/upload.ipp>
#endif
