#include "conversation.h"
#include "sniffer/app/smtp_parser.h"

// The first byte says whether the connection has been greeted; then a conversation.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  rampart::sniffer::SmtpParser parser((data[0] & 1U) != 0);
  rampart::sniffer::converse(parser, {data + 1, size - 1}, std::size_t{1} << 21U);
  return 0;
}
