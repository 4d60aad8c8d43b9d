#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace aistudio::test {

struct openssl_free {
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
    void operator()(X509* p) const { X509_free(p); }
    void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, openssl_free>;
using certificate_ptr = std::unique_ptr<X509, openssl_free>;
using tls_context_ptr = std::unique_ptr<SSL_CTX, openssl_free>;

/// A certificate with its private key.
struct identity {
    key_ptr key;
    certificate_ptr certificate;
};

inline void add_extension(X509* subject, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, subject, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr)
        throw std::runtime_error("extension " + value);
    X509_add_ext(subject, extension, -1);
    X509_EXTENSION_free(extension);
}

/// A certificate signed by `issuer` (by itself when nullptr: an authority). `names` as in
/// `DNS:example.com,IP:127.0.0.1`; valid until `seconds` from now.
inline identity make_identity(const std::string& name, const std::string& names,
                              const identity* issuer = nullptr, long seconds = 3600) {
    identity out{key_ptr(EVP_EC_gen("P-256")), certificate_ptr(X509_new())};
    X509* x = out.certificate.get();
    static long serial = 1;
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), -7200);
    X509_gmtime_adj(X509_getm_notAfter(x), seconds);
    X509_set_pubkey(x, out.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* signer = issuer != nullptr ? issuer->certificate.get() : x;
    X509_set_issuer_name(x, X509_get_subject_name(signer));
    if (issuer == nullptr)
        add_extension(x, signer, NID_basic_constraints, "critical,CA:TRUE");
    if (!names.empty())
        add_extension(x, signer, NID_subject_alt_name, names);
    X509_sign(x, issuer != nullptr ? issuer->key.get() : out.key.get(), EVP_sha256());
    return out;
}

inline void write_pem(const identity& who, const std::filesystem::path& file) {
    std::FILE* out = std::fopen(file.c_str(), "w");
    if (out == nullptr)
        throw std::runtime_error("cannot write " + file.string());
    PEM_write_X509(out, who.certificate.get());
    std::fclose(out);
}

/// What a server needs to speak TLS as `who`.
inline tls_context_ptr make_server_context(const identity& who, int max_version = TLS1_3_VERSION) {
    tls_context_ptr context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate(context.get(), who.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), who.key.get());
    if (max_version < TLS1_2_VERSION) // OpenSSL refuses old versions at its default level
        SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), max_version);
    return context;
}

} // namespace aistudio::test
