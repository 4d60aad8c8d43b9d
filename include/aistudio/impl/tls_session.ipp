#pragma once

#include <aistudio/transport/tls_session.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace aistudio::detail {

struct tls_session::pipe {
    static tls_session& owner(BIO* bio) { return *static_cast<tls_session*>(BIO_get_data(bio)); }

    static int write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
        owner(bio).output_.append(data, size);
        *written = size;
        return 1;
    }

    static int read(BIO* bio, char* data, std::size_t size, std::size_t* got) {
        tls_session& self = owner(bio);
        BIO_clear_retry_flags(bio);
        *got = std::min(size, self.input_end_ - self.input_begin_);
        if (*got == 0) {
            BIO_set_retry_read(bio);
            return 0;
        }
        std::memcpy(data, self.input_.data() + self.input_begin_, *got);
        self.input_begin_ += *got;
        return 1;
    }

    static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH; }

    static BIO_METHOD* method() {
        static BIO_METHOD* const made = [] {
            BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "aistudio");
            if (m == nullptr)
                throw std::bad_alloc();
            BIO_meth_set_write_ex(m, &write);
            BIO_meth_set_read_ex(m, &read);
            BIO_meth_set_ctrl(m, &control);
            return m;
        }();
        return made;
    }
};

AISTUDIO_DECL void tls_session::free_ssl::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

AISTUDIO_DECL tls_session::tls_session(ssl_ctx_st* context, const std::string& host, bool verify)
    : ssl_(SSL_new(context)), verify_(verify) {
    BIO* bio = ssl_ ? BIO_new(pipe::method()) : nullptr;
    if (bio == nullptr)
        throw std::bad_alloc();
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_connect_state(ssl_.get());
    SSL_set_read_ahead(ssl_.get(), 1); // a record's header and body in one go
    boost::system::error_code not_literal;
    [[maybe_unused]] const auto literal = boost::asio::ip::make_address(host, not_literal);
    if (not_literal)
        SSL_set_tlsext_host_name(ssl_.get(), host.c_str()); // SNI carries names only
    if (!verify)
        return;
    X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl_.get());
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (not_literal)
        X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size());
    else
        X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str());
    SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, nullptr);
}

AISTUDIO_DECL tls_session::~tls_session() = default;

AISTUDIO_DECL tls_session::space tls_session::prepare(std::size_t least) {
    if (input_begin_ == input_end_)
        input_begin_ = input_end_ = 0;
    if (input_.size() - input_end_ < least) {
        std::copy(input_.begin() + static_cast<std::ptrdiff_t>(input_begin_),
                  input_.begin() + static_cast<std::ptrdiff_t>(input_end_), input_.begin());
        input_end_ -= input_begin_;
        input_begin_ = 0;
        input_.resize(std::max(input_.size(), input_end_ + least));
    }
    return {input_.data() + input_end_, input_.size() - input_end_};
}

AISTUDIO_DECL bool tls_session::drained() const noexcept {
    return input_begin_ == input_end_ && SSL_has_pending(ssl_.get()) == 0;
}

AISTUDIO_DECL tls_session::state tls_session::meaning_of(int outcome) {
    switch (SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_NONE:
        return state::ok;
    case SSL_ERROR_WANT_READ:
        return state::wants_input;
    case SSL_ERROR_ZERO_RETURN:
        return state::closed;
    default:
        error_ = {static_cast<int>(ERR_get_error()), boost::asio::error::get_ssl_category()};
        return state::failed;
    }
}

AISTUDIO_DECL tls_session::state tls_session::shake_hands() {
    ERR_clear_error();
    return meaning_of(SSL_do_handshake(ssl_.get()));
}

AISTUDIO_DECL tls_session::state tls_session::write(std::string_view plain) {
    ERR_clear_error();
    std::size_t written = 0;
    return meaning_of(SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written));
}

AISTUDIO_DECL tls_session::state tls_session::read(char* plain, std::size_t capacity,
                                                   std::size_t& got) {
    ERR_clear_error();
    return meaning_of(SSL_read_ex(ssl_.get(), plain, capacity, &got));
}

AISTUDIO_DECL void tls_session::say_goodbye() {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

AISTUDIO_DECL std::string tls_session::why() const {
    const long result = SSL_get_verify_result(ssl_.get());
    return verify_ && result != X509_V_OK ? X509_verify_cert_error_string(result) : "";
}

} // namespace aistudio::detail
