#include "net/tls_peer_name.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>

#include "base/ip_address.h"

namespace rampart::net {
namespace {

tl::unexpected<base::Error> no_name(std::string_view name) {
  constexpr std::size_t kShown = 255;
  std::string shown(name.substr(0, kShown));
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, '?');
  return base::fail(base::Errc::config,
                    fmt::format("'{}' is no name that a certificate can be for", shown));
}

}  // namespace

base::Result<std::string> peer_name(std::string_view name) {
  const auto whole = name;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.starts_with('.') || name.find('\0') != std::string_view::npos)
    return no_name(whole);
  return std::string(name);
}

base::Status expect_peer(X509_VERIFY_PARAM_st& checks, const std::string& name) {
  bool set = false;
  if (base::IpAddress::parse(name)) {
    set = X509_VERIFY_PARAM_set1_ip_asc(&checks, name.c_str()) == 1;
  } else {
    RAMPART_TRY(const auto plain, peer_name(name));
    set = X509_VERIFY_PARAM_set1_host(&checks, plain.data(), plain.size()) == 1;
  }
  if (set) return {};
  ERR_clear_error();
  return no_name(name);
}

}  // namespace rampart::net
