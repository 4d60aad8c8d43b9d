#include "local/objects/gateway.hpp"

#include "local/http/target.hpp"
#include "local/http/work.hpp"
#include "local/json_text.hpp"
#include "local/objects/file_answer.hpp"
#include "local/objects/key.hpp"
#include "local/objects/object_refusal.hpp"
#include "local/objects/range.hpp"
#include "local/refusal.hpp"
#include "local/utf8.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace aistudio::local::objects {
namespace asio = boost::asio;
namespace {

constexpr std::uint64_t part_list_limit = std::uint64_t{4} << 20U;

std::string base64_of_hex(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return to_base64(bytes);
}

/// Digests that a request announced for the bytes it sends, or for those it puts together.
struct announced_digests {
    explicit announced_digests(const http::request_head& head)
        : md5(http::header(head, "Content-MD5")), crc(http::header(head, "x-bce-content-crc32")) {}

    void check(const store::content_writer& received) const {
        const auto& got = received.what();
        if (!crc.empty() && crc != std::to_string(received.crc()))
            throw object_refusal{
                400, "BadDigest",
                "The CRC32 of the bytes received is not the one announced; send the object again."};
        if (!md5.empty() && md5 != got.md5 && md5 != base64_of_hex(got.md5))
            throw object_refusal{
                400, "BadDigest",
                "The MD5 of the bytes received is not the one announced; send the object again."};
    }

    std::string md5;
    std::string crc;
};

http::response json(std::string body) {
    http::response r;
    r.body = std::move(body);
    return r;
}

http::response with_request_id(http::response r, const std::string& id) {
    r.headers.emplace_back("x-bce-request-id", id);
    return r;
}

http::response refused(const object_refusal& why, const std::string& request_id) {
    http::response r;
    r.status = why.status;
    r.body = to_wire(wire::object_error{why.code, to_utf8(why.message, false).text, request_id});
    return with_request_id(std::move(r), request_id);
}

object_refusal from_refusal(const refusal& r) {
    switch (r.code()) {
    case service_code::disk_full:
        return {507, "InsufficientStorage", r.message()};
    case service_code::payload_too_large:
        return {413, "EntityTooLarge", r.message()};
    case service_code::parameter_invalid:
        return {400, "InvalidArgument", r.message()};
    default:
        return {500, "InternalError", r.message()};
    }
}

/// Request headers, as the signature needs them.
std::vector<std::pair<std::string_view, std::string_view>>
headers_of(const http::request_head& head) {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    for (const auto& field : head)
        all.emplace_back(http::view(field.name_string()), http::view(field.value()));
    return all;
}

object_refusal no_such_key() {
    return {404, "NoSuchKey", "There is no object with this key; check the key."};
}

} // namespace

/// What all object calls share: who may do what, and the form of errors. Everything needed of the
/// head is copied, since it is gone when the body comes.
class gateway::object_exchange : public http::exchange {
public:
    object_exchange(gateway& g, const http::request_head& head)
        : gateway_(g), request_id_(store::random_hex(16)), verb_(head.method()),
          range_(http::header(head, "Range")), if_range_(http::header(head, "If-Range")),
          announced_(head), content_type_(http::header(head, "Content-Type")) {
        if (content_type_.empty())
            content_type_ = "application/octet-stream";
        const http::target target(http::view(head.target()));
        query_ = http::parse_query(target.query);
        try {
            const auto key_part = target.path.substr(bucket.size() + 1);
            lists_ = without_leading_slash(key_part).empty();
            if (!lists_)
                key_ = required_key(target.path);
            authorize(head);
        } catch (const object_refusal& r) {
            refused_ = r;
        }
    }

    [[nodiscard]] std::uint64_t body_limit() const override {
        return verb_ == http::verb::post ? part_list_limit : 0;
    }

    [[nodiscard]] std::optional<http::response> refuse_early() override {
        if (!refused_)
            return std::nullopt;
        return refused(*refused_, request_id_);
    }

    asio::awaitable<http::response> answer(std::string body) override {
        body_ = std::move(body);
        co_return co_await guarded([this] { return answer_now(); });
    }

    [[nodiscard]] http::response failed(std::int64_t code, std::string message) override {
        return refused(from_refusal(refusal(code, std::move(message))), request_id_);
    }

protected:
    /// Runs blocking `work` and turns what it throws into an answer.
    template <class F>
    asio::awaitable<http::response> guarded(F work) {
        co_return co_await http::on_pool(gateway_.pool_, [this, work]() -> http::response {
            try {
                return with_request_id(work(), request_id_);
            } catch (const object_refusal& r) {
                return refused(r, request_id_);
            } catch (const refusal& r) {
                return refused(from_refusal(r), request_id_);
            } catch (const std::exception& e) {
                return refused({500, "InternalError", e.what()}, request_id_);
            }
        });
    }

