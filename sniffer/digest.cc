#include "sniffer/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <string_view>

#include "base/deleter.h"

namespace rampart::sniffer {

namespace {

using AlgorithmPtr = std::unique_ptr<EVP_MD, base::Deleter<EVP_MD_free>>;

// Fetched once: EVP_sha1() and the like are looked up anew for each digest.
const EVP_MD* algorithm_of(DigestKind kind) {
  static const AlgorithmPtr kMd5(EVP_MD_fetch(nullptr, "MD5", nullptr));
  static const AlgorithmPtr kSha1(EVP_MD_fetch(nullptr, "SHA1", nullptr));
  static const AlgorithmPtr kSha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  switch (kind) {
    case DigestKind::md5: return kMd5.get();
    case DigestKind::sha1: return kSha1.get();
    case DigestKind::sha256: return kSha256.get();
  }
  return nullptr;
}

}  // namespace

Digest digest_of(DigestKind kind, Bytes bytes) {
  Digest out;
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.bytes.data(), &size, algorithm_of(kind),
                 nullptr) == 1)
    out.size = size;
  else
    ERR_clear_error();
  return out;
}

std::string to_hex(Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 0x0FU];
  }
  return out;
}

}  // namespace rampart::sniffer
