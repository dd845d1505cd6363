#include "sniffer/digest.h"

#include <gtest/gtest.h>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

using test::octets;

TEST(Digest, agrees_with_the_standards) {
  const auto abc = octets("abc");  // RFC 1321, FIPS 180
  const struct {
    DigestKind kind;
    const char* expected;
  } cases[] = {
      {DigestKind::md5, "900150983cd24fb0d6963f7d28e17f72"},
      {DigestKind::sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {DigestKind::sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
  };
  for (const auto& c : cases) EXPECT_EQ(to_hex(digest_of(c.kind, abc).view()), c.expected);
}

}  // namespace
}  // namespace rampart::sniffer
