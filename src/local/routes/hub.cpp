#include "local/routes/hub.hpp"

#include "local/http/envelope.hpp"
#include "local/http/work.hpp"
#include "local/objects/file_answer.hpp"
#include "local/objects/range.hpp"
#include "local/refusal.hpp"
#include "local/routes/api.hpp"
#include "local/utf8.hpp"

#include <aistudio/protocol/bce_auth.hpp>
#include <aistudio/protocol/digest.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace aistudio::local::routes {
namespace asio = boost::asio;
namespace {

using http::verb;
/// A commit carries its small files in base64.
constexpr std::uint64_t commit_limit = std::uint64_t{256} << 20U;
constexpr int max_page = 1000;

/// A path of the Git host, taken apart.
struct place {
    std::string owner;
    std::string name;
    /// `contents`, `preupload`, `tags`, `trees`, `media`, `batch` or `verify`; empty: unknown.
    std::string what;
    /// File path, branch or tag.
    std::string rest;
};

std::string joined(const std::vector<std::string>& parts, std::size_t from) {
    std::string out;
    for (auto i = from; i < parts.size(); ++i)
        out.append(i == from ? "" : "/").append(parts[i]);
    return out;
}

place place_of(const std::vector<std::string>& s) {
    if (s.size() > 5 && s[0] == "api") {
        const bool tree = s[5] == "git" && s.size() > 7 && s[6] == "trees";
        if (tree)
            return {s[3], s[4], "trees", joined(s, 7)};
        return {s[3], s[4], s[5], joined(s, 6)};
    }
    if (s.size() == 6 && s[1].ends_with(".git")) // OWNER/NAME.git/info/lfs/objects/WHAT
        return {s[0], s[1].substr(0, s[1].size() - 4), s[5], ""};
    if (s.size() > 3 && s[2] == "preupload") // as older clients call it
        return {s[0], s[1], s[2], joined(s, 3)};
    return {};
}

http::response json(unsigned status, std::string body) {
    return json_answer(status, std::move(body));
}

http::response failure(std::int64_t code, const std::string& message) {
    return json(http::status_of(code), to_wire(wire::hub_error{to_utf8(message, false).text}));
}

/// What stands in `folder` itself: its files, and its folders once each.
std::vector<wire::hub_file> children(const std::vector<wire::hub_file>& all,
                                     std::string_view folder) {
    const std::size_t skip = folder.empty() ? 0 : folder.size() + 1;
    std::vector<wire::hub_file> out;
    for (const auto& f : all) {
        const auto slash = f.path.find('/', skip);
        if (slash == std::string::npos) {
            out.push_back(f);
            continue;
        }
        const auto path = f.path.substr(0, slash);
        if (!out.empty() && out.back().path == path)
            continue;
        wire::hub_file d{path, path.substr(skip), "dir", {}, 0, f.last_commit_sha, {}};
        d.sha = sha256::of(path).substr(0, f.sha.size());
        out.push_back(std::move(d));
    }
    return out;
}

} // namespace

class hub::hub_exchange : public http::exchange {
public:
    hub_exchange(hub& h, const http::request_head& head)
        : hub_(h), verb_(head.method()), range_(http::header(head, "Range")),
          if_range_(http::header(head, "If-Range")) {
        const http::target target(http::view(head.target()));
        query_ = http::parse_query(target.query);
        path_ = target.path;
        authorization_ = http::header(head, "Authorization");
        const auto token = token_of(authorization_);
        authorized_ = !token.empty() && h.token_.equals(token);
        if (!token.empty() && !authorized_)
            refused_ = refusal(service_code::unauthorized,
                               "The access token is wrong; use the one of this studio.");
        if (const auto parts = http::segments(target.path))
            place_ = place_of(*parts);
    }

    [[nodiscard]] std::uint64_t body_limit() const override { return commit_limit; }

    [[nodiscard]] std::optional<http::response> refuse_early() override {
        if (!refused_)
            return std::nullopt;
        return failed(refused_->code(), refused_->message());
    }

    asio::awaitable<http::response> answer(std::string body) override {
        body_ = std::move(body);
        co_return co_await http::on_pool(hub_.pool_, [this] { return guarded(); });
    }

    [[nodiscard]] http::response failed(std::int64_t code, std::string message) override {
        return failure(code, message);
    }

private:
    http::response guarded() {
        try {
            return answer_now();
        } catch (const refusal& r) {
            return failure(r.code(), r.message());
        } catch (const std::exception& e) {
            return failure(service_code::internal,
                           std::string("The studio failed: ") + e.what() + ".");
        }
    }

