#include "probe/module/host_port.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <functional>
#include <map>

namespace rampart::probe {
namespace {

using Services = std::map<std::string, std::uint16_t, std::less<>>;

// Read as a whole: a probe must not wait for a file, whatever it is asked for.
Services tcp_services() {
  Services out;
  std::array<char, 2048> names;
  servent entry{};
  servent* found = nullptr;
  setservent(1);
  while (getservent_r(&entry, names.data(), names.size(), &found) == 0 && found != nullptr) {
    if (std::string_view(found->s_proto) != "tcp") continue;
    const auto port = ntohs(static_cast<std::uint16_t>(found->s_port));
    out.emplace(found->s_name, port);  // of two the first one holds
    for (char** alias = found->s_aliases; *alias != nullptr; ++alias) out.emplace(*alias, port);
  }
  endservent();
  return out;
}

}  // namespace

base::Result<HostPort> HostPort::parse(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return base::fail(base::Errc::config, fmt::format("target '{}': {}", text, why));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("it has no port: write host:port");
  std::string_view host = text.substr(0, colon);
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return wrong("a ']' is missing");
    if (end + 1 != colon) return wrong("write the port right behind the ']'");
    host = text.substr(1, end - 1);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong("too many colons: write an IPv6 address as [address]:port");
  }
  const std::string_view port = text.substr(colon + 1);
  if (host.find_first_of("[]") != std::string_view::npos ||
      port.find_first_of("[]") != std::string_view::npos)
    return wrong("a bracket is where none may be");
  return HostPort{std::string(host), std::string(port)};
}

base::Result<std::uint16_t> tcp_port(const std::string& text) {
  const auto wrong = [&text] {
    return base::fail(base::Errc::config,
                      fmt::format("port '{}': neither a number to 65535 nor a service", text));
  };
  if (text.empty()) return std::uint16_t{0};
  const bool digits =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  if (digits) {
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return wrong();
    return number;
  }
  static const auto services = tcp_services();
  const auto found = services.find(text);
  if (found == services.end()) return wrong();
  return found->second;
}

}  // namespace rampart::probe
