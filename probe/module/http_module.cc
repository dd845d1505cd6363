#include "probe/module/http_module.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/ip_address.h"
#include "base/units.h"
#include "probe/curl_reason.h"
#include "probe/module/http_checks.h"
#include "probe/module/http_credentials.h"
#include "probe/module/kept_files.h"
#include "probe/module/proxy_choice.h"
#include "probe/module/tls_contexts.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using Phases = HttpFindings::Phases;

constexpr unsigned kMostRedirects = 10;
constexpr const char* kUserAgent = "rampart/" RAMPART_VERSION;

bool among(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view one) { return same_field_name(name, one); });
}

bool has_field(const HttpFields& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(),
                     [name](const auto& field) { return same_field_name(field.first, name); });
}

void set_field(HttpFields& fields, const std::string& name, std::string value) {
  std::erase_if(fields, [&name](const auto& f) { return same_field_name(f.first, name); });
  fields.emplace_back(name, std::move(value));
}

// Whether a page of `from` may lead who it knows to `to`: the same host or one below it, which an
// address does not have.
bool same_party(const HttpUrl& from, const HttpUrl& to) {
  if (from.port_number() != to.port_number()) return false;
  return from.zoned_host() == to.zoned_host() ||
         (!base::IpAddress::parse(from.host) && to.host.ends_with("." + from.host));
}

}  // namespace

HttpModuleProbe::HttpModuleProbe(const ModuleContext& context, ModuleAsk ask)
    : context_(context),
      ask_(std::move(ask)),
      module_(ask_.module->http),
      choice_(context.names, context.clock, *this) {}

void HttpModuleProbe::start(ModuleProbe::Listener& listener) {
  listener_ = &listener;
  out_.start = context_.clock.mono();
  deadline_ = out_.start + ask_.timeout;
  const bool whole = ask_.target.starts_with("http://") || ask_.target.starts_with("https://");
  auto url = HttpUrl::parse((whole ? "" : "http://") + ask_.target);
  if (!url) {
    fail(ProbeReason::bad_target, fmt::format("target: {}", url.error().text));
    return;
  }
  url_ = *std::move(url);
  name_ = url_.host;
  host_ = url_.authority();
  const auto proxy = choose_proxy(module_.proxy, url_, name_, environment);
  if (module_.skip_resolve_phase_with_proxy && proxy && *proxy) {
    note(fmt::format("{} is asked for by a proxy, and resolved for the permission alone", name_));
    begin();
    return;
  }
  chosen_ = true;
  findings_.shown = Phases::resolve;
  note(fmt::format("resolving {}, preferably to IPv{}", name_, module_.ip.v6 ? 6 : 4));
  choice_.start(url_.zoned_host(), module_.ip, deadline_);
}

void HttpModuleProbe::on_no_address(ProbeReason reason, std::string detail) {
  findings_.phases.resolve = choice_.lookup_time();
  if (reason == ProbeReason::connect_timeout) findings_.shown = Phases::all;  // there is one
  fail(reason, std::move(detail));
}

void HttpModuleProbe::on_address(const base::IpAddress& address) {
  findings_.phases.resolve = choice_.lookup_time();
  url_.host = base::to_string(address);
  if (!address.v6) url_.zone.clear();
  note(fmt::format("{} is {}", name_, url_.host));
  begin();
}

base::Status HttpModuleProbe::read_fields() {
  fields_ = {{"User-Agent", kUserAgent}, {"Connection", "close"}};
  std::string host = ask_.hostname;
  for (const auto& [name, value] : module_.headers) {
    if (has_control(value) || has_control(name))
      return base::fail(base::Errc::config,
                        fmt::format("headers: {} has a control character", printable(name)));
    if (!same_field_name(name, "Host"))
      set_field(fields_, name, value);
    else if (host.empty())
      host = value;
  }
  if (has_control(host))
    return base::fail(base::Errc::config, "the host's name has a control character");
  server_name_ = module_.tls.server_name;
  if (server_name_.empty()) server_name_ = host.empty() ? name_ : host;
  if (!host.empty()) host_ = host;
  return {};
}

