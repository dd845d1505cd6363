#include "sniffer/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <string_view>

namespace rampart::sniffer {

Digest digest_of(DigestKind kind, Bytes bytes) {
  const EVP_MD* algorithm = kind == DigestKind::md5    ? EVP_md5()
                            : kind == DigestKind::sha1 ? EVP_sha1()
                                                       : EVP_sha256();
  Digest out;
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.bytes.data(), &size, algorithm, nullptr) == 1)
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
