#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "base/deleter.h"
#include "net/tls.h"

namespace rampart::net {
namespace {

std::string text(const char* words) { return words != nullptr ? words : ""; }

// Empty for what a WallTime cannot hold, which ends in 2262.
std::optional<base::WallTime> wall(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const std::chrono::seconds since(timegm(&parts));
  if (since > std::chrono::duration_cast<std::chrono::seconds>(base::Nanos::max()) ||
      since < std::chrono::duration_cast<std::chrono::seconds>(base::Nanos::min()))
    return std::nullopt;
  return base::WallTime(since);
}

std::string subject_of(const X509* certificate) {
  const std::unique_ptr<BIO, base::Deleter<BIO_free>> out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

std::optional<TlsInfo> tls_info(const Stream& stream) {
  SSL* ssl = stream.native_tls();
  if (ssl == nullptr || SSL_is_init_finished(ssl) != 1) return std::nullopt;
  TlsInfo out;
  out.version = text(SSL_get_version(ssl));
  out.cipher = text(SSL_get_cipher_name(ssl));
  if (const auto group = SSL_get_negotiated_group(ssl); group != NID_undef)
    out.group = text(SSL_group_to_name(ssl, static_cast<int>(group)));
  out.resumed = SSL_session_reused(ssl) == 1;
  const unsigned char* alpn = nullptr;
  unsigned alpn_size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
  if (alpn_size > 0) out.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_size);
  const X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return out;
  if (const EVP_PKEY* key = X509_get0_pubkey(certificate)) {
    out.key_type = text(EVP_PKEY_get0_type_name(key));
    out.key_bits = static_cast<unsigned>(EVP_PKEY_get_bits(key));
  }
  out.subject = subject_of(certificate);
  out.not_before = wall(X509_get0_notBefore(certificate));
  out.not_after = wall(X509_get0_notAfter(certificate));
  return out;
}

bool tls_resumed(const Stream& stream) {
  const SSL* ssl = stream.native_tls();
  return ssl != nullptr && SSL_is_init_finished(ssl) == 1 && SSL_session_reused(ssl) == 1;
}

}  // namespace rampart::net
