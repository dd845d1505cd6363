// What a hostile server may send in Set-Cookie, and what then goes into Cookie. The first byte
// chooses the number of the path that is asked for; each line after it is one Set-Cookie.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/clock.h"
#include "loadgen/cookie_date.h"
#include "loadgen/cookie_jar.h"

using namespace rampart;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::string_view kTargets[] = {"/", "/a/b?c=/d", "/a", "*", "", "/a/b/c/"};
  const auto target = kTargets[data[0] % std::size(kTargets)];
  const base::WallTime now{std::chrono::hours(498'000)};
  for (const bool secure : {false, true}) {
    loadgen::CookieJar jar(secure);
    std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    while (!text.empty()) {
      const auto line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      static_cast<void>(loadgen::parse_cookie_date(line));
      jar.store(line, target, now);
      std::string cookies;
      jar.append_to(cookies, target, now);
      RAMPART_ASSERT(cookies.size() <=
                     loadgen::CookieJar::kMost * (loadgen::CookieJar::kLongest + 3));
      for (const char c : cookies) {
        const auto u = static_cast<unsigned char>(c);
        RAMPART_ASSERT((u >= 0x20 || c == '\t') && u != 0x7f);
      }
      RAMPART_ASSERT(cookies.empty() || (!jar.empty() && cookies.find('=') != std::string::npos));
    }
    jar.clear();
    std::string none;
    jar.append_to(none, target, now);
    RAMPART_ASSERT(none.empty());
  }
  return 0;
}
