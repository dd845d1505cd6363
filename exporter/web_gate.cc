#include "exporter/web_gate.h"

#include <fmt/core.h>
#include <strings.h>

#include "base/base64.h"
#include "base/log.h"
#include "net/tls_server.h"
#include "probe/tls_check.h"

namespace rampart::exporter {
namespace {

net::TlsServerOptions options_of(const model::WebTls& tls, bool http2) {
  using Auth = model::WebTls::ClientAuth;
  using Client = net::TlsServerOptions::Client;
  net::TlsServerOptions out;
  out.certificate = tls.cert_file;
  out.key = tls.key_file;
  if (tls.client_auth == Auth::request || tls.client_auth == Auth::verify_if_given)
    out.client = Client::asked;
  if (tls.client_auth == Auth::require_any || tls.client_auth == Auth::require_and_verify)
    out.client = Client::required;
  out.verify_client =
      tls.client_auth == Auth::verify_if_given || tls.client_auth == Auth::require_and_verify;
  out.client_ca = tls.client_ca_file;
  out.min_version = probe::version_of(tls.min_version);
  out.max_version = probe::version_of(tls.max_version);
  out.ciphers = tls.cipher_suites;
  for (const auto& curve : tls.curves)
    out.groups.push_back(curve.starts_with("CurveP") ? "P-" + curve.substr(6) : curve);
  out.server_preference = tls.prefer_server_cipher_suites;
  out.http2 = http2;
  return out;
}

// Of an Authorization header; null where it has none.
std::optional<std::pair<std::string, std::string>> user_and_password(std::string_view header) {
  constexpr std::string_view kScheme = "Basic ";
  if (header.size() < kScheme.size() ||
      strncasecmp(header.data(), kScheme.data(), kScheme.size()) != 0)
    return std::nullopt;
  const auto text = base::from_base64(header.substr(kScheme.size()));
  if (!text) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return std::pair{text->substr(0, colon), text->substr(colon + 1)};
}

}  // namespace

base::Result<std::unique_ptr<WebGate>> WebGate::open(net::Loop& loop, std::string path, Read read) {
  std::unique_ptr<WebGate> out(new WebGate(loop, std::move(path), read));
  RAMPART_CHECK(out->renew());
  out->tls_ = out->config_.tls.has_value();
  if (out->tls_) RAMPART_CHECK(out->renew_tls());
  return out;
}

base::Status WebGate::renew() {
  const auto now = base::FileStamp::of(path_);
  if (now == stamp_ && now != base::FileStamp()) return state_;
  stamp_ = now;
  auto read = read_(path_);
  if (!read) {
    state_ = base::fail(std::move(read).error());
    return state_;
  }
  config_ = *std::move(read);
  certificates_.reset();
  passwords_.use(config_.users);
  state_ = {};
  return state_;
}

std::vector<base::FileStamp> WebGate::tls_files() const {
  const auto& tls = *config_.tls;
  return {base::FileStamp::of(tls.cert_file), base::FileStamp::of(tls.key_file),
          base::FileStamp::of(tls.client_ca_file)};
}

base::Status WebGate::renew_tls() {
  if (!config_.tls)
    return base::fail(base::Errc::config, fmt::format("{}: tls_server_config is gone", path_));
  auto files = tls_files();
  if (certificates_ && certificates_->files == files) return {};
  RAMPART_TRY(auto context, net::make_server_context(options_of(*config_.tls, config_.http2)));
  certificates_.emplace(Certificates{std::move(files), std::move(context)});
  return {};
}

bool WebGate::sound(const base::Status& status) {
  const auto trouble = status ? std::string() : status.error().text;
  if (!trouble.empty() && trouble != trouble_) base::log::error("nobody is let in: {}", trouble);
  trouble_ = trouble;
  return status.has_value();
}

const net::TlsContext* WebGate::context() {
  auto status = renew();
  if (status) status = renew_tls();
  return sound(status) ? &certificates_->context : nullptr;
}

WebGate::Admission WebGate::admit(std::string_view authorization, Passwords::Done done) {
  if (!sound(renew())) return Admission::broken;
  if (passwords_.empty()) return Admission::admitted;
  const auto given = user_and_password(authorization);
  if (!given) return Admission::refused;
  switch (passwords_.check(given->first, given->second, std::move(done))) {
    case Passwords::Answer::right: return Admission::admitted;
    case Passwords::Answer::wrong: return Admission::refused;
    case Passwords::Answer::later: return Admission::later;
    case Passwords::Answer::busy: return Admission::busy;
  }
  return Admission::refused;
}

}  // namespace rampart::exporter
