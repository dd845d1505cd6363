#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "probe/module/http_url.h"
#include "probe/module/proxy_choice.h"

// Any bytes: a URL whose request line has no byte that would end it, and which is the same one once
// it is written and read again; or an error that says why. The part behind the first line feed is a
// redirect of that page.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart;
  using probe::HttpUrl;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(text.find('\n'), text.size());
  const auto url = HttpUrl::parse(text.substr(0, end));
  if (!url) {
    RAMPART_ASSERT(!url.error().text.empty());
    return 0;
  }
  const auto fit = [](const HttpUrl& one) {
    for (const char c : one.target())
      RAMPART_ASSERT(static_cast<unsigned char>(c) > ' ' && c != 0x7F);
    for (const char c : one.authority())
      RAMPART_ASSERT(static_cast<unsigned char>(c) > ' ' && c != 0x7F);
    if (one.host.empty()) return;
    const auto again = HttpUrl::parse(one.text());
    RAMPART_ASSERT(again && again->text() == one.text());
  };
  fit(*url);
  const auto next = url->resolve(text.substr(std::min(end + 1, text.size())));
  if (next) fit(*next);
  model::ProxyOptions options;
  options.url = "http://p";
  options.no_proxy = text.substr(0, end);
  const auto nothing = [](const char*) { return std::string(); };
  RAMPART_ASSERT(probe::choose_proxy(options, *url, "web.test", nothing).has_value());
  return 0;
}
