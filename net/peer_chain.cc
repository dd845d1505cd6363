#include "net/peer_chain.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <span>

#include "base/deleter.h"
#include "net/go_name.h"
#include "net/stream.h"

namespace rampart::net {
namespace {

using std::chrono::sys_seconds;

void free_stack(STACK_OF(X509) * certificates) { sk_X509_pop_free(certificates, X509_free); }
using Certificates = std::unique_ptr<STACK_OF(X509), base::Deleter<free_stack>>;

// What is kept of one connection.
struct Shown {
  Certificates all;
  std::optional<sys_seconds> way_not_after;
};

int shown_index() {
  static const int index = SSL_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* shown, CRYPTO_EX_DATA*, int, long, void*) {
        const std::unique_ptr<Shown> gone(static_cast<Shown*>(shown));
      });
  return index;
}

sys_seconds seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return sys_seconds(std::chrono::seconds(0));
  return sys_seconds(std::chrono::seconds(timegm(&parts)));
}

sys_seconds end_of(const X509* certificate) { return seconds_of(X509_get0_notAfter(certificate)); }

bool same(const X509* a, const X509* b) { return a == b || X509_cmp(a, b) == 0; }

// Looks for other ways to a trusted certificate than the one that OpenSSL found: a server may show
// several, of which one ends earlier. What it shows is hostile, so signatures are few.
class Ways {
 public:
  explicit Ways(X509_STORE_CTX& context)
      : context_(context),
        shown_(X509_STORE_CTX_get0_untrusted(&context)),
        found_(X509_STORE_CTX_get0_chain(&context)) {}

  // Until when the way holds that holds longest.
  sys_seconds longest() {
    best_ = sys_seconds::max();
    for (int i = 0; i < sk_X509_num(found_); ++i)
      best_ = std::min(best_, end_of(sk_X509_value(found_, i)));
    X509* own = X509_STORE_CTX_get0_cert(&context_);
    follow(own, end_of(own), 0);
    return best_;
  }

 private:
  static constexpr std::size_t kDeepest = 10;
  static constexpr int kSignatures = 32;

  void follow(X509* certificate, sys_seconds until, std::size_t depth) {
    if (depth == kDeepest || until <= best_) return;  // no better than what is known
    way_[depth] = certificate;
    const Certificates trusted(
        X509_STORE_CTX_get1_certs(&context_, X509_get_issuer_name(certificate)));
    for (int i = 0; i < sk_X509_num(trusted.get()); ++i) {
      X509* issuer = sk_X509_value(trusted.get(), i);
      const auto end = std::min(until, end_of(issuer));
      if (end > best_ && issued(certificate, issuer)) best_ = end;
    }
    for (int i = 0; i < sk_X509_num(shown_); ++i) {
      X509* issuer = sk_X509_value(shown_, i);
      const auto way = std::span(way_).first(depth + 1);
      const bool met =
          std::any_of(way.begin(), way.end(), [issuer](const X509* x) { return same(x, issuer); });
      const auto end = std::min(until, end_of(issuer));
      if (!met && end > best_ && issued(certificate, issuer)) follow(issuer, end, depth + 1);
    }
  }

  bool issued(X509* certificate, X509* issuer) {
    if (X509_check_issued(issuer, certificate) != X509_V_OK || X509_check_ca(issuer) < 1)
      return false;
    if (X509_cmp_current_time(X509_get0_notBefore(issuer)) >= 0 ||
        X509_cmp_current_time(X509_get0_notAfter(issuer)) <= 0)
      return false;
    for (int i = 0; i + 1 < sk_X509_num(found_); ++i)
      if (same(sk_X509_value(found_, i), certificate) && same(sk_X509_value(found_, i + 1), issuer))
        return true;  // OpenSSL checked it
    if (++signatures_ > kSignatures) return false;
    return X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
  }

  X509_STORE_CTX& context_;
  const STACK_OF(X509) * shown_;
  const STACK_OF(X509) * found_;
  sys_seconds best_;
  std::array<X509*, kDeepest> way_{};
  int signatures_ = 0;
};

void keep(X509_STORE_CTX& context, bool found) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(&context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* shown = static_cast<Shown*>(SSL_get_ex_data(ssl, shown_index()));
  if (shown == nullptr) {
    auto made = std::make_unique<Shown>();
    if (SSL_set_ex_data(ssl, shown_index(), made.get()) != 1) return;
    shown = made.release();  // freed with the connection
  }
  shown->all.reset(X509_chain_up_ref(X509_STORE_CTX_get0_untrusted(&context)));
  shown->way_not_after.reset();
  if (!found) return;
  ERR_set_mark();  // a way that leads nowhere is no error of the connection
  shown->way_not_after = Ways(context).longest();
  ERR_pop_to_mark();
}

// In place of X509_verify_cert.
int check_and_keep(X509_STORE_CTX* context, void*) {
  const int rc = X509_verify_cert(context);
  keep(*context, rc == 1);
  return rc;
}

int only_keep(X509_STORE_CTX* context, void*) {
  keep(*context, false);
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

std::string hexadecimal(std::span<const unsigned char> bytes) {
  std::string out;
  for (const auto byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  return hexadecimal(std::span(digest).first(size));
}

std::string serial_of(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  return hexadecimal(
      {ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
}

std::vector<std::string> dns_names_of(const X509* certificate) {
  std::vector<std::string> out;
  const std::unique_ptr<GENERAL_NAMES, base::Deleter<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                     static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    // IA5String is ASCII; what is not would spoil a page of UTF-8.
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c >= 0x80; }, '?');
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace

void keep_peer_chain(ssl_ctx_st& context, bool check) {
  SSL_CTX_set_cert_verify_callback(&context, check ? check_and_keep : only_keep, nullptr);
}

std::optional<PeerChain> peer_chain(const ssl_st& ssl) {
  const auto* shown = static_cast<const Shown*>(SSL_get_ex_data(&ssl, shown_index()));
  if (shown == nullptr || sk_X509_num(shown->all.get()) < 1) return std::nullopt;
  const X509* own = sk_X509_value(shown->all.get(), 0);
  PeerChain out;
  out.first_not_after = end_of(own);
  for (int i = 1; i < sk_X509_num(shown->all.get()); ++i)
    out.first_not_after = std::min(out.first_not_after, end_of(sk_X509_value(shown->all.get(), i)));
  out.way_not_after = shown->way_not_after;
  out.fingerprint = fingerprint_of(own);
  out.serial = serial_of(own);
  out.subject = go_name(*X509_get_subject_name(own));
  out.issuer = go_name(*X509_get_issuer_name(own));
  out.dns_names = dns_names_of(own);
  return out;
}

std::optional<PeerChain> peer_chain(const Stream& stream) {
  const SSL* ssl = stream.native_tls();
  return ssl != nullptr ? peer_chain(*ssl) : std::nullopt;
}

}  // namespace rampart::net