    /// The number in the query's `name`; refuses what is not from `least` to `most`.
    [[nodiscard]] int number(std::string_view name, int otherwise, int least, int most) const {
        const auto text = http::find(query_, name);
        const auto n = text ? http::parse_number(*text) : otherwise;
        if (!n || *n < least || *n > most)
            throw object_refusal{400, "InvalidArgument",
                                 "`" + std::string(name) + "` must be a whole number from " +
                                     std::to_string(least) + " to " + std::to_string(most) + "."};
        return static_cast<int>(*n);
    }
    /// Empty: the call is not about an upload in parts.
    [[nodiscard]] std::string_view upload() const {
        return http::find(query_, "uploadId").value_or(std::string_view{});
    }

    gateway& gateway_;
    std::string request_id_;
    http::verb verb_;
    std::string range_;
    std::string if_range_;
    http::parameters query_;
    std::string key_;
    bool lists_ = false;
    announced_digests announced_;
    std::string content_type_;
    std::optional<object_refusal> refused_;

private:
    static std::string required_key(std::string_view path) {
        auto key = key_of_path(path);
        if (!key)
            throw object_refusal{
                400, "InvalidArgument",
                "The key is not valid: it has an empty, `.` or `..` part, or is too long."};
        return std::move(*key);
    }

    void authorize(const http::request_head& head) {
        const auto in_query = http::find(query_, "authorization");
        const auto text = in_query ? *in_query : http::header(head, "Authorization");
        if (text.empty())
            throw object_refusal{403, "AccessDenied",
                                 "The request is not signed; sign it with the keys of a grant."};
        const auto signature = parse_authorization(text);
        if (!signature)
            throw object_refusal{400, "InvalidHTTPAuthHeader", signature.error().detail};
        const auto g = gateway_.grants_.find(signature->access_key_id);
        if (!g)
            throw object_refusal{
                403, "InvalidAccessKeyId",
                "The access key is unknown or its grant has expired; ask for a new grant."};
        if (signature->expired(gateway_.grants_.now()))
            throw object_refusal{403, "RequestExpired",
                                 "The signature has expired; sign the request again."};
        check_session(head, *g);
        check_signature(head, *signature, *g, in_query.has_value());
        check_reach(*g);
    }

    void check_session(const http::request_head& head, const grant& g) {
        const auto header = http::header(head, "x-bce-security-token");
        const auto token =
            header.empty() ? http::find(query_, "x-bce-security-token").value_or(std::string_view{})
                           : header;
        if (!g.session_token.empty() && !g.session_token.equals(token))
            throw object_refusal{403, "AccessDenied",
                                 "The session token does not belong to the access key."};
    }

    void check_signature(const http::request_head& head, const bce_authorization& signature,
                         const grant& g, bool in_query) {
        bce_request request{http::view(head.method_string()), http::view(head.target()),
                            headers_of(head)};
        auto verified = verify(request, signature, g.secret_key, gateway_.grants_.now());
        if (!verified && in_query &&
            verb_ == http::verb::head) { // an address to read is good for looking, too
            request.method = "GET";
            verified = verify(request, signature, g.secret_key, gateway_.grants_.now());
        }
        if (!verified)
            throw object_refusal{403, "SignatureDoesNotMatch", verified.error().detail};
    }

    void check_reach(const grant& g) const {
        const bool writes =
            verb_ == http::verb::put || verb_ == http::verb::delete_ || verb_ == http::verb::post;
        const std::string_view name =
            lists_ ? http::find(query_, "prefix").value_or(std::string_view{})
                   : std::string_view(key_);
        if ((writes && !g.may_write) || !g.reaches(name))
            throw object_refusal{
                403, "AccessDenied",
                "The grant does not allow that here; ask for a grant for this object."};
    }

    http::response answer_now() {
        switch (verb_) {
        case http::verb::get:
            if (http::find(query_, "uploads") && lists_)
                return json(to_wire(gateway_.uploads_.list(prefix())));
            if (!upload().empty() && !lists_)
                return parts();
            return lists_ ? list() : get();
        case http::verb::head:
            return lists_ ? json({}) : get();
        case http::verb::delete_:
            return upload().empty() ? remove() : give_up();
        case http::verb::post:
            return post();
        default:
            throw not_allowed();
        }
    }

    static object_refusal not_allowed() {
        return {405, "MethodNotAllowed",
                "The object store knows PUT, GET, HEAD, DELETE and uploads in parts here."};
    }

    [[nodiscard]] std::string_view prefix() const {
        return http::find(query_, "prefix").value_or(std::string_view{});
    }

    http::response parts() {
        const int after = number("partNumberMarker", 0, 0, multipart_uploads::max_parts);
        return json(to_wire(
            gateway_.uploads_.parts(upload(), key_, after, number("maxParts", 1000, 1, 1000))));
    }

