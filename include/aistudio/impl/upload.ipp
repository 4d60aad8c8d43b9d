#pragma once

#include <aistudio/detail/disk_file.hpp>
#include <aistudio/detail/piece_group.hpp>
#include <aistudio/detail/side_digest.hpp>
#include <aistudio/detail/transfers.hpp>
#include <aistudio/impl/file_io.ipp>
#include <aistudio/impl/object_store.ipp>
#include <aistudio/protocol/transfer_patience.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace aistudio::detail {

inline constexpr std::uint64_t least_part_size = std::uint64_t{1} << 20U;
inline constexpr std::uint64_t most_part_size = std::uint64_t{5} << 30U; // object store, one PUT
inline constexpr int most_parallel = 16;
/// Giving an upload up happens also when the transfer itself was cancelled or timed out.
inline constexpr std::chrono::seconds abort_limit{5};

AISTUDIO_DECL result<void> check_transfer(const transfer_options& options) {
    if (options.part_size < least_part_size || options.part_size > most_part_size)
        return make_problem(errc::invalid_argument,
                            "part_size must be from 1 MiB to 5 GiB, in bytes.");
    if (options.parallel < 1 || options.parallel > most_parallel)
        return make_problem(errc::invalid_argument, "parallel must be 1 to 16.");
    return {};
}

AISTUDIO_DECL result<local_file> look_at(const std::filesystem::path& file, bool allow_empty) {
    if (auto fine = check_file(file); !fine)
        return fine.error();
    const auto opened = disk_file::open(file, disk_file::mode::read);
    if (!opened)
        return opened.error();
    local_file out{file, file.filename().string(), {}};
    std::error_code unknown;
    out.stamp.path = std::filesystem::absolute(file, unknown).lexically_normal().string();
    out.stamp.size = opened->size();
    out.stamp.modified_at = modified_at(file);
    if (out.stamp.size == 0 && !allow_empty)
        return file_problem(errc::invalid_argument, file, "is empty; there is nothing to upload");
    return out;
}

/// The part map's file. Nobody else uses it as long as this object lives.
class upload_journal {
public:
    /// Beside the file, or in the cache folder. Null: somebody uploads the same file already, or
    /// neither can be written.
    static std::shared_ptr<upload_journal> open(const local_file& file, std::string_view purpose,
                                                const environment& env) {
        const std::filesystem::path whole(file.stamp.path);
        const std::string name =
            ".aistudio-" + short_name(file.stamp.path + "\n" + std::string(purpose)) + ".upload";
        if (auto beside = disk_file::open(whole.parent_path() / name, disk_file::mode::private_))
            return locked(std::move(*beside));
        const auto folder = cache_folder(env);
        std::error_code ignored;
        std::filesystem::create_directories(folder, ignored);
        if (auto cached = disk_file::open(folder / name, disk_file::mode::private_))
            return locked(std::move(*cached));
        return nullptr;
    }
    explicit upload_journal(disk_file file) : file_(std::move(file)), end_(file_.size()) {}
    upload_journal(const upload_journal&) = delete;
    upload_journal& operator=(const upload_journal&) = delete;
    ~upload_journal() {
        if (end_ == 0)
            remove();
    }

    [[nodiscard]] std::optional<upload_map> read() const {
        std::string text(end_, '\0');
        const auto got = file_.read(0, text.data(), text.size());
        return got && *got == text.size() ? upload_map::read(text) : std::nullopt;
    }
    /// Losing the journal costs sending parts again, so its failures do not count.
    void begin(const upload_map& map) {
        end_ = 0;
        if (file_.resize(0))
            append(map.head());
    }
    void append(const std::string& line) {
        if (file_.write(end_, line))
            end_ += line.size();
    }
    void remove() {
        std::error_code ignored;
        if (file_.is_in_place())
            std::filesystem::remove(file_.path(), ignored);
    }

private:
    static std::shared_ptr<upload_journal> locked(disk_file file) {
        if (!file.lock())
            return nullptr;
        return std::make_shared<upload_journal>(std::move(file));
    }
    static std::filesystem::path cache_folder(const environment& env) {
        const auto cache = env("XDG_CACHE_HOME");
        if (cache && !cache->empty())
            return std::filesystem::path(*cache) / "aistudio" / "transfers";
        return std::filesystem::path(env("HOME").value_or(".")) / ".cache" / "aistudio" /
               "transfers";
    }

