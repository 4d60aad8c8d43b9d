#pragma once

#include <aistudio/codec/json.hpp>
#include <aistudio/detail/disk_file.hpp>
#include <aistudio/detail/piece_group.hpp>
#include <aistudio/detail/side_digest.hpp>
#include <aistudio/detail/transfers.hpp>
#include <aistudio/impl/file_io.ipp>
#include <aistudio/impl/object_store.ipp>
#include <aistudio/protocol/download_machine.hpp>
#include <aistudio/protocol/transfer_patience.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <utility>

namespace aistudio::detail {

inline constexpr std::int64_t least_parallel_download = std::int64_t{64} << 20U;
inline constexpr std::uint64_t least_span = std::uint64_t{8} << 20U;
inline constexpr std::uint64_t saved_every = std::uint64_t{8} << 20U;

/// What is there of a download: a file of bytes beside the target, and one that tells which. Nobody
/// else uses them as long as this object lives.
class partial_file {
public:
    /// With `keeps`, those that an earlier call left, if nobody else is at it; otherwise new ones
    /// that go with this object.
    static result<std::shared_ptr<partial_file>> open(const std::filesystem::path& target,
                                                      bool keeps) {
        auto name = short_name(target.filename().string());
        while (keeps) {
            auto part = disk_file::open(beside(target, name, ".part"), disk_file::mode::update);
            if (!part)
                return cannot_write(target);
            if (!part->lock())
                break;
            if (part->is_in_place()) // not renamed or removed before it was locked
                return std::make_shared<partial_file>(std::move(*part), target, name, true);
        }
        std::random_device random;
        name = std::to_string(random()) + std::to_string(random());
        auto part = disk_file::open(beside(target, name, ".part"), disk_file::mode::update);
        if (!part)
            return cannot_write(target);
        return std::make_shared<partial_file>(std::move(*part), target, name, false);
    }
    partial_file(disk_file bytes, std::filesystem::path target, const std::string& name, bool keeps)
        : bytes_(std::move(bytes)), target_(std::move(target)),
          state_(beside(target_, name, ".json")), keeps_(keeps) {}
    partial_file(const partial_file&) = delete;
    partial_file& operator=(const partial_file&) = delete;
    ~partial_file() {
        if (!settled_ && !keeps_)
            discard();
    }

    [[nodiscard]] disk_file& bytes() noexcept { return bytes_; }
    [[nodiscard]] std::optional<download_record> left() const {
        std::ifstream in(state_, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        auto record = from_json<download_record>(text);
        return record ? std::optional(std::move(*record)) : std::nullopt;
    }
    /// Losing it costs asking for bytes again, so its failures do not count.
    void save(const download_record& record) {
        const auto text = to_json(record);
        if (!keeps_ || !text)
            return;
        auto next = state_;
        next += ".new";
        auto file = disk_file::open(next, disk_file::mode::private_);
        std::error_code ignored;
        if (file && file->resize(0) && file->write(0, *text))
            std::filesystem::rename(next, state_, ignored);
    }
    /// Gives the bytes the target's name; they are on the disk when this returns.
    result<void> become_target(std::uint64_t size) {
        auto done = bytes_.resize(size);
        if (done)
            done = bytes_.sync();
        if (!done)
            return cannot_write(target_);
        std::error_code error;
        std::filesystem::rename(bytes_.path(), target_, error);
        if (error)
            return file_problem(errc::write_failed, target_, "cannot be replaced");
        settled_ = true;
        std::filesystem::remove(state_, error);
        sync_folder_of(target_);
        return {};
    }
    void discard() {
        std::error_code ignored;
        std::filesystem::remove(state_, ignored);
        std::filesystem::remove(bytes_.path(), ignored);
        settled_ = true;
    }
    [[nodiscard]] bool keeps() const noexcept { return keeps_; }

    static problem cannot_write(const std::filesystem::path& target) {
        return file_problem(errc::write_failed, target, "cannot be written; the disk may be full");
    }

private:
    static std::filesystem::path beside(const std::filesystem::path& target,
                                        const std::string& name, std::string_view suffix) {
        return target.parent_path() / (".aistudio-" + name + std::string(suffix));
    }

    disk_file bytes_;
    std::filesystem::path target_;
    std::filesystem::path state_;
    bool keeps_;
    bool settled_ = false;
};

/// The digest that a download is checked by. It follows the bytes that come in order; others are
/// read from the disk later.
class prefix_digest {
public:
    void begin(const std::string& sha256_hex, std::string_view e_tag) {
        at_ = 0;
        side_.reset();
        sha256_.reset();
        md5_.reset();
        if (!sha256_hex.empty())
            sha256_.emplace();
        else if (is_md5(e_tag))
            md5_.emplace();
        if (wanted())
            side_.emplace([this](std::string_view bytes) {
                sha256_ ? sha256_->update(bytes) : md5_->update(bytes);
            });
    }
    void add(std::uint64_t offset, shared_bytes piece) {
        if (offset != at_)
            return;
        at_ += piece.bytes.size();
        if (side_)
            side_->add(std::move(piece));
    }
    [[nodiscard]] std::uint64_t at() const noexcept { return at_; }
    [[nodiscard]] bool wanted() const noexcept { return sha256_ || md5_; }
    /// What differs from what is expected; empty: nothing, or there is nothing to compare.
    [[nodiscard]] std::string_view finish(const std::string& sha256_hex, std::string_view e_tag) {
        if (side_)
            side_->drain();
        if (sha256_ && sha256_->finish() != sha256_hex)
            return "SHA-256";
        if (md5_ && md5_->finish() != e_tag.substr(1, 32))
            return "MD5";
        return {};
    }

private:
    /// The ETag of an object sent in one piece is its MD5 in quotes; of several pieces it may have
    /// a dash.
    static bool is_md5(std::string_view e_tag) {
        return e_tag.size() == 34 && e_tag.front() == '"' && e_tag.back() == '"' &&
               e_tag.find_first_not_of("0123456789abcdef", 1) == 33;
    }