base::Status HttpModuleProbe::prepare() {
  RAMPART_CHECK(read_fields());
  method_ = module_.method;
  body_ = module_.body;
  if (!module_.body_file.empty()) {
    RAMPART_TRY(body_file_, context_.files.of(module_.body_file));
    body_ = *body_file_;
  }
  // Files that cannot be used are a failure of every probe, with TLS or without.
  const auto& tls = module_.tls;
  if (!tls.ca_file.empty() || !tls.certificate_file.empty() || !tls.key_file.empty())
    RAMPART_CHECK(context_.tls.of(tls));
  return {};
}

void HttpModuleProbe::begin() {
  first_authority_ = url_.authority();
  first_zone_ = url_.zone;
  if (const auto status = prepare(); !status) {
    fail(ProbeReason::bad_module, status.error().text);
    return;
  }
  findings_.shown = chosen_ ? Phases::all : Phases::but_resolve;
  if (!module_.oauth2) {
    hop();
    return;
  }
  note("asking for a token");
  TokenRequest::Listener& self = *this;
  token_request_ = std::make_unique<TokenRequest>(context_, self);
  const auto agent = std::find_if(fields_.begin(), fields_.end(), [](const auto& field) {
    return same_field_name(field.first, "User-Agent");
  });
  token_request_->start({.options = &*module_.oauth2,
                         .user_agent = agent->second,
                         .ip = module_.ip,
                         .deadline = deadline_,
                         .limit = ask_.timeout});
}

void HttpModuleProbe::on_token(std::string authorization) {
  token_ = std::move(authorization);
  hop();
}

void HttpModuleProbe::on_no_token(ProbeReason reason, std::string detail) {
  fail(reason, std::move(detail));
}

base::Result<std::string> HttpModuleProbe::authorization() {
  if (!token_.empty()) return token_;
  if (has_field(fields_, "Authorization")) return std::string();
  if (url_.user) return basic_credentials(url_.user->name, url_.user->password);
  // A file is read once, however many redirects there are.
  if (!credentials_) {
    RAMPART_TRY(credentials_, module_credentials(module_));
  }
  return *credentials_;
}

base::Result<HopAsk> HttpModuleProbe::make_hop() {
  if (url_.scheme != "http" && url_.scheme != "https")
    return base::fail(base::Errc::parse,
                      fmt::format("'{}' is not an http address", printable(url_.text())));
  if (!url_.port_number())
    return base::fail(base::Errc::parse,
                      fmt::format("port {} is none of 1 to 65535", printable(url_.port)));
  HopAsk out;
  RAMPART_TRY(const auto authorization, this->authorization());
  const bool first = url_.authority() == first_authority_ && url_.zone == first_zone_;
  RAMPART_TRY(out.proxy, choose_proxy(module_.proxy, url_, first ? name_ : url_.host, environment));
  out.url = url_;
  out.host = host_;
  out.server_name = first ? server_name_ : url_.host;
  out.method = method_;
  out.fields = fields_;
  out.body = body_;
  if (!authorization.empty()) set_field(out.fields, "Authorization", authorization);
  if (!referer_.empty()) set_field(out.fields, "Referer", referer_);
  if (body_.empty() && (method_ == "POST" || method_ == "PUT" || method_ == "PATCH"))
    set_field(out.fields, "Content-Length", "0");
  out.cookies = cookies_;
  out.keep_cookies = module_.follow_redirects;
  out.no_loopback = beyond_loopback_;
  out.connect_fields = &module_.proxy.connect_headers;
  out.hide_lookup = module_.skip_resolve_phase_with_proxy && out.proxy;
  out.tls = &module_.tls;
  out.http2 = module_.enable_http2;
  out.ip = module_.ip;
  out.deadline = deadline_;
  out.limit = ask_.timeout;
  return out;
}