    disk_file file_;
    std::uint64_t end_;
};

AISTUDIO_DECL void upload_receipt::registered() {
    if (journal)
        journal->remove();
    journal.reset();
}

/// One upload. Its coroutines hold it by shared pointers.
class upload_run : public std::enable_shared_from_this<upload_run> {
public:
    using strand = boost::asio::any_io_executor;

    upload_run(client_core& core, const operation& op, const strand& s, local_file file,
               upload_target to, const transfer_options& options,
               std::shared_ptr<progress_meter> meter)
        : core_(core.shared_from_this()), strand_(s), file_(std::move(file)), to_(std::move(to)),
          keeps_(options.resume && !to_.purpose.empty()), most_(options.parallel), limit_(most_),
          plan_(file_.stamp.size, options.part_size), meter_(std::move(meter)),
          patience_(patience_of(core, op), [c = core_] { return c->random(); }), changed_(s),
          rights_(s, [this](operation& o) { return ask_for_grant(o); }) {}

    boost::asio::awaitable<result<upload_receipt>> go(operation& op) {
        const auto self = shared_from_this();
        if (auto opened = disk_file::open(file_.path, disk_file::mode::read))
            reader_ = std::move(*opened);
        else
            co_return opened.error();
        result<void> sent;
        if (plan_.count() == 1)
            sent = co_await send_whole(op);
        else
            sent = co_await send_in_parts(op);
        if (!sent)
            co_return sent.error();
        meter_->at(file_.stamp.size);
        meter_->finish_file(file_.stamp.size);
        co_return upload_receipt{grant_bucket_, grant_key_, file_.stamp.size, to_.sha256, journal_};
    }

private:
    template <class T>
    using call_of =
        std::function<boost::asio::awaitable<result<T>>(operation&, wire::sts_grant grant)>;

    static retry_policy patience_of(const client_core& core, const operation& op) {
        retry_policy out = op.options.retry.value_or(core.options().retry);
        if (!op.options.retry)
            out.max_attempts = std::max(out.max_attempts, transfer_patience::default_attempts);
        return out;
    }

    // ---- the right to write ----

    static std::string_view bare_key(std::string_view key) {
        while (key.starts_with('/'))
            key.remove_prefix(1);
        return key;
    }

    boost::asio::awaitable<result<wire::sts_grant>> ask_for_grant(operation& op) {
        auto grant = co_await to_.grant(op, key_);
        if (!grant)
            co_return grant.error();
        grant_key_ = grant->file_key;
        grant_bucket_ = grant->bucket_name;
        // A grant for another key may reach the old one as well; the store will tell.
        if (!key_.empty() && bare_key(key_) != bare_key(grant->file_key)) {
            fresh_ = *grant;
            grant->file_key = key_;
            grant_key_ = key_;
        }
        co_return grant;
    }

    /// Makes a call until it succeeds or patience ends; asks for a new grant when the store finds
    /// the old one used up.
    template <class T>
    boost::asio::awaitable<result<T>> persist(operation& op, call_of<T> call) {
        transfer_patience::tally tally;
        unsigned used_up = 0;
        for (;;) {
            auto grant = co_await rights_.get(op, used_up);
            if (!grant)
                co_return grant.error();
            const unsigned number = rights_.number();
            auto got = co_await call(op, std::move(*grant));
            if (got) {
                patience_.got_on();
                co_return got;
            }
            if (patience_.worth_renewing(got.error(), tally)) {
                used_up = number;
                continue;
            }
            const auto wait = patience_.after(got.error(), tally);
            if (!wait)
                co_return got.error();
            const errc why =
                co_await core_->sleep_until(op, std::chrono::steady_clock::now() + *wait);
            if (why != errc::ok)
                co_return make_problem(why, {});
        }
    }

