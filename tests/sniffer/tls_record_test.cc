#include "sniffer/app/tls_record.h"

#include <gtest/gtest.h>

#include "tls_builder.h"

namespace rampart::sniffer {
namespace {

using test::Octets;
using test::operator+;
using Error = TlsRecords::Error;

struct Read {
  std::vector<Octets> records;
  Error error = Error::none;
  bool sslv2 = false;
};

Read read_all(const Octets& stream, std::size_t step) {
  TlsRecords records;
  Read out;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    auto bytes = Bytes(stream).subspan(at, std::min(step, stream.size() - at));
    while (const auto piece = records.next(bytes)) {
      if (piece->first) out.records.push_back({piece->type});
      out.records.back().insert(out.records.back().end(), piece->data.begin(), piece->data.end());
    }
  }
  out.error = records.error();
  out.sslv2 = records.sslv2();
  return out;
}

TEST(TlsRecords, cuts_a_stream) {
  const Octets sslv2{0x80, 6, 1, 3, 1, 9, 9, 9};
  const auto hello = test::tls_record(22, {1, 2, 3});
  const struct {
    const char* name;
    Octets stream;
    std::vector<Octets> records;
    Error error = Error::none;
    bool sslv2 = false;
  } cases[] = {
      {"nothing", {}, {}},
      {"one", hello, {{22, 1, 2, 3}}},
      {"two", hello + test::tls_record(23, {4}), {{22, 1, 2, 3}, {23, 4}}},
      {"an empty one between",
       hello + test::tls_record(23, {}) + hello,
       {{22, 1, 2, 3}, {23}, {22, 1, 2, 3}}},
      {"after a hello of ssl 2.0", sslv2 + hello, {{22, 1, 2, 3}}, Error::none, true},
      {"that hello, later", hello + sslv2, {{22, 1, 2, 3}}, Error::type},
      {"ssl 2.0, no hello", {0x80, 6, 7, 3, 1, 9, 9, 9}, {}, Error::type, true},
      {"ssl 2.0, too short", {0x80, 1, 1, 3, 1}, {}, Error::length, true},
      {"type", {25, 3, 1, 0, 1, 0}, {}, Error::type},
      {"version", {22, 2, 1, 0, 1, 0}, {}, Error::version},
      {"length", {22, 3, 1, 0xFF, 1, 0}, {}, Error::length},
  };
  for (const auto& c : cases)
    for (std::size_t step = 1; step <= c.stream.size() + 1; ++step) {
      const auto got = read_all(c.stream, step);
      EXPECT_EQ(got.records, c.records) << c.name << ' ' << step;
      EXPECT_EQ(got.error, c.error) << c.name << ' ' << step;
      EXPECT_EQ(got.sslv2, c.sslv2) << c.name << ' ' << step;
    }
}

TEST(TlsHandshake, joins_and_parts_messages) {
  const auto both =
      test::tls_message(1, {7, 8}) + test::tls_message(14, {}) + test::tls_message(2, {9});
  for (std::size_t step = 1; step <= both.size(); ++step) {
    TlsHandshake handshake;
    std::vector<Octets> got;
    for (std::size_t at = 0; at < both.size(); at += step) {
      handshake.add(Bytes(both).subspan(at, std::min(step, both.size() - at)));
      while (const auto message = handshake.next())
        got.push_back(Octets{message->type} + Octets(message->body.begin(), message->body.end()));
    }
    EXPECT_EQ(got, (std::vector<Octets>{{1, 7, 8}, {14}, {2, 9}})) << step;
  }
}

TEST(TlsHandshake, passes_over_what_is_too_long) {
  const auto stream =
      test::tls_message(11, Octets(TlsHandshake::kMost, 5)) + test::tls_message(2, {9});
  for (const std::size_t step : {std::size_t{1000}, stream.size()}) {
    TlsHandshake handshake;
    std::vector<std::uint8_t> types;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      handshake.add(Bytes(stream).subspan(at, std::min(step, stream.size() - at)));
      while (const auto message = handshake.next()) types.push_back(message->type);
    }
    EXPECT_EQ(types, std::vector<std::uint8_t>{2}) << step;
  }
}

}  // namespace
}  // namespace rampart::sniffer