void HttpModuleProbe::hop() {
  auto ask = make_hop();
  if (!ask) {
    // Of a redirect, what it leads to is the server's doing.
    auto reason = ProbeReason::bad_module;
    if (ask.error().code == base::Errc::parse)
      reason = findings_.redirects > 0 ? ProbeReason::protocol : ProbeReason::bad_target;
    fail(reason, ask.error().text);
    return;
  }
  note(fmt::format("{} {} of {}{}", method_, printable(url_.text()), printable(host_),
                   ask->proxy ? " by the proxy " + printable(ask->proxy->authority()) : ""));
  awaits_ = Body::wanted;
  HttpHop::Listener& self = *this;
  hop_ = std::make_unique<HttpHop>(context_, self);
  hop_->start(*std::move(ask));
}

HttpModuleProbe::Body HttpModuleProbe::look_for_redirect(const HttpHead& head) {
  const auto location = head.value("Location");
  if (!is_redirect(head.status) || location.empty()) return Body::wanted;
  auto next = url_.resolve(location);
  if (!next) return Body::bad_redirect;
  ++findings_.redirects;
  next_ = *std::move(next);
  next_host_ = has_scheme(location) || location.starts_with("//") ? next_.authority() : host_;
  const bool follows = module_.follow_redirects && findings_.redirects <= kMostRedirects;
  return follows ? Body::redirect : Body::refused_redirect;
}

bool HttpModuleProbe::on_head(const HttpHead& head) {
  note(fmt::format("{} {}, {}", head.protocol, head.status,
                   head.content_length < 0 ? "of a length that is not told"
                                           : fmt::format("{} bytes", head.content_length)));
  awaits_ = look_for_redirect(head);
  if (awaits_ != Body::wanted) return false;
  reader_ = std::make_unique<BodyReader>(BodyReader::Options{.compression = module_.compression,
                                                             .limit = module_.body_size_limit,
                                                             .keep = looks_at_body(module_)});
  return true;
}

bool HttpModuleProbe::on_body(std::string_view bytes) { return reader_->take(bytes); }

void HttpModuleProbe::on_hop_end(HopEnd&& end) {
  auto& phases = findings_.phases;
  phases.resolve += end.phases.resolve;
  phases.connect += end.phases.connect;
  phases.tls += end.phases.tls;
  phases.processing += end.phases.processing;
  findings_.tls = std::move(end.tls);
  cookies_ = std::move(end.cookies);
  beyond_loopback_ = beyond_loopback_ || end.beyond_loopback;
  if (!end.head) {
    const bool led = end.reason == ProbeReason::bad_target && findings_.redirects > 0;
    fail(led ? ProbeReason::protocol : end.reason, std::move(end.detail));
  } else if (awaits_ == Body::bad_redirect) {
    fail(ProbeReason::protocol,
         fmt::format("status {} leads to '{}', which is no URL", end.head->status,
                     printable(end.head->value("Location"))));
  } else if (awaits_ == Body::redirect) {
    redirect(end.head->status);
  } else {
    phases.transfer += end.phases.transfer;
    judge(end);
  }
}

void HttpModuleProbe::redirect(int status) {
  note(fmt::format("it leads to {}", printable(next_.text())));
  constexpr int kSameRequest = 307;
  if (status < kSameRequest) {
    if (method_ != "GET" && method_ != "HEAD") method_ = "GET";
    body_ = {};
  }
  if (!same_party(url_, next_))
    std::erase_if(fields_, [](const auto& field) {
      return among(field.first, {"Authorization", "Www-Authenticate", "Cookie", "Cookie2"});
    });
  referer_ = url_.tls() && !next_.tls() ? "" : url_.text();
  url_ = std::move(next_);
  host_ = std::move(next_host_);
  findings_.shown = Phases::all;
  hop();
}

