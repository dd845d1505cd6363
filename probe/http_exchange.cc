#include "probe/http_exchange.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/assert.h"
#include "base/units.h"
#include "probe/curl_easy.h"
#include "probe/curl_failure.h"
#include "probe/curl_reason.h"
#include "probe/module/http_date.h"
#include "probe/module/http_head.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

constexpr unsigned kMaxRedirects = 10;

bool has_header(const model::HttpRequest& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& header) { return same_field_name(header.first, name); });
}

void remove_headers(model::HttpRequest& request, std::initializer_list<std::string_view> names) {
  std::erase_if(request.headers, [&](const auto& header) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return same_field_name(header.first, name); });
  });
}

// As browsers and the Fetch standard do: 303 asks again with GET, and so do 301 and 302 after POST.
void change_method(model::HttpRequest& request, std::uint16_t status) {
  const bool to_get = (status == 303 && request.method != "HEAD") ||
                      ((status == 301 || status == 302) && request.method == "POST");
  if (!to_get) return;
  request.method = "GET";
  request.body.clear();
  remove_headers(request, {"Content-Type", "Content-Length", "Content-Encoding"});
}

// 1.2 is the lowest by default; a lower maximum takes the minimum with it.
long version_range(const model::TlsOptions& tls) {
  using enum model::TlsVersion;
  constexpr std::array<long, 5> kLowest{CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_TLSv1_0,
                                        CURL_SSLVERSION_TLSv1_1, CURL_SSLVERSION_TLSv1_2,
                                        CURL_SSLVERSION_TLSv1_3};
  constexpr std::array<long, 5> kHighest{CURL_SSLVERSION_MAX_DEFAULT, CURL_SSLVERSION_MAX_TLSv1_0,
                                         CURL_SSLVERSION_MAX_TLSv1_1, CURL_SSLVERSION_MAX_TLSv1_2,
                                         CURL_SSLVERSION_MAX_TLSv1_3};
  auto lowest = tls.min_version == any ? tls1_2 : tls.min_version;
  if (tls.max_version != any) lowest = std::min(lowest, tls.max_version);
  return kLowest[static_cast<std::size_t>(lowest)] |
         kHighest[static_cast<std::size_t>(tls.max_version)];
}

// "sha256/..." as libcurl writes it: "sha256//...".
std::string curl_pin(const std::string& pin) {
  const auto slash = pin.find('/');
  return slash == std::string::npos ? pin : pin.substr(0, slash) + "/" + pin.substr(slash);
}

}  // namespace

struct HttpExchange::Easy final : private CurlEasy::Receiver {
  explicit Easy(HttpExchange& of)
      : exchange(of), curl(of.context_.sockets, of.context_.clock, of.ask_.owner, *this) {}

  bool on_header_line(std::string_view) override { return true; }
  Body on_body(std::string_view bytes) override {
    auto& answer = exchange.answer_;
    const auto& ask = exchange.ask_;
    if (ask.sink != nullptr) return hand_on(*ask.sink, bytes);
    answer.body_bytes += bytes.size();
    answer.body.append(bytes.substr(0, ask.keep_body - answer.body.size()));
    body_too_long = ask.refuse_longer && answer.body_bytes > ask.keep_body;
    return body_too_long ? Body::unwanted : Body::taken;
  }
  Body hand_on(BodySink& sink, std::string_view bytes) {
    end_wait();
    begin_body(sink);
    const auto known = std::min(again, bytes.size());
    bytes.remove_prefix(known);
    again -= known;
    if (bytes.empty()) return Body::taken;
    const auto taken = sink.take(bytes);
    refused = !taken;
    if (refused) return Body::unwanted;
    exchange.answer_.body_bytes += *taken;
    if (*taken == bytes.size()) {
      if (exchange.answer_.put_off > base::Nanos(0)) took_all = exchange.context_.clock.mono();
      return Body::taken;
    }
    again = known + *taken;
    waits_since = exchange.context_.clock.mono();
    exchange.context_.curl.resume_soon(curl.handle());
    return Body::later;
  }
  void end_wait() {
    if (waits_since) exchange.answer_.put_off += exchange.context_.clock.mono() - *waits_since;
    waits_since.reset();
  }
  // The transfer ends. After the sink had all that came, it was the peer that let time pass.
  void end() {
    auto& put_off = exchange.answer_.put_off;
    if (waits_since)
      end_wait();
    else if (took_all)
      put_off -= std::min(put_off, exchange.context_.clock.mono() - *took_all);
  }
  bool on_tls(ssl_ctx_st&) override { return true; }
  // Once.
  void begin_body(BodySink& sink) {
    if (begun) return;
    begun = true;
    const auto type = curl.header("Content-Type");
    const auto encoding = curl.header("Content-Encoding");
    sink.begin({static_cast<std::uint16_t>(curl.number(CURLINFO_RESPONSE_CODE)), type, encoding});
  }

