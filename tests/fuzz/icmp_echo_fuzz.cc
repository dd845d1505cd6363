#include <cstdlib>
#include <span>
#include <string>

#include "loadgen/echo_book.h"
#include "net/icmp_echo.h"

// The first byte chooses kind, version and whether an IP header comes first; the rest is what a
// socket gave. What is read of it then looks for its request, as in a load.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart;
  if (size == 0) return 0;
  const auto choice = data[0];
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  const bool v6 = (choice & 1U) != 0;
  const bool with_ip_header = (choice & 2U) != 0;
  const auto kind = (choice & 4U) != 0 ? net::EchoKind::request : net::EchoKind::reply;
  static_cast<void>(net::read_echo_reply(bytes, v6, with_ip_header));
  const auto message = net::read_echo(bytes, kind, v6, with_ip_header);
  if (!message) return 0;
  const auto& found = message->data;
  if (found.data() < bytes.data() || found.data() + found.size() > bytes.data() + bytes.size())
    std::abort();
  static const std::string text(32, 'd');
  loadgen::EchoBook book(4, 0, text);
  for (std::uint32_t place = 0; place < 4; ++place) book.begin(place);
  const std::span<const char> reply(reinterpret_cast<const char*>(found.data()), found.size());
  const auto place = book.find(reply);
  if (place && *place >= 4) std::abort();
  if (place && book.intact(reply) && reply.size() != text.size()) std::abort();
  return 0;
}
