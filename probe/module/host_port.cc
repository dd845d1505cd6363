#include "probe/module/host_port.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "probe/module/kept_files.h"

namespace rampart::probe {
namespace {

// Of services(5). Not by getservent(3), which keeps no table and may ask the network.
constexpr const char* kServices = "/etc/services";

// Takes the first word off.
std::string_view word(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto begin = std::min(line.find_first_not_of(kBlanks), line.size());
  line.remove_prefix(begin);
  const auto out = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(out.size());
  return out;
}

// The port of a line like "www-http 80/tcp www http", where it names that service.
std::optional<std::uint16_t> port_of(std::string_view line, std::string_view service) {
  line = line.substr(0, line.find('#'));
  bool named = word(line) == service;
  const auto where = word(line);
  const auto slash = where.find('/');
  if (slash == std::string_view::npos || where.substr(slash) != "/tcp") return std::nullopt;
  for (auto alias = word(line); !named && !alias.empty(); alias = word(line))
    named = alias == service;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(where.data(), where.data() + slash, port);
  const bool number = error == std::errc() && end == where.data() + slash;
  return named && number ? std::optional(port) : std::nullopt;
}

}  // namespace

base::Result<HostPort> HostPort::parse(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return base::fail(base::Errc::config, fmt::format("target '{}': {}", text, why));
  };
  if (text.find("://") != std::string_view::npos)
    return wrong("it has a scheme: write host:port alone");
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

std::optional<std::uint16_t> port_of_service(std::string_view table, std::string_view service) {
  while (!table.empty()) {
    const auto end = std::min(table.find('\n'), table.size());
    if (const auto port = port_of(table.substr(0, end), service)) return port;
    table.remove_prefix(std::min(end + 1, table.size()));
  }
  return std::nullopt;
}

base::Result<std::uint16_t> tcp_port(const std::string& text, KeptFiles& files) {
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
  const auto table = files.of(kServices);
  if (!table)
    return base::fail(table.error().code, fmt::format("port '{}': services are not known: {}", text,
                                                      table.error().text));
  const auto found = port_of_service(**table, text);
  if (!found) return wrong();
  return *found;
}

model::ProbeReason target_reason(const base::Error& error) {
  return error.code == base::Errc::config ? model::ProbeReason::bad_target
                                          : model::ProbeReason::local;
}

}  // namespace rampart::probe