    std::uint64_t at_ = 0;
    std::optional<sha256> sha256_;
    std::optional<md5> md5_;
    std::optional<side_digest> side_; // last: its thread uses the others
};

/// One download. Its coroutines and sinks hold it by shared pointers.
class download_run : public std::enable_shared_from_this<download_run> {
public:
    using strand = boost::asio::any_io_executor;

    download_run(client_core& core, const operation& op, const strand& s, download_source from,
                 std::filesystem::path target, const transfer_options& options)
        : core_(core.shared_from_this()), strand_(s), from_(std::move(from)),
          target_(std::move(target)), keeps_(options.resume),
          streams_(from_.size >= least_parallel_download ? options.parallel : 1),
          machine_({from_.identity, from_.size,
                    streams_ > 1 ? std::max(options.part_size, least_span) : 0}),
          meter_(options.progress, from_.size > 0 ? static_cast<std::uint64_t>(from_.size) : 0),
          patience_(patience_of(core, op), [c = core_] { return c->random(); }),
          address_(s, from_.open) {
        if (!from_.send)
            from_.send = [c = core_](operation& o, http_request r) {
                return c->call(o, std::move(r));
            };
    }

    boost::asio::awaitable<result<std::filesystem::path>> go(operation& op) {
        const auto self = shared_from_this();
        auto part = partial_file::open(target_, keeps_);
        if (!part)
            co_return part.error();
        part_ = std::move(*part);
        auto got = co_await take_over(op);
        if (got)
            got = co_await fetch(op);
        if (got)
            got = co_await check(op);
        if (got)
            got = part_->become_target(static_cast<std::uint64_t>(machine_.size()));
        if (got)
            co_return target_;
        if (part_->keeps() && may_go_on_later(got.error()) && machine_.done() > 0)
            part_->save(machine_.record());
        else
            part_->discard();
        co_return got.error();
    }

private:
    class range_sink;

    static retry_policy patience_of(const client_core& core, const operation& op) {
        retry_policy out = op.options.retry.value_or(core.options().retry);
        if (!op.options.retry)
            out.max_attempts = std::max(out.max_attempts, transfer_patience::default_attempts);
        return out;
    }

    // ---- what an earlier call left ----

    boost::asio::awaitable<result<void>> take_over(operation& op) {
        const auto left = part_->left();
        const bool adopted = left && machine_.adopt(*left);
        digest_.begin(from_.sha256, machine_.e_tag());
        if (!adopted) {
            if (auto emptied = part_->bytes().resize(0); !emptied)
                co_return partial_file::cannot_write(target_);
            co_return result<void>{};
        }
        for (const auto& range : machine_.ranges()) {
            const auto same = co_await is_still(op, range);
            if (!same)
                co_return same.error();
            if (!*same)
                machine_.drop(range);
        }
        if (machine_.prefix() != digest_.at())
            digest_.begin(from_.sha256, machine_.e_tag());
        set_total();
        meter_.at(machine_.done());
        co_return result<void>{};
    }

