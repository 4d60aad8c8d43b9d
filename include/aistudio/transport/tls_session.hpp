#pragma once

#include <aistudio/detail/config.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace aistudio::detail {

/// The client's side of one TLS connection, without a socket: takes what the peer sent and says
/// what to send.
///
/// @par Thread safety  None.
class tls_session {
public:
    enum class state {
        ok,
        wants_input, ///< feed more of what the peer sends
        closed,      ///< the peer ended the session
        failed       ///< `error()` and `why()` say what is wrong
    };

    /// `verify`: the peer's certificate must be for `host`, a name or an address.
    AISTUDIO_DECL tls_session(ssl_ctx_st* context, const std::string& host, bool verify);
    tls_session(const tls_session&) = delete;
    tls_session& operator=(const tls_session&) = delete;
    AISTUDIO_DECL ~tls_session();

    /// Where to put what the peer sends; at least `least` bytes.
    struct space {
        char* data;
        std::size_t size;
    };
    [[nodiscard]] AISTUDIO_DECL space prepare(std::size_t least);
    /// `size` bytes were put there.
    void commit(std::size_t size) noexcept { input_end_ += size; }

    [[nodiscard]] AISTUDIO_DECL state shake_hands();
    /// Encrypts all of `plain` into `output()`.
    [[nodiscard]] AISTUDIO_DECL state write(std::string_view plain);
    /// Decrypts at most `capacity` bytes.
    [[nodiscard]] AISTUDIO_DECL state read(char* plain, std::size_t capacity, std::size_t& got);

    /// Adds the farewell to `output()`.
    AISTUDIO_DECL void say_goodbye();

    /// What to send to the peer; the owner empties it.
    [[nodiscard]] std::string& output() noexcept { return output_; }
    /// Nothing of what the peer sent is left over.
    [[nodiscard]] AISTUDIO_DECL bool drained() const noexcept;

    [[nodiscard]] boost::system::error_code error() const noexcept { return error_; }
    /// Why the certificate was refused; empty when it was not that.
    [[nodiscard]] AISTUDIO_DECL std::string why() const;

private:
    struct pipe; // OpenSSL's view of our buffers
    struct free_ssl {
        AISTUDIO_DECL void operator()(ssl_st* ssl) const noexcept;
    };
    AISTUDIO_DECL state meaning_of(int outcome);

    std::unique_ptr<ssl_st, free_ssl> ssl_;
    std::vector<char> input_;
    std::size_t input_begin_ = 0;
    std::size_t input_end_ = 0;
    std::string output_;
    boost::system::error_code error_;
    bool verify_;
};

} // namespace aistudio::detail

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/tls_session.ipp>
#endif
