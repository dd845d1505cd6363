#include "sniffer/app/hpack.h"

#include <gtest/gtest.h>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

using test::Octets;
using Lines = std::vector<std::string>;

struct Fields final : Hpack::Fields {
  void on_field(std::string_view name, std::string_view value) override {
    said.push_back(std::string(name) + "=" + std::string(value));
  }
  Lines said;
};

// RFC 7541, appendix C.4: requests with Huffman coding, each of which needs the table of those
// before it.
TEST(Hpack, reads_the_examples_of_the_standard) {
  Hpack hpack;
  Fields first, second;
  EXPECT_TRUE(hpack.read(Octets{0x82, 0x86, 0x84, 0x41, 0x8C, 0xF1, 0xE3, 0xC2, 0xE5, 0xF2, 0x3A,
                                0x6B, 0xA0, 0xAB, 0x90, 0xF4, 0xFF},
                         first));
  EXPECT_EQ(first.said,
            (Lines{":method=GET", ":scheme=http", ":path=/", ":authority=www.example.com"}));
  EXPECT_TRUE(hpack.read(
      Octets{0x82, 0x86, 0x84, 0xBE, 0x58, 0x86, 0xA8, 0xEB, 0x10, 0x64, 0x9C, 0xBF}, second));
  EXPECT_EQ(second.said, (Lines{":method=GET", ":scheme=http", ":path=/",
                                ":authority=www.example.com", "cache-control=no-cache"}));
}

TEST(Hpack, refuses_what_is_damaged) {
  for (const auto& block : {Octets{0x80}, Octets{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, Octets{0x41},
                            Octets{0x00, 0x05, 'a'}, Octets{0xBE}}) {
    Hpack hpack;
    Fields fields;
    EXPECT_FALSE(hpack.read(block, fields));
  }
  Hpack hpack;
  Fields fields;
  EXPECT_TRUE(hpack.read({}, fields)) << "no fields are no damage";
  EXPECT_EQ(fields.said, Lines{});
}

TEST(Hpack, finds_the_sizes_that_a_block_begins_with) {
  using Sizes = std::vector<std::uint64_t>;
  EXPECT_EQ(Hpack::size_updates(Octets{0x3E, 0x82}), Sizes{30});
  EXPECT_EQ(Hpack::size_updates(Octets{0x20, 0x3F, 0xE1, 0x1F, 0x82}), (Sizes{0, 4096}));
  EXPECT_EQ(Hpack::size_updates(Octets{0x82, 0x3E}), Sizes{});
  EXPECT_EQ(Hpack::size_updates(Octets{0x3F, 0xFF}), Sizes{}) << "cut";
  EXPECT_EQ(Hpack::size_updates(Octets(100, 0x20)).size(), 8U);
}

}  // namespace
}  // namespace rampart::sniffer
