#pragma once

#include <aistudio/error.hpp>
#include <aistudio/protocol/digest.hpp>

#include <boost/crc.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace aistudio {
namespace detail {

inline void require_digest(bool done) {
    if (!done)
        throw api_error(make_problem(errc::internal_error,
                                     "OpenSSL cannot compute a digest that is needed here."));
}

inline std::string_view as_text(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size}; // NOLINT: char may alias anything
}

AISTUDIO_DECL void streaming_digest::deleter::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

AISTUDIO_DECL streaming_digest::streaming_digest(const char* algorithm)
    : context_(EVP_MD_CTX_new()) {
    const EVP_MD* md = EVP_get_digestbyname(algorithm);
    require_digest(context_ && md != nullptr &&
                   EVP_DigestInit_ex(context_.get(), md, nullptr) == 1);
}

AISTUDIO_DECL void streaming_digest::update(std::string_view bytes) {
    require_digest(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

AISTUDIO_DECL std::string streaming_digest::finish_bytes() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    require_digest(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) == 1 &&
                   EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1);
    return std::string(as_text(bytes.data(), size));
}

AISTUDIO_DECL std::string streaming_digest::finish() { return to_hex(finish_bytes()); }

} // namespace detail

AISTUDIO_DECL std::string sha256::of(std::string_view bytes) {
    sha256 digest;
    digest.update(bytes);
    return digest.finish();
}

AISTUDIO_DECL std::string md5::of(std::string_view bytes) {
    md5 digest;
    digest.update(bytes);
    return digest.finish();
}

AISTUDIO_DECL void crc32::update(std::string_view bytes) noexcept {
    boost::crc_32_type crc(remainder_);
    crc.process_bytes(bytes.data(), bytes.size());
    remainder_ = crc.get_interim_remainder();
}

AISTUDIO_DECL std::uint32_t crc32::value() const noexcept {
    return boost::crc_32_type(remainder_).checksum();
}

AISTUDIO_DECL std::string hmac_sha256(std::string_view key, std::string_view message) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    const auto* text =
        reinterpret_cast<const unsigned char*>(message.data()); // NOLINT: OpenSSL's idea of bytes
    detail::require_digest(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text,
                                message.size(), bytes.data(), &size) != nullptr);
    return to_hex(detail::as_text(bytes.data(), size));
}

AISTUDIO_DECL std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        hex += digits[static_cast<unsigned char>(c) >> 4U];
        hex += digits[static_cast<unsigned char>(c) & 15U];
    }
    return hex;
}

AISTUDIO_DECL std::string to_base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // OpenSSL adds a terminator
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data()); // NOLINT
    auto* to = reinterpret_cast<unsigned char*>(text.data());                // NOLINT
    text.resize(
        static_cast<std::size_t>(EVP_EncodeBlock(to, from, static_cast<int>(bytes.size()))));
    return text;
}

AISTUDIO_DECL std::string content_md5(std::string_view body) {
    md5 digest;
    digest.update(body);
    return to_base64(digest.finish_bytes());
}

} // namespace aistudio