// What is wrong with the body itself; nothing where it came as a whole.
std::optional<HttpComplaint> HttpModuleProbe::broken_body(const HopEnd& end) const {
  if (awaits_ == Body::refused_redirect)
    return HttpComplaint{ProbeReason::body_mismatch, "the body of a redirect is not read"};
  if (end.reason != ProbeReason::none) return HttpComplaint{end.reason, end.detail};
  switch (reader_->fault()) {
    case BodyReader::Fault::none: return std::nullopt;
    case BodyReader::Fault::over_limit:
      return HttpComplaint{ProbeReason::protocol,
                           fmt::format("the body has more than {} bytes", module_.body_size_limit)};
    case BodyReader::Fault::swollen:
      return HttpComplaint{ProbeReason::protocol,
                           fmt::format("the body grows to more than {} bytes from one piece, or to "
                                       "more than {} altogether",
                                       BodyReader::kMostPerTake, BodyReader::Options().most_grown)};
    case BodyReader::Fault::damaged:
    case BodyReader::Fault::cut:
      return HttpComplaint{ProbeReason::protocol,
                           fmt::format("the body is not {}: it {}", module_.compression,
                                       reader_->fault() == BodyReader::Fault::cut ? "ends too early"
                                                                                  : "is damaged")};
  }
  return std::nullopt;
}

std::optional<HttpComplaint> HttpModuleProbe::complaint_of(const HopEnd& end) {
  auto& regex = findings_.failed_due_to_regex;
  auto out = check_status(module_, *end.head);
  if (out && findings_.redirects > kMostRedirects)
    out =
        HttpComplaint{ProbeReason::protocol, fmt::format("more than {} redirects, the last to {}",
                                                         kMostRedirects, printable(next_.text()))};
  if (!out && looks_at_header(module_)) {
    out = check_header(module_, *end.head);
    regex = out.has_value();
  }
  const auto broken = broken_body(end);
  if (!out && reader_ && reader_->unlike_gzip()) out = broken;
  if (!out && looks_at_body(module_)) {
    out = broken ? broken : check_body(module_, reader_->kept());
    regex = out.has_value();
  }
  if (!out && awaits_ == Body::wanted) out = broken;
  if (!out) out = check_version(module_, *end.head);
  if (!out && module_.fail_if_ssl && findings_.tls)
    out = HttpComplaint{ProbeReason::protocol, "the answer came by TLS, as fail_if_ssl forbids"};
  if (!out && module_.fail_if_not_ssl && !findings_.tls)
    out = HttpComplaint{ProbeReason::protocol,
                        "the answer came without TLS, as fail_if_not_ssl forbids"};
  return out;
}

void HttpModuleProbe::judge(const HopEnd& end) {
  auto complaint = complaint_of(end);
  findings_.head = end.head;
  if (reader_ && awaits_ == Body::wanted) {
    findings_.body_length = reader_->length();
    note(fmt::format("a body of {} bytes, {} as sent", reader_->length(), reader_->received()));
    if (looks_at_body(module_) && reader_->length() > BodyReader::kKept)
      note(fmt::format("the expressions saw its first {} bytes", BodyReader::kKept));
  }
  if (complaint) {
    fail(complaint->reason, std::move(complaint->detail));
    return;
  }
  out_.success = true;
  finish();
}

void HttpModuleProbe::note(std::string step) { out_.log.push_back(std::move(step)); }

void HttpModuleProbe::fail(ProbeReason reason, std::string detail) {
  out_.reason = reason;
  note("failed: " + detail);
  out_.detail = std::move(detail);
  finish();
}

void HttpModuleProbe::finish() {
  out_.duration = context_.clock.mono() - out_.start;
  out_.phases = findings_.phases;
  if (chosen_) out_.families = choice_.families();
  for (auto& family : http_families(findings_)) out_.families.push_back(std::move(family));
  auto outcome = std::move(out_);  // the probe may be destroyed in the call
  listener_->on_outcome(std::move(outcome));
}

}  // namespace rampart::probe
