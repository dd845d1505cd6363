#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "probe/module/body_reader.h"
#include "probe/module/oauth2_grant.h"

// The first byte chooses a compression and the size of the pieces, the rest is the body: it is
// counted, and kept within its bounds. As an answer to a request for a token it gives a header of
// one line, or an error that says why.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::probe;
  if (size == 0) return 0;
  constexpr std::array kCompressions{"gzip", "deflate", "br", "identity"};
  constexpr std::uint64_t kLimit = 100'000;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = 1 + (data[0] >> 2U) * 16U;
  BodyReader reader({.compression = kCompressions[data[0] & 3U], .limit = kLimit, .keep = true});
  auto rest = body;
  while (!rest.empty() && reader.take(rest.substr(0, step)))
    rest.remove_prefix(std::min(step, rest.size()));
  RAMPART_ASSERT(reader.length() <= kLimit && reader.kept().size() == reader.length());
  if (reader.fault() == BodyReader::Fault::over_limit) RAMPART_ASSERT(reader.length() == kLimit);

  HttpHead head;
  head.status = 200;
  head.fields = {{"Content-Type", data[0] % 2 == 0 ? "application/json" : "text/plain"}};
  const auto token = read_oauth2_token(head, body);
  if (token)
    RAMPART_ASSERT(token->find_first_of("\r\n") == std::string::npos);
  else
    RAMPART_ASSERT(!token.error().text.empty());
  return 0;
}
