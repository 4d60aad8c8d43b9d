#pragma once

#include <aistudio/detail/config.hpp>
#include <aistudio/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aistudio {

/// Reads HTTP/1.1 answers out of a buffer that its owner fills. Copies and allocates nothing: the
/// body is a view into the buffer, and a chunked one is put together in place.
///
/// Strict where laxness could mix two answers up: line ends are CR LF, lengths must agree, chunked
/// must be the last and only coding. Headers it does not need are not looked at.
class http1_reader {
public:
    enum class progress {
        more,     ///< the answer is not complete
        complete, ///< `status()`, `body()` and the rest are there
        failed    ///< `error()` says why; nothing more can be read on this connection
    };

    /// Begins a new answer whose body may have `max_body` bytes.
    void start(std::size_t max_body) noexcept {
        *this = http1_reader{};
        max_body_ = max_body;
    }

    /// Reads on. `data` points to the `size` bytes received since the answer began; it may have
    /// moved since the last call, and what `read` took may be fewer bytes now: `size` is updated.
    [[nodiscard]] AISTUDIO_DECL progress read(char* data, std::size_t& size);
    /// The server closed the connection.
    [[nodiscard]] AISTUDIO_DECL progress end() noexcept;

    /// True once a byte of an answer was seen.
    [[nodiscard]] bool began() const noexcept { return began_; }
    /// True once the header is complete.
    [[nodiscard]] bool in_body() const noexcept { return state_ != state::head; }
    [[nodiscard]] errc error() const noexcept { return error_; }
    [[nodiscard]] int status() const noexcept { return status_; }
    /// Another request may follow on the connection.
    [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }
    /// Bytes of the buffer that belong to this answer, once complete.
    [[nodiscard]] std::size_t consumed() const noexcept { return raw_; }
    /// How large the buffer must become for the whole answer, where the server told; else 0.
    [[nodiscard]] std::size_t expected_size() const noexcept {
        return state_ == state::sized ? body_begin_ + length_ : 0;
    }

    [[nodiscard]] std::string_view body(const char* data) const noexcept {
        return {data + body_begin_, body_end_ - body_begin_};
    }
    /// The header Retry-After; empty: none.
    [[nodiscard]] std::string_view retry_after(const char* data) const noexcept {
        return retry_after_.of(data);
    }
    /// The header Date; empty: none.
    [[nodiscard]] std::string_view date(const char* data) const noexcept { return date_.of(data); }

private:
    enum class state { head, sized, chunk_size, chunk_data, chunk_end, trailer, until_close, done };
    struct piece {
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
        [[nodiscard]] std::string_view of(const char* data) const noexcept {
            return {data + begin, size};
        }
    };

    AISTUDIO_DECL progress fail(errc why) noexcept;
    AISTUDIO_DECL progress read_head(char* data, std::size_t& size);
    AISTUDIO_DECL bool read_status_line(std::string_view line) noexcept;
    AISTUDIO_DECL bool read_header(const char* data, std::string_view line);
    AISTUDIO_DECL bool read_length(std::string_view value) noexcept;
    AISTUDIO_DECL progress begin_body(char* data, std::size_t& size);
    AISTUDIO_DECL progress read_body(char* data, std::size_t& size);
    AISTUDIO_DECL progress read_chunks(char* data, std::size_t& size);
    AISTUDIO_DECL progress chunk_step(char* data, std::size_t size);
    AISTUDIO_DECL progress chunk_line(std::string_view line) noexcept;

    state state_ = state::head;
    errc error_ = errc::ok;
    int status_ = 0;
    bool began_ = false;
    bool keep_alive_ = true;
    bool http_1_0_ = false;
    bool has_length_ = false;
    bool chunked_ = false;
    std::size_t max_body_ = 0;
    std::size_t raw_ = 0;        // first byte not read yet
    std::size_t body_begin_ = 0; // of the body in the buffer
    std::size_t body_end_ = 0;
    std::size_t length_ = 0; // of the body, or bytes left of the chunk
    piece retry_after_;
    piece date_;
};

} // namespace aistudio

#if !defined(AISTUDIO_SEPARATE_COMPILATION)
#include <aistudio/impl/http1_reader.ipp>
#endif
