#include "sniffer/rules/digest.h"

#include <openssl/evp.h>

namespace rampart::sniffer {

Digest digest_of(DigestKind kind, std::span<const std::uint8_t> bytes) {
  const EVP_MD* algorithm = kind == DigestKind::md5    ? EVP_md5()
                            : kind == DigestKind::sha1 ? EVP_sha1()
                                                       : EVP_sha256();
  static_assert(std::tuple_size_v<decltype(Digest::bytes)> >= 32);
  Digest out;
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.bytes.data(), &size, algorithm, nullptr) == 1)
    out.size = size;
  return out;
}

}  // namespace rampart::sniffer