    http::response answer_now() {
        const bool reads = verb_ == verb::get || verb_ == verb::head;
        if (reads && place_.what == "contents")
            return contents();
        if (reads && place_.what == "media")
            return media();
        if (reads && place_.what == "tags")
            return tag();
        if (reads && place_.what == "trees")
            return tree();
        if (reads && domain::repositories::is_large_name(place_.what))
            return large();
        if (verb_ == verb::post && place_.what == "preupload")
            return preupload();
        if (verb_ == verb::post && place_.what == "batch")
            return batch();
        if (verb_ == verb::post && place_.what == "verify")
            return verify();
        if (!reads && place_.what == "contents")
            return place_.rest.empty() ? commit() : commit_one();
        throw refusal(service_code::not_found,
                      "The studio's hub has no such call; compare it with the list of calls.");
    }

    /// The repository, for those who may read it.
    domain::repositories::repository readable() {
        return hub_.repositories_.get(place_.owner, place_.name, authorized_);
    }
    /// The same, for its owner.
    domain::repositories::repository own() {
        if (!authorized_)
            throw refusal(service_code::unauthorized,
                          "The access token is missing; send it in the header Authorization.");
        return readable();
    }

    template <class T>
    [[nodiscard]] T read() const {
        return from_body<T>(body_);
    }

    [[nodiscard]] std::string_view parameter(std::string_view name) const {
        return http::find(query_, name).value_or(std::string_view{});
    }
    [[nodiscard]] int number(std::string_view name, int otherwise, int most) const {
        const auto text = parameter(name);
        const auto n = text.empty() ? otherwise : http::parse_number(text);
        if (!n || *n < 1 || *n > most)
            refuse_invalid("The query's `" + std::string(name) + "` must be from 1 to " +
                           std::to_string(most) + ".");
        return static_cast<int>(*n);
    }

    http::response contents() {
        const auto state = hub_.repositories_.at(readable(), parameter("ref"));
        if (const auto f = hub_.repositories_.find(state, place_.rest))
            return json(200, to_wire(f->info));
        const auto below = hub_.repositories_.files(state, place_.rest);
        if (below.empty() && !place_.rest.empty())
            refuse_unknown("file or folder", place_.rest);
        return json(200, to_wire(children(below, place_.rest)));
    }

    http::response media() {
        const auto state = hub_.repositories_.at(readable(), parameter("ref"));
        const auto f = hub_.repositories_.find(state, place_.rest);
        if (!f)
            refuse_unknown("file", place_.rest);
        return bytes_of(*f, f->info.sha256.value_or(""));
    }

    /// A file, or the range of it that was asked for. Its tag is its SHA-256.
    template <class File>
    [[nodiscard]] http::response bytes_of(const File& f, const std::string& digest) const {
        const auto tag = "\"" + digest + "\"";
        auto r = objects::file_answer(f.content, static_cast<std::uint64_t>(f.info.size),
                                      objects::range_if(range_, if_range_, tag));
        if (!r)
            return json(416, to_wire(wire::hub_error{"The range begins behind the file's end."}));
        r->headers.emplace_back("ETag", tag);
        return std::move(*r);
    }

    http::response tag() {
        const auto found = hub_.repositories_.tag(readable(), place_.rest);
        if (!found)
            refuse_unknown("tag", place_.rest);
        return json(200, to_wire(*found));
    }

    http::response tree() {
        const auto state = hub_.repositories_.at(readable(), place_.rest);
        auto all = hub_.repositories_.files(state, "");
        const int page = number("page", 1, 1'000'000);
        const auto size = static_cast<std::size_t>(number("per_page", max_page, max_page));
        const auto first = std::min(all.size(), static_cast<std::size_t>(page - 1) * size);
        const auto last = std::min(all.size(), first + size);
        wire::hub_tree out;
        out.sha = state.sha;
        out.url = hub_.grants_.endpoint() + path_;
        out.total_count = static_cast<std::int64_t>(all.size());
        out.page = page;
        out.truncated = last < all.size();
        for (auto i = first; i < last; ++i) {
            out.tree.push_back(std::move(all[i]));
            out.tree.back().type = "blob";
        }
        return json(200, to_wire(out));
    }

    http::response preupload() {
        (void)own();
        auto paths = read<wire::hub_paths>();
        for (auto& f : paths.files)
            f.lfs = domain::repositories::is_large_kind(f.path);
        return json(200, to_wire(paths));
    }