    http::response give_up() {
        gateway_.uploads_.abort(upload(), key_);
        http::response r;
        r.status = 204;
        r.content_type.clear();
        return r;
    }

    /// The begin or the end of an upload in parts.
    http::response post() {
        if (lists_)
            throw not_allowed();
        if (!upload().empty())
            return complete();
        if (!http::find(query_, "uploads"))
            throw not_allowed();
        return json(to_wire(wire::begun_upload{std::string(bucket), key_,
                                               gateway_.uploads_.begin(key_, content_type_)}));
    }

    http::response complete() {
        const auto request = from_body<wire::complete_upload>(body_);
        auto whole = gateway_.uploads_.assemble(upload(), key_, request.parts);
        announced_.check(whole);
        const auto content = gateway_.uploads_.complete(upload(), key_, std::move(whole));
        auto r = json(to_wire(wire::completed_upload{path_of_key(key_), std::string(bucket), key_,
                                                     e_tag(content.md5)}));
        r.headers.emplace_back("ETag", e_tag(content.md5));
        return r;
    }

    http::response list() {
        list_request request;
        request.prefix = prefix();
        request.delimiter = http::find(query_, "delimiter").value_or(std::string_view{});
        request.marker = http::find(query_, "marker").value_or(std::string_view{});
        if (const auto text = http::find(query_, "maxKeys")) {
            const auto n = http::parse_number(*text);
            if (!n || *n < 1)
                throw object_refusal{400, "InvalidArgument",
                                     "`maxKeys` must be a whole number from 1 to 1000."};
            request.max_keys = static_cast<int>(std::min<std::int64_t>(*n, 1000));
        }
        return json(to_wire(gateway_.store_.list(request)));
    }

    http::response get() {
        const auto object = gateway_.store_.find(key_);
        if (!object)
            throw no_such_key();
        auto r = file_answer(object->path, static_cast<std::uint64_t>(object->info.size),
                             range_if(range_, if_range_, e_tag(object->info.md5)));
        if (!r)
            throw object_refusal{416, "InvalidRange", "The range begins behind the object's end."};
        r->content_type = object->content_type;
        r->headers.emplace_back("ETag", e_tag(object->info.md5));
        r->headers.emplace_back("Last-Modified", http_date(object->info.modified_at));
        return std::move(*r);
    }

    http::response remove() {
        if (!gateway_.store_.remove(key_))
            throw no_such_key();
        http::response r;
        r.status = 204;
        r.content_type.clear();
        return r;
    }

    std::string body_;
};

/// Takes an object's bytes, or those of a part, to disk as they come.
class gateway::put_exchange final : public gateway::object_exchange {
public:
    put_exchange(gateway& g, const http::request_head& head) : object_exchange(g, head) {
        if (!refused_ && lists_)
            refused_ = {405, "MethodNotAllowed", "A bucket cannot be made or changed."};
        if (!refused_ && upload().empty() && http::find(query_, "partNumber"))
            refused_ = {400, "InvalidArgument", "A part needs the `uploadId` it belongs to."};
    }

    [[nodiscard]] std::uint64_t body_limit() const override {
        return std::numeric_limits<std::uint64_t>::max() / 2;
    }
    [[nodiscard]] bool streams() const override { return true; }

    asio::awaitable<void> take(std::string_view piece) override {
        co_await http::on_pool(gateway_.pool_, [this, piece] {
            try {
                if (!content_)
                    content_.emplace(gateway_.store_.begin_put());
                content_->append(piece);
            } catch (...) {
                content_.reset(); // the room is needed at once
                throw;
            }
        });
    }

    asio::awaitable<http::response> answer(std::string) override {
        co_return co_await guarded([this] { return put(); });
    }

private:
    http::response put() {
        if (!content_)
            content_.emplace(gateway_.store_.begin_put()); // an empty object
        content_->finish();
        announced_.check(*content_);
        const auto kept = keep();
        http::response r;
        r.content_type.clear();
        r.headers = {{"ETag", e_tag(kept.md5)}, {"Content-MD5", base64_of_hex(kept.md5)}};
        return r;
    }

    store::content keep() {
        if (upload().empty())
            return gateway_.store_.put(key_, content_type_, std::move(*content_));
        const int part = number("partNumber", 0, 1, multipart_uploads::max_parts);
        return gateway_.uploads_.put(upload(), key_, part, std::move(*content_));
    }

    std::optional<store::content_writer> content_;
};

bool gateway::owns(std::string_view path) {
    if (!path.starts_with('/') || path.substr(1, bucket.size()) != bucket)
        return false;
    return path.size() == bucket.size() + 1 || path[bucket.size() + 1] == '/';
}

std::unique_ptr<http::exchange> gateway::begin(const http::request_head& head) {
    if (head.method() == http::verb::put)
        return std::make_unique<put_exchange>(*this, head);
    return std::make_unique<object_exchange>(*this, head);
}

} // namespace aistudio::local::objects