  HttpExchange& exchange;
  CurlEasy curl;
  bool begun = false;     // the sink knows of the body
  std::size_t again = 0;  // bytes that libcurl hands over again and that the sink has
  std::optional<base::MonoTime> waits_since;  // for its turn
  std::optional<base::MonoTime> took_all;     // when the sink last did, after a wait
  bool refused = false;                       // by the sink
  bool body_too_long = false;
};

HttpExchange::HttpExchange(const Context& context, Listener& listener)
    : context_(context), listener_(listener) {}

HttpExchange::~HttpExchange() {
  if (easy_) context_.curl.remove(easy_->curl.handle());
}

void HttpExchange::start(HttpAsk ask) {
  RAMPART_ASSERT(!easy_);
  ask_ = std::move(ask);
  answer_ = {};
  answer_.start = context_.clock.mono();
  redirects_ = 0;
  if (ask_.endpoints.empty()) {
    finish(ProbeReason::resolve_failed, fmt::format("{} has no address", ask_.url.host));
    return;
  }
  to_ = ask_.endpoints.front();
  if (!ask_.request.path.empty()) ask_.url.path = ask_.request.path;
  hop();
}

void HttpExchange::hop() {
  easy_ = std::make_unique<Easy>(*this);
  answer_.body.clear();
  answer_.body_bytes = 0;
  answer_.status = 0;
  configure();
  context_.curl.add(easy_->curl.handle(), *this);
}

void HttpExchange::configure() {
  auto& e = easy_->curl;
  e.set_timeout(answer_.start + ask_.timeout - context_.clock.mono());
  // Whatever the URL's host: this address, so that curl never asks a resolver.
  const auto bracket = to_.address.v6;
  e.connect_to(fmt::format("::{}{}{}:{}", bracket ? "[" : "", base::to_string(to_.address),
                           bracket ? "]" : "", to_.port));
  e.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set_tls();
  set_request();
  e.use_lists();
}

void HttpExchange::set_tls() {
  auto& e = easy_->curl;
  const auto& tls = ask_.tls;
  e.set(CURLOPT_SSLVERSION, version_range(tls));
  // As in loads, a pinned key is all that is checked: not the chain, the name or the dates.
  const bool check_chain = !tls.insecure && tls.pin.empty();
  e.set(CURLOPT_SSL_VERIFYPEER, check_chain ? 1L : 0L);
  e.set(CURLOPT_SSL_VERIFYHOST, check_chain ? 2L : 0L);
  const auto set_text = [&e](int option, const std::string& value) {
    if (!value.empty()) e.set(option, value);
  };
  set_text(CURLOPT_CAINFO, tls.ca_file);
  set_text(CURLOPT_PINNEDPUBLICKEY, curl_pin(tls.pin));
  set_text(CURLOPT_SSL_CIPHER_LIST, tls.ciphers);
  set_text(CURLOPT_TLS13_CIPHERS, tls.ciphersuites);
  set_text(CURLOPT_SSL_EC_CURVES, tls.groups);
  set_text(CURLOPT_SSLCERT, tls.certificate);
  set_text(CURLOPT_SSLKEY, tls.key.empty() ? tls.certificate : tls.key);
  // An encrypted key is an error, not a question on the terminal.
  if (!tls.certificate.empty()) e.set(CURLOPT_KEYPASSWD, std::string());
}