    // ---- reading ----

    /// CRC-32 of a part; the file's SHA-256 goes on with it if `also` is not null.
    boost::asio::awaitable<result<std::uint32_t>> read_part(operation& op, int number,
                                                            side_digest* also) {
        file_examination work(reader_, plan_.offset(number), plan_.length(number));
        for (;;) {
            const auto more = work.read_piece(also);
            if (!more)
                co_return more.error();
            const auto going = co_await pause_work(op, file_.path);
            if (!going)
                co_return going.error();
            if (!*more)
                co_return work.crc32();
        }
    }

    std::shared_ptr<file_source> piece(int number) {
        auto report = [weak = weak_from_this(), number](std::uint64_t done, const shared_bytes&) {
            if (const auto self = weak.lock())
                self->on_its_way(number, done);
        };
        return std::make_shared<file_source>(file_.path, plan_.offset(number), plan_.length(number),
                                             std::move(report));
    }

    void on_its_way(int number, std::uint64_t done) {
        on_its_way_[number] = done;
        std::uint64_t sum = at_store_;
        for (const auto& [part, bytes] : on_its_way_)
            sum += bytes;
        meter_->at(sum);
    }

    /// Starts the SHA-256 anew, unless it is known.
    void begin_hash() {
        hash_side_.reset();
        hash_ = sha256();
        if (to_.sha256.empty())
            hash_side_.emplace([this](std::string_view bytes) { hash_.update(bytes); });
    }
    [[nodiscard]] side_digest* hash() { return hash_side_ ? &*hash_side_ : nullptr; }
    void finish_hash() {
        if (!hash_side_)
            return;
        hash_side_->drain();
        hash_side_.reset();
        to_.sha256 = hash_.finish();
    }

    // ---- one piece ----

    /// The checksum must be known before. The SHA-256 begins meanwhile, and goes on while the bytes
    /// are sent.
    boost::asio::awaitable<result<void>> send_whole(operation& op) {
        begin_hash();
        auto reading = hash() != nullptr ? read_whole(op) : read_part(op, 1, nullptr);
        const auto crc = co_await std::move(reading);
        if (!crc)
            co_return crc.error();
        call_of<std::string> put = [this, crc = *crc](operation& o, wire::sts_grant grant) {
            return put_piece(*core_, o, std::move(grant), {}, hashed_whole(), crc);
        };
        const auto tag = co_await persist<std::string>(op, std::move(put));
        if (!tag)
            co_return tag.error();
        finish_hash();
        co_return result<void>{};
    }

    /// CRC-32 of the file; its first bytes come into the SHA-256.
    boost::asio::awaitable<result<std::uint32_t>> read_whole(operation& op) {
        hurried_examination work(reader_, file_.stamp.size);
        for (;;) {
            const auto more = work.read_piece(*hash());
            if (!more)
                co_return more.error();
            const auto going = co_await pause_work(op, file_.path);
            if (!going)
                co_return going.error();
            if (*more)
                continue;
            hashed_ = hashed_before_ = work.digested();
            co_return work.crc32();
        }
    }

    /// Bytes that the store takes are those that were read before: the checksum fits. Those of an
    /// attempt that failed may have been others, and do not count.
    void hash_sent(std::uint64_t offset, shared_bytes piece) {
        if (offset == 0 && hashed_ != hashed_before_) {
            begin_hash();
            hashed_ = hashed_before_ = 0;
        }
        const std::uint64_t end = offset + piece.bytes.size();
        if (hash() == nullptr || end <= hashed_)
            return;
        piece.bytes.remove_prefix(static_cast<std::size_t>(hashed_ - offset));
        hashed_ = end;
        hash()->add(std::move(piece));
    }

    std::shared_ptr<file_source> hashed_whole() {
        auto report = [weak = weak_from_this()](std::uint64_t done, const shared_bytes& piece) {
            const auto self = weak.lock();
            if (!self)
                return;
            self->hash_sent(done - piece.bytes.size(), piece);
            self->meter_->at(done);
        };
        return std::make_shared<file_source>(file_.path, 0, file_.stamp.size, std::move(report));
    }

