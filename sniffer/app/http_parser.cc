#include "sniffer/app/http_parser.h"

#include "sniffer/app/http_connection.h"

namespace rampart::sniffer {

std::unique_ptr<AppParser> make_http_parser(HttpOptions options) {
  return std::make_unique<HttpConnection>(options);
}

}  // namespace rampart::sniffer