void HttpExchange::set_request() {
  auto& e = easy_->curl;
  const auto& request = ask_.request;
  // libcurl takes the name for SNI and for the certificate from the URL.
  auto url = ask_.url;
  const bool renamed = url.tls() && !ask_.tls.server_name.empty();
  if (renamed) url.host = ask_.tls.server_name;
  e.set(CURLOPT_URL, url.text());
  for (const auto& [name, value] : request.headers) e.add_header(name, value);
  if (renamed && !has_header(request, "Host")) e.add_header("Host", ask_.url.authority());
  if (!has_header(request, "User-Agent")) e.add_header("User-Agent", "rampart/" RAMPART_VERSION);
  e.add_header("X-Rampart-Run", context_.run_id);
  // Headers that libcurl would add on its own, without being asked.
  for (const auto* name : {"Expect", "Content-Type"})
    if (!has_header(request, name)) e.add_header(fmt::format("{}:", name));
  if (request.method == "HEAD") {
    e.set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (!request.body.empty()) e.set_body(request.body);  // ask_ keeps it
  if (request.method != "GET" || !request.body.empty())
    e.set(CURLOPT_CUSTOMREQUEST, request.method);
}

void HttpExchange::on_transfer_done(int curl_code) {
  answer_.status = static_cast<std::uint16_t>(easy_->curl.number(CURLINFO_RESPONSE_CODE));
  add_phases(curl_code);
  if (curl_code != CURLE_OK) {
    explain(curl_code);
    return;
  }
  if (ask_.sink != nullptr) easy_->begin_body(*ask_.sink);
  answer_.date = read_http_date(easy_->curl.header("Date"));
  answer_.phases.transfer +=
      easy_->curl.time(CURLINFO_TOTAL_TIME_T) - easy_->curl.time(CURLINFO_STARTTRANSFER_TIME_T);
  if (ask_.follow_redirects && is_redirect(answer_.status) && redirect()) return;
  finish(ProbeReason::none, {});
}

void HttpExchange::on_socket(int fd) { easy_->curl.announce(fd); }

void HttpExchange::add_phases(int curl_code) {
  const auto connect = easy_->curl.time(CURLINFO_CONNECT_TIME_T);
  const auto tls = easy_->curl.time(CURLINFO_APPCONNECT_TIME_T);
  const base::Nanos none(0);
  auto& phases = answer_.phases;
  phases.connect += easy_->curl.connect_time();
  if (tls > none) phases.tls += tls - connect;
  // libcurl also counts the end of a connection that gave nothing.
  if (curl_code != CURLE_GOT_NOTHING) phases.processing += easy_->curl.processing_time();
}

bool HttpExchange::redirect() {
  const char* location = nullptr;
  curl_easy_getinfo(easy_->curl.handle(), CURLINFO_REDIRECT_URL, &location);
  if (location == nullptr) return false;  // no Location: the status speaks for itself
  auto to = model::parse_url(location);
  if (!to || (to->scheme != "http" && to->scheme != "https")) {
    finish(ProbeReason::protocol,
           fmt::format("status {} leads to '{}', which is not an http address", answer_.status,
                       printable(location)));
    return true;
  }
  if (++redirects_ > kMaxRedirects) {
    finish(ProbeReason::protocol, fmt::format("more than {} redirects, the last to {}",
                                              kMaxRedirects, printable(to->text())));
    return true;
  }
  return redirect_to(*to);
}

bool HttpExchange::redirect_to(const model::Url& to) {
  auto next = to;
  // A relative redirect was completed with the name that stands in for the host.
  if (!ask_.tls.server_name.empty() && same_field_name(next.host, ask_.tls.server_name))
    next.host = ask_.url.host;
  const bool same_host = same_field_name(next.host, ask_.url.host);
  // As in the Fetch standard: who asks is only for the origin that was asked.
  if (!same_host || next.scheme != ask_.url.scheme || next.port != ask_.url.port)
    remove_headers(ask_.request, {"Authorization", "Cookie"});
  if (!same_host) {
    const auto literal = base::IpAddress::parse(next.host);
    const auto known = context_.hosts.find(next.host);
    if (!literal && known == context_.hosts.end()) {
      finish(ProbeReason::not_permitted,
             fmt::format("status {} leads to {}, whose address the plan does not know: add it as a "
                         "target",
                         answer_.status, printable(next.authority())));
      return true;
    }
    to_.address = literal ? *literal : known->second;
    // These are of the host that was asked first.
    for (auto* own : {&ask_.tls.server_name, &ask_.tls.pin, &ask_.tls.certificate, &ask_.tls.key})
      own->clear();
    remove_headers(ask_.request, {"Host"});
  }
  to_.port = next.port;
  ask_.url = std::move(next);
  if (!ask_.keep_method) change_method(ask_.request, answer_.status);
  easy_.reset();
  hop();
  return true;
}

void HttpExchange::explain(int curl_code) {
  const std::string peer = base::to_string(to_);
  if (easy_->refused) {
    finish(ProbeReason::protocol, fmt::format("{} sent what was not wanted", peer));
    return;
  }
  if (easy_->body_too_long) {
    finish(ProbeReason::protocol,
           fmt::format("{} sent more than {}", peer,
                       base::format_bytes(static_cast<double>(ask_.keep_body))));
    return;
  }
  auto failure = probe::explain(easy_->curl, curl_code,
                                {.peer = peer,
                                 .tls = ask_.url.tls(),
                                 .limit = ask_.timeout,
                                 .body_bytes = answer_.body_bytes});
  finish(failure.reason, std::move(failure.detail));
}

void HttpExchange::finish(ProbeReason reason, std::string detail) {
  answer_.duration = context_.clock.mono() - answer_.start;
  answer_.reason = reason;
  answer_.detail = std::move(detail);
  if (easy_) easy_->end();
  easy_.reset();
  auto answer = std::move(answer_);
  answer_ = {};
  listener_.on_answer(std::move(answer));
}

}  // namespace rampart::probe