    // ---- parts ----

    boost::asio::awaitable<result<void>> send_in_parts(operation& op) {
        if (keeps_)
            journal_ = upload_journal::open(file_, core_->options().base_url + "\n" + to_.purpose,
                                            core_->env());
        if (journal_)
            map_ = journal_->read();
        if (map_ && map_->file() == file_.stamp)
            plan_ = map_->plan();
        auto sent = co_await try_parts(op);
        if (!sent && is_refusal(sent.error()) && fresh_) {
            // The old upload is out of reach with the only grants there are.
            forget_upload();
            sent = co_await try_parts(op);
        }
        if (!sent)
            co_await give_up(sent.error());
        co_return sent;
    }

    static bool is_refusal(const problem& p) { return p.status == 401 || p.status == 403; }

    /// Begins anew, with the last grant's own key.
    void forget_upload() {
        map_.reset();
        key_.clear();
        if (fresh_) {
            grant_key_ = fresh_->file_key;
            grant_bucket_ = fresh_->bucket_name;
            rights_.set(*std::exchange(fresh_, std::nullopt));
        }
    }

    boost::asio::awaitable<result<void>> try_parts(operation& op) {
        begin_hash();
        // Nothing is sent before something was read.
        const auto first = co_await read_part(op, 1, hash());
        if (!first)
            co_return first.error();
        auto ready = co_await settle(op);
        if (!ready)
            co_return ready;
        ready = co_await send_missing(op, *first);
        if (!ready)
            co_return ready;
        co_return co_await complete(op);
    }

    /// Finds out what of an earlier upload is still good, and begins one where there is none.
    boost::asio::awaitable<result<void>> settle(operation& op) {
        if (map_ && map_->file() != file_.stamp)
            co_await abandon(op);
        if (map_) {
            auto agreed = co_await agree(op);
            if (!agreed)
                co_return agreed;
        }
        if (!map_) {
            auto begun = co_await begin(op);
            if (!begun)
                co_return begun;
        }
        at_store_ = map_->bytes();
        meter_->at(at_store_);
        co_return result<void>{};
    }

    /// The file is another one by now: its old upload is of no use to anybody.
    boost::asio::awaitable<void> abandon(operation& op) {
        key_ = map_->place().key;
        operation own;
        own.options = op.options;
        own.deadline = std::chrono::steady_clock::now() + abort_limit;
        auto grant = co_await rights_.get(own, 0);
        if (grant) {
            auto ignored =
                co_await abort_upload(*core_, own, std::move(*grant), map_->place().upload_id);
            (void)ignored;
        }
        forget_upload();
    }

    /// Keeps of the map what the store has as well.
    boost::asio::awaitable<result<void>> agree(operation& op) {
        key_ = map_->place().key;
        auto grant = co_await rights_.get(op, 0);
        if (!grant)
            co_return grant.error();
        if (grant->endpoint != map_->place().endpoint ||
            grant->bucket_name != map_->place().bucket_name) {
            forget_upload();
            co_return result<void>{};
        }
        const auto listed = co_await list_all(op);
        if (listed) {
            map_->keep_agreed(*listed);
            co_return result<void>{};
        }
        if (map_->complete() && listed.error().status == 404) {
            const auto there = co_await is_whole(op);
            if (there && *there)
                completed_ = true;
            if (completed_)
                co_return result<void>{};
        }
        if (may_go_on_later(listed.error()))
            co_return listed.error();
        forget_upload();
        co_return result<void>{};
    }

    boost::asio::awaitable<result<std::vector<wire::upload_part>>> list_all(operation& op) {
        std::vector<wire::upload_part> all;
        int after = 0;
        for (;;) {
            call_of<wire::part_list> list = [this, after](operation& o, wire::sts_grant grant) {
                return list_parts(*core_, o, std::move(grant), map_->place().upload_id, after);
            };
            auto page = co_await persist<wire::part_list>(op, std::move(list));
            if (!page)
                co_return page.error();
            all.insert(all.end(), page->parts.begin(), page->parts.end());
            if (!page->is_truncated || page->next_part_number_marker <= after)
                co_return all;
            after = page->next_part_number_marker;
        }
    }