    /// Reads what should be there; what a crash of the machine took away is found out here.
    boost::asio::awaitable<result<bool>> is_still(operation& op, stored_range range) {
        crc32 sum;
        for (std::uint64_t at = 0; at < range.length;) {
            const auto piece =
                read_block(part_->bytes(), range.first + at, range.length - at, blocks_);
            if (!piece)
                co_return false;
            sum.update(piece->bytes);
            digest_.add(range.first + at, *piece);
            at += piece->bytes.size();
            const auto going = co_await pause_work(op, target_);
            if (!going)
                co_return going.error();
        }
        co_return sum.value() == range.crc32;
    }

    // ---- the bytes ----

    boost::asio::awaitable<result<void>> fetch(operation& op) {
        piece_group group(strand_, op);
        for (int i = 0; i < streams_ && !machine_.complete(); ++i)
            group.start([self = shared_from_this()](operation& own) { return self->stream(own); });
        while (group.running() > 0) {
            co_await group.until_left(group.running() - 1);
            if (failed_)
                group.interrupt(errc::cancelled);
        }
        if (failed_)
            co_return *failed_;
        if (!machine_.complete())
            co_return make_problem(errc::incomplete_transfer,
                                   "`" + target_.string() + "` did not arrive as a whole.");
        co_return result<void>{};
    }

    std::optional<download_machine::span> next_span() {
        return failed_ ? std::nullopt : machine_.next();
    }

    /// Asks for one span after the other until nothing is missing.
    boost::asio::awaitable<void> stream(operation& op) {
        transfer_patience::tally tally;
        unsigned used_up = 0;
        while (const auto span = next_span()) {
            const auto got = co_await ask(op, *span, used_up);
            if (got) {
                const auto read = co_await catch_up(op);
                if (!read)
                    fail(read.error());
                continue;
            }
            if (!has_changed(got.error()) && patience_.worth_renewing(got.error(), tally)) {
                used_up = address_.number();
                continue;
            }
            const auto wait = delay_after(got.error(), tally);
            if (!wait)
                fail(got.error());
            else if (const errc why =
                         co_await core_->sleep_until(op, std::chrono::steady_clock::now() + *wait);
                     why != errc::ok)
                fail(make_problem(why, {}));
        }
    }

    /// The object is another one than before; no answer of the service.
    static bool has_changed(const problem& p) { return p.code == errc::conflict && p.status == 0; }

    std::optional<std::chrono::milliseconds> delay_after(const problem& p,
                                                         transfer_patience::tally& tally) {
        if (!has_changed(p))
            return patience_.after(p, tally);
        if (machine_.restarts() > download_machine::max_restarts)
            return std::nullopt;
        return std::chrono::milliseconds{0};
    }

    boost::asio::awaitable<result<void>> ask(operation& op, download_machine::span span,
                                             unsigned used_up);

    http_request request_for(http_request request, const download_machine::span& span,
                             std::shared_ptr<body_sink> sink) const {
        request.kind = answer_kind::plain;
        request.repeatable = true;
        request.once = true;
        request.sink = std::move(sink);
        const auto range = machine_.range_of(span);
        if (range.empty())
            return request;
        request.headers.push_back({"Range", range});
        if (auto tag = machine_.if_range(); !tag.empty())
            request.headers.push_back({"If-Range", std::move(tag)});
        return request;
    }

    void fail(problem p) {
        if (!failed_)
            failed_ = std::move(p);
    }

    void set_total() {
        if (machine_.size() > 0)
            meter_.set_total(static_cast<std::uint64_t>(machine_.size()));
    }

    /// Bytes arrived.
    result<void> store(const download_machine::span& span, std::uint64_t offset,
                       const shared_bytes& piece) {
        if (!part_->bytes().write(offset, piece.bytes))
            return partial_file::cannot_write(target_);
        if (!machine_.add(span, offset, piece.bytes))
            return make_problem(errc::conflict, "The object has changed.", phase::store);
        digest_.add(offset, piece);
        patience_.got_on();
        meter_.at(machine_.done());
        unsaved_ += piece.bytes.size();
        if (unsaved_ >= saved_every) {
            unsaved_ = 0;
            part_->save(machine_.record());
        }
        return {};
    }

    // ---- the end ----

    /// Brings the digest up to what is here from the first byte on.
    boost::asio::awaitable<result<void>> catch_up(operation& op) {
        if (!digest_.wanted())
            co_return result<void>{};
        while (digest_.at() < machine_.prefix()) {
            const auto piece =
                read_block(part_->bytes(), digest_.at(), machine_.prefix() - digest_.at(), blocks_);
            if (!piece)
                co_return file_problem(errc::file_unreadable, target_,
                                       "cannot be read while it is downloaded");
            digest_.add(digest_.at(), *piece);
            const auto going = co_await pause_work(op, target_);
            if (!going)
                co_return going.error();
        }
        co_return result<void>{};
    }

