#include "conversation.h"
#include "sniffer/app/ftp_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rampart::sniffer::FtpParser parser;
  rampart::sniffer::converse(parser, {data, size}, std::size_t{1} << 17U);
  return 0;
}