    boost::asio::awaitable<result<void>> begin(operation& op) {
        call_of<std::string> call = [this](operation& o, wire::sts_grant grant) {
            return begin_upload(*core_, o, std::move(grant));
        };
        auto id = co_await persist<std::string>(op, std::move(call));
        if (!id)
            co_return id.error();
        const auto grant = co_await rights_.get(op, 0);
        if (!grant)
            co_return grant.error();
        key_ = grant->file_key;
        map_.emplace(file_.stamp,
                     upload_place{grant->endpoint, grant->bucket_name, key_, std::move(*id)},
                     plan_);
        if (journal_)
            journal_->begin(*map_);
        co_return result<void>{};
    }

    /// Reads the parts in order, and sends those that the store has not.
    boost::asio::awaitable<result<void>> send_missing(operation& op, std::uint32_t first_crc) {
        piece_group group(strand_, op);
        failed_.reset();
        for (int number = 1; number <= plan_.count() && !failed_; ++number) {
            result<std::uint32_t> crc(first_crc);
            if (number > 1)
                crc = co_await read_part(op, number, hash());
            if (!crc) {
                fail(crc.error());
                break;
            }
            if (confirmed(number, *crc))
                continue;
            co_await group.until_left(static_cast<std::size_t>(most_ - 1));
            if (!failed_)
                group.start([self = shared_from_this(), number, crc = *crc](operation& own) {
                    return self->send_part(own, number, crc);
                });
        }
        if (failed_)
            group.interrupt(errc::cancelled);
        co_await group.until_left(0);
        if (failed_)
            co_return *failed_;
        co_return result<void>{};
    }

    bool confirmed(int number, std::uint32_t crc) {
        if (map_->confirm(number, crc))
            return true;
        at_store_ = map_->bytes();
        return false;
    }

    void fail(problem p) {
        if (!failed_)
            failed_ = std::move(p);
    }

    boost::asio::awaitable<void> send_part(operation& op, int number, std::uint32_t crc) {
        call_of<std::string> put = [this, number, crc](operation& o, wire::sts_grant grant) {
            return put_when_allowed(o, std::move(grant), number, crc);
        };
        auto tag = co_await persist<std::string>(op, std::move(put));
        on_its_way_.erase(number);
        if (!tag) {
            fail(tag.error());
            changed_.raise();
            co_return;
        }
        at_store_ += plan_.length(number);
        uploaded_part part{number, crc, std::move(*tag)};
        if (journal_)
            journal_->append(upload_map::line(part));
        map_->add(std::move(part));
    }

    /// Fewer at a time after a failure, so that on a bad line some part gets through; more again
    /// with each that does.
    boost::asio::awaitable<result<std::string>>
    put_when_allowed(operation& op, wire::sts_grant grant, int number, std::uint32_t crc) {
        while (sending_ >= limit_ && op.stop.reason() == errc::ok)
            co_await changed_.wait(op);
        ++sending_;
        const query_parameters query{{"partNumber", std::to_string(number)},
                                     {"uploadId", map_->place().upload_id}};
        auto body = piece(number);
        auto tag = co_await put_piece(*core_, op, std::move(grant), query, std::move(body), crc);
        --sending_;
        limit_ = tag ? std::min(limit_ + 1, most_) : std::max(limit_ / 2, 1);
        on_its_way_[number] = 0;
        changed_.raise();
        co_return tag;
    }