    boost::asio::awaitable<result<void>> check(operation& op) {
        const auto read = co_await catch_up(op);
        if (!read)
            co_return read;
        const auto differs = digest_.finish(from_.sha256, machine_.e_tag());
        if (!differs.empty())
            co_return file_problem(errc::checksum_mismatch, target_,
                                   "arrived with another " + std::string(differs));
        co_return result<void>{};
    }

    std::shared_ptr<client_core> core_;
    strand strand_;
    download_source from_;
    std::filesystem::path target_;
    bool keeps_;
    int streams_;
    download_machine machine_;
    progress_meter meter_;
    transfer_patience patience_;
    renewable<http_request> address_;
    std::shared_ptr<partial_file> part_;
    prefix_digest digest_;
    block_pool blocks_;
    std::uint64_t unsaved_ = 0;
    std::optional<problem> failed_;
};

/// Takes the bytes of one span's answer.
class download_run::range_sink final : public body_sink {
public:
    range_sink(std::shared_ptr<download_run> run, download_machine::span span)
        : run_(std::move(run)), span_(span) {}

    [[nodiscard]] result<void> begin(const http_response& head, std::int64_t length) override {
        auto& machine = run_->machine_;
        const int before = machine.restarts();
        const bool may_be_md5 = machine.e_tag().empty() && run_->from_.sha256.empty();
        const auto at = machine.accept(
            span_, {head.status, head.header("ETag"), head.header("Content-Range"), length});
        if (may_be_md5 || machine.restarts() != before)
            run_->digest_.begin(run_->from_.sha256, machine.e_tag());
        if (!at)
            return at.error();
        offset_ = *at;
        run_->set_total();
        return {};
    }
    [[nodiscard]] std::span<char> room() override {
        if (!block_ || block_pool::block_size - used_ < least_room) {
            block_.reset(); // may be the next one again
            block_ = run_->blocks_.take();
            used_ = 0;
        }
        return {block_.get() + used_, block_pool::block_size - used_};
    }
    [[nodiscard]] result<void> write(std::string_view piece) override {
        result<void> stored;
        while (stored && !piece.empty()) {
            const auto to = room();
            const auto size = std::min(to.size(), piece.size());
            if (piece.data() != to.data())
                std::copy_n(piece.data(), size, to.data());
            stored = take({block_, {to.data(), size}});
            piece.remove_prefix(size);
        }
        return stored;
    }
    [[nodiscard]] const download_machine::span& span() const noexcept { return span_; }

private:
    /// To receive less at once would cost more than the memory is worth.
    static constexpr std::size_t least_room = std::size_t{64} << 10U;

    result<void> take(const shared_bytes& piece) {
        auto stored = run_->store(span_, offset_, piece);
        offset_ += piece.bytes.size();
        used_ += piece.bytes.size();
        return stored;
    }

    std::shared_ptr<download_run> run_;
    download_machine::span span_;
    std::uint64_t offset_ = 0;
    block_pool::block block_;
    std::size_t used_ = 0; // bytes of the block
};

/// Asks for one span.
inline boost::asio::awaitable<result<void>>
download_run::ask(operation& op, download_machine::span span, unsigned used_up) {
    auto address = co_await address_.get(op, used_up);
    if (!address) {
        machine_.give_back(span);
        co_return address.error();
    }
    const int before = machine_.restarts();
    const auto sink = std::make_shared<range_sink>(shared_from_this(), span);
    auto request = request_for(std::move(*address), span, sink);
    const auto answer = co_await from_.send(op, std::move(request));
    machine_.give_back(sink->span());
    if (answer) {
        machine_.ended(sink->span());
        co_return result<void>{};
    }
    if (answer.error().status == 416)
        machine_.refuse_range();
    if (machine_.restarts() != before && op.stop.reason() == errc::ok)
        co_return make_problem(errc::conflict,
                               "`" + target_.string() + "` changes while it is downloaded.",
                               phase::body);
    co_return answer.error();
}

AISTUDIO_DECL boost::asio::awaitable<result<std::filesystem::path>>
download(client_core& core, operation& op, download_source from, std::filesystem::path target,
         transfer_options options) {
    if (auto fine = check_transfer(options); !fine)
        co_return fine.error();
    const boost::asio::any_io_executor strand = co_await boost::asio::this_coro::executor;
    const auto run = std::make_shared<download_run>(core, op, strand, std::move(from),
                                                    std::move(target), options);
    co_return co_await run->go(op);
}

} // namespace aistudio::detail