    /// A large file by its SHA-256, where the answer to a batch sends those who download.
    http::response large() {
        const auto f = hub_.repositories_.find_large(readable(), place_.what);
        if (!f)
            refuse_unknown("large file", place_.what);
        return bytes_of(*f, place_.what);
    }

    http::response batch() {
        const auto request = read<wire::large_file_batch>();
        if (request.operation != "upload" && request.operation != "download")
            refuse_invalid("`operation` must be upload or download.");
        const bool downloads = request.operation == "download";
        const auto repository = downloads ? readable() : own();
        if (!request.hash_algo.empty() && request.hash_algo != "sha256")
            refuse_invalid("`hash_algo` must be sha256.");
        wire::large_file_answers out;
        for (const auto& f : request.objects) {
            wire::large_file_answer a{f.oid, f.size, {}, {}};
            if (downloads)
                offer(repository, a);
            else if (!hub_.repositories_.has_large(repository, f))
                a.actions = upload_of(repository, f);
            out.objects.push_back(std::move(a));
        }
        auto r = json(200, to_wire(out));
        r.content_type = "application/vnd.git-lfs+json; charset=utf-8";
        return r;
    }

    /// Where to get a large file of the repository. Whoever may not read it without the token is
    /// told to send the one of this call.
    void offer(const domain::repositories::repository& repository, wire::large_file_answer& a) {
        if (!hub_.repositories_.find_large(repository, a.oid)) {
            a.error = wire::large_file_error{404, "The repository has no such large file."};
            return;
        }
        wire::large_file_action download{object_url(a.oid), {}, {}, {}};
        if (!repository.info.is_public)
            download.header = {{"Authorization", authorization_}};
        a.actions = wire::large_file_actions{{}, {}, std::move(download)};
    }

    [[nodiscard]] std::string object_url(std::string_view what) const {
        return hub_.grants_.endpoint() + "/" + place_.owner + "/" + uri_encode(place_.name, false) +
               ".git/info/lfs/objects/" + std::string(what);
    }

    /// One grant in two forms: keys for an upload in parts, and an address that takes a PUT.
    wire::large_file_actions upload_of(const domain::repositories::repository& repository,
                                       const wire::large_file& f) {
        auto& grants = hub_.grants_;
        const auto given = grants.issue(domain::repositories::large_key(repository, f.oid), true);
        const auto expires = to_string(grants.now() + objects::grants::lifetime);
        wire::large_file_action upload{grants.signed_url("PUT", given), {}, expires, {}};
        upload.sts_token = wire::large_file_grant{given.endpoint,          given.bucket_name,
                                                  given.file_key,          given.access_key_id,
                                                  given.secret_access_key, given.session_token,
                                                  to_string(grants.now()), expires};
        return {std::move(upload), wire::large_file_action{object_url("verify"), {}, {}, {}}, {}};
    }

    http::response verify() {
        const auto repository = own();
        const auto f = read<wire::large_file>();
        hub_.repositories_.accept_large(repository, f);
        return json(200, to_wire(f));
    }

    http::response commit() {
        if (verb_ != verb::post)
            throw refusal(service_code::method_not_allowed, "A commit is sent by POST.");
        const auto repository = own();
        return json(201, to_wire(hub_.repositories_.commit(repository, read<wire::hub_commit>())));
    }

    /// One file, as older clients send it.
    http::response commit_one() {
        const auto repository = own();
        auto change = read<wire::hub_change>();
        wire::hub_commit request = read<wire::hub_commit>();
        change.path = place_.rest;
        change.operation = verb_ == verb::post  ? "create"
                           : verb_ == verb::put ? "update"
                                                : "delete";
        request.files = {std::move(change)};
        return json(verb_ == verb::post ? 201 : 200,
                    to_wire(hub_.repositories_.commit(repository, request)));
    }

    hub& hub_;
    verb verb_;
    std::string range_;
    std::string if_range_;
    std::string authorization_;
    http::parameters query_;
    std::string path_;
    place place_;
    bool authorized_ = false;
    std::optional<refusal> refused_;
    std::string body_;
};

bool hub::owns(std::string_view path) {
    if (path.starts_with("/api/v1/repos/") ||
        path.find(".git/info/lfs/objects/") != std::string_view::npos)
        return true;
    const auto parts = http::segments(path);
    return parts && parts->size() > 3 && (*parts)[2] == "preupload";
}

std::unique_ptr<http::exchange> hub::begin(const http::request_head& head) {
    return std::make_unique<hub_exchange>(*this, head);
}

} // namespace aistudio::local::routes