    boost::asio::awaitable<result<void>> complete(operation& op) {
        finish_hash();
        if (reader_.size() != file_.stamp.size ||
            modified_at(file_.path) != file_.stamp.modified_at)
            co_return file_problem(errc::file_unreadable, file_.path,
                                   "changed while it was uploaded; upload it again");
        if (completed_)
            co_return result<void>{};
        call_of<void> end = [this](operation& o, wire::sts_grant grant) {
            return complete_upload(*core_, o, std::move(grant), map_->place().upload_id,
                                   map_->list(), map_->crc32());
        };
        auto done = co_await persist<void>(op, std::move(end));
        if (done || done.error().status != 404)
            co_return done;
        // Its answer may have been lost, and the object be there.
        const auto there = co_await is_whole(op);
        if (there && *there)
            co_return result<void>{};
        co_return done;
    }

    boost::asio::awaitable<result<bool>> is_whole(operation& op) {
        call_of<std::int64_t> look = [this](operation& o, wire::sts_grant grant) {
            return object_size(*core_, o, std::move(grant));
        };
        const auto size = co_await persist<std::int64_t>(op, std::move(look));
        if (!size)
            co_return size.error();
        co_return *size == static_cast<std::int64_t>(file_.stamp.size);
    }

    /// What cannot go on later is taken away from the store.
    boost::asio::awaitable<void> give_up(const problem& why) {
        if (journal_ && may_go_on_later(why))
            co_return;
        if (journal_) {
            journal_->remove();
            journal_.reset();
        }
        if (!map_ || rights_.number() == 0)
            co_return;
        operation own;
        own.deadline = std::chrono::steady_clock::now() + abort_limit;
        auto grant = co_await rights_.get(own, 0);
        if (!grant)
            co_return;
        auto ignored =
            co_await abort_upload(*core_, own, std::move(*grant), map_->place().upload_id);
        (void)ignored;
    }

    std::shared_ptr<client_core> core_;
    strand strand_;
    local_file file_;
    upload_target to_;
    bool keeps_;
    int most_;  // parts on their way at a time
    int limit_; // the same, after failures
    int sending_ = 0;
    part_plan plan_;
    std::shared_ptr<progress_meter> meter_;
    transfer_patience patience_;
    change_signal changed_;
    renewable<wire::sts_grant> rights_;
    std::optional<wire::sts_grant> fresh_; // for another key than the upload's
    std::string key_;                      // of the upload; empty: there is none yet
    std::string grant_key_;
    std::string grant_bucket_;
    disk_file reader_;
    sha256 hash_;
    std::optional<side_digest> hash_side_; // behind what its thread uses
    std::uint64_t hashed_ = 0;             // bytes in the SHA-256 of a file that goes in one piece
    std::uint64_t hashed_before_ = 0;      // of them, before anything was sent
    std::shared_ptr<upload_journal> journal_;
    std::optional<upload_map> map_;
    bool completed_ = false;     // by an earlier call
    std::uint64_t at_store_ = 0; // bytes
    std::map<int, std::uint64_t> on_its_way_;
    std::optional<problem> failed_;
};

AISTUDIO_DECL boost::asio::awaitable<result<upload_receipt>>
upload(client_core& core, operation& op, local_file file, upload_target to,
       transfer_options options, std::shared_ptr<progress_meter> meter) {
    if (auto fine = check_transfer(options); !fine)
        co_return fine.error();
    const boost::asio::any_io_executor strand = co_await boost::asio::this_coro::executor;
    const auto run = std::make_shared<upload_run>(core, op, strand, std::move(file), std::move(to),
                                                  options, std::move(meter));
    co_return co_await run->go(op);
}

AISTUDIO_DECL boost::asio::awaitable<void> discard_upload(client_core& core, operation& op,
                                                          local_file file, std::string purpose,
                                                          wire::sts_grant grant) {
    const auto journal =
        upload_journal::open(file, core.options().base_url + "\n" + purpose, core.env());
    if (!journal)
        co_return;
    const auto map = journal->read();
    if (map) {
        operation own;
        own.options = op.options;
        own.deadline = std::chrono::steady_clock::now() + abort_limit;
        auto ignored = co_await abort_upload(core, own, std::move(grant), map->place().upload_id);
        (void)ignored;
    }
    journal->remove();
}

} // namespace aistudio::detail
