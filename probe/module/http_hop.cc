#include "probe/module/http_hop.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/assert.h"
#include "base/deleter.h"
#include "net/tls.h"
#include "probe/curl_easy.h"
#include "probe/curl_failure.h"
#include "probe/curl_reason.h"
#include "probe/module/module_tls.h"
#include "probe/module/stream_reason.h"
#include "probe/module/tls_contexts.h"
#include "probe/own_sockets.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

// What libcurl's parser of URLs takes, and what a server may be asked for by SNI.
bool plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_');
  });
}

std::optional<base::IpAddress> literal(const std::string& host) {
  const auto address = base::IpAddress::parse(host);
  return address ? std::optional(unmapped(*address)) : std::nullopt;
}

// Of a line of CURLINFO_COOKIELIST, whose fields are separated by tabs, the fourth one.
bool for_tls_alone(std::string_view cookie) {
  for (int i = 0; i < 3; ++i)
    cookie.remove_prefix(std::min(cookie.find('\t'), cookie.size() - 1) + 1);
  return cookie.starts_with("TRUE");
}

}  // namespace

// The transfer, and what of it is heard.
struct HttpHop::Easy final : private CurlEasy::Receiver {
  explicit Easy(HttpHop& of)
      : hop(of),
        reader(of.ask_.method == "HEAD"),
        curl(of.context_.sockets, of.context_.clock, model::Owner::probe, *this) {}

  bool on_header_line(std::string_view line) override {
    if (reader.whole()) return true;
    if (const auto taken = reader.take(line); !taken) {
      wrong = taken.error();
      return false;
    }
    if (!reader.whole()) return true;
    head_came = hop.context_.clock.mono();
    sated = !hop.listener_.on_head(reader.head());
    return !sated;
  }
  Body on_body(std::string_view bytes) override {
    body_bytes += bytes.size();
    sated = sated || !hop.listener_.on_body(bytes);
    return sated ? Body::unwanted : Body::taken;
  }
  bool on_tls(ssl_ctx_st& ssl) override {
    const auto& ask = hop.ask_;
    const bool to_proxy = ask.proxy && ask.proxy->tls() && !proxy_attended;
    proxy_attended = proxy_attended || to_proxy;
    if (!to_proxy && !ask.url.tls()) return false;  // libcurl's TLS for nobody known
    host_attended = !to_proxy;
    auto attended = witness.attend(ssl, *context, to_proxy ? ask.proxy->host : ask.server_name);
    if (attended) return true;
    wrong = attended.error();
    return false;
  }

  HttpHop& hop;
  HeadReader reader;
  std::shared_ptr<const net::TlsContext> context;  // where TLS is spoken; outlives the connection
  net::TlsWitness witness;
  bool proxy_attended = false;
  bool host_attended = false;
  bool sated = false;  // the rest is not wanted
  std::optional<base::MonoTime> head_came;
  std::uint64_t body_bytes = 0;
  std::optional<base::Error> wrong;  // why one of these gave the transfer up
  CurlEasy curl;
};

HttpHop::HttpHop(const ModuleContext& context, Listener& listener)
    : context_(context), listener_(listener), choice_(context.names, context.clock, *this) {}

HttpHop::~HttpHop() {
  if (easy_) context_.curl.remove(easy_->curl.handle());
}

void HttpHop::start(HopAsk ask) {
  RAMPART_ASSERT(!easy_);
  ask_ = std::move(ask);
  RAMPART_ASSERT(ask_.url.port_number().has_value());
  if (ask_.url.zone.empty()) host_ = literal(ask_.url.host);
  if (ask_.proxy) proxy_ = literal(ask_.proxy->host);
  if (const auto status = check_words(); !status)
    fail(ProbeReason::bad_module, status.error().text);
  else
    prepare();
}

base::Status HttpHop::check_words() const {
  const auto wrong = [](std::string_view what) {
    return base::fail(base::Errc::config, fmt::format("{} has a control character", what));
  };
  if (has_control(ask_.method)) return wrong("the method");
  if (has_control(ask_.host)) return wrong("the host's name");
  const HttpFields none;
  for (const auto* fields : {&ask_.fields, ask_.connect_fields ? ask_.connect_fields : &none})
    for (const auto& [name, value] : *fields)
      if (has_control(name) || has_control(value))
        return wrong(fmt::format("the header {}", printable(name)));
  return {};
}

void HttpHop::prepare() {
  // As redirects of theirs, these hops take whatever family there is.
  const model::IpPreference either{ask_.ip.v6, true};
  if (!host_) {
    wanted_ = Wanted::host;
    choice_.start(ask_.url.zoned_host(), either, ask_.deadline);
  } else if (ask_.proxy && !proxy_) {
    wanted_ = Wanted::proxy;
    choice_.start(ask_.proxy->host, either, ask_.deadline);
  } else {
    connect();
  }
}

void HttpHop::count_lookup() {
  if (wanted_ == Wanted::proxy || !ask_.hide_lookup) end_.phases.resolve += choice_.lookup_time();
}

void HttpHop::on_address(const base::IpAddress& address) {
  count_lookup();
  if (wanted_ == Wanted::host) scope_ = choice_.scope();
  (wanted_ == Wanted::host ? host_ : proxy_) = address;
  prepare();
}

void HttpHop::on_no_address(ProbeReason reason, std::string detail) {
  count_lookup();
  if (wanted_ == Wanted::host && ask_.proxy && reason != ProbeReason::connect_timeout)
    detail += "; the proxy is not asked, as nobody knows whether the address is permitted";
  fail(reason, std::move(detail));
}

bool HttpHop::tunnels() const {
  return ask_.url.tls() || !ask_.proxy || ask_.proxy->scheme.starts_with("socks");
}

std::string HttpHop::address_text() const {
  const auto& at = ask_.proxy ? *proxy_ : *host_;
  const auto port = (ask_.proxy ? *ask_.proxy : ask_.url).port_number();
  return base::to_string(base::Endpoint{at, *port});
}

// What a proxy connects to has no socket here that would be looked at.
base::Status HttpHop::check_proxied() const {
  if (!ask_.proxy) return {};
  if (host_->is_loopback() && !proxy_->is_loopback())
    return base::fail(
        base::Errc::permission,
        fmt::format("{} is loopback, which the proxy {} would take for its own host's",
                    base::to_string(*host_), base::to_string(*proxy_)));
  return context_.sockets.check_tcp(*host_);
}

void HttpHop::connect() {
  RAMPART_ASSERT(host_ && (proxy_ || !ask_.proxy));
  if (const auto status = check_proxied(); !status) {
    fail(reason_of(status.error()), status.error().text);
    return;
  }
  end_.beyond_loopback = host_ && !host_->is_loopback();
  if (ask_.no_loopback && host_ && host_->is_loopback()) {
    fail(ProbeReason::not_permitted,
         fmt::format("{} is loopback, where a redirect from beyond it must not lead",
                     base::to_string(*host_)));
    return;
  }
  end_.peer = address_text();
  std::shared_ptr<const net::TlsContext> tls;
  if (ask_.url.tls() || (ask_.proxy && ask_.proxy->tls())) {
    auto context = context_.tls.of(*ask_.tls);
    if (!context) {
      fail(ProbeReason::bad_module, std::move(context).error().text);
      return;
    }
    tls = *std::move(context);
  }
  easy_ = std::make_unique<Easy>(*this);  // from here on time counts as connecting
  easy_->context = std::move(tls);
  easy_->curl.set_timeout(ask_.deadline - context_.clock.mono());
  set_way();
  set_request();
  easy_->curl.use_lists();
  context_.curl.add(easy_->curl.handle(), *this);
}

// To where the connection is made.
void HttpHop::set_way() {
  auto& e = easy_->curl;
  const auto port = *ask_.url.port_number();
  const auto host = base::to_string(*host_);
  // libcurl takes the name for SNI from the URL. Its own checks of certificates are off, as the
  // witness puts others in their place; so it need not read a file of them.
  const bool named = ask_.url.tls() && plain_name(ask_.server_name);
  // The path is for cookies: what is asked for is set as it is.
  e.set(CURLOPT_URL,
        fmt::format("{}://{}:{}{}", ask_.url.scheme, bracketed(named ? ask_.server_name : host),
                    port, ask_.url.path.starts_with('/') ? ask_.url.path : "/"));
  if (tunnels()) e.connect_to(fmt::format("::{}:{}", bracketed(host), port));
  for (const int off : {CURLOPT_SSL_VERIFYPEER, CURLOPT_SSL_VERIFYHOST,
                        CURLOPT_PROXY_SSL_VERIFYPEER, CURLOPT_PROXY_SSL_VERIFYHOST})
    e.set(off, 0L);
  e.clear(CURLOPT_CAINFO);
  e.clear(CURLOPT_PROXY_CAINFO);
  e.clear(CURLOPT_PROXY_CAPATH);
  e.set(CURLOPT_HTTP_VERSION,
        static_cast<long>(ask_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  e.set(CURLOPT_SSL_ENABLE_ALPN, ask_.http2 ? 1L : 0L);
  if (!ask_.proxy) {
    e.set_scope(scope_);
    return;
  }
  const auto& proxy = *ask_.proxy;
  const auto proxy_port = *proxy.port_number();
  const bool by_name = proxy.tls() && plain_name(proxy.host);
  const auto address = base::to_string(*proxy_);
  if (by_name) e.resolve(fmt::format("+{}:{}:{}", proxy.host, proxy_port, bracketed(address)));
  const auto scheme = proxy.scheme.starts_with("socks") ? "socks5h" : proxy.scheme;
  e.set(CURLOPT_PROXY,
        fmt::format("{}://{}:{}", scheme, by_name ? proxy.host : bracketed(address), proxy_port));
  e.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  e.set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  e.add_proxy_header("Proxy-Connection:");
  if (proxy.user) {
    e.set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
    e.set(CURLOPT_PROXYUSERNAME, proxy.user->name);
    e.set(CURLOPT_PROXYPASSWORD, proxy.user->password);
  }
  if (ask_.connect_fields != nullptr)
    for (const auto& [name, value] : *ask_.connect_fields) e.add_proxy_header(name, value);
}

void HttpHop::set_request() {
  auto& e = easy_->curl;
  // Byte by byte as it shall be, whatever libcurl would make of the URL.
  auto at = ask_.url;
  at.host = base::to_string(*host_);
  e.set(CURLOPT_REQUEST_TARGET,
        (tunnels() ? "" : at.scheme + "://" + at.authority()) + at.target());
  e.add_header("Host", ask_.host);
  for (const auto& [name, value] : ask_.fields) e.add_header(name, value);
  // Headers that libcurl would add on its own, without being asked.
  for (const auto* name : {"Accept", "Expect", "Content-Type"}) {
    const auto same = [name](const auto& field) { return same_field_name(field.first, name); };
    if (std::none_of(ask_.fields.begin(), ask_.fields.end(), same))
      e.add_header(fmt::format("{}:", name));
  }
  if (ask_.keep_cookies) {
    e.set(CURLOPT_COOKIEFILE, std::string());
    // libcurl takes loopback for as safe as TLS.
    for (const auto& cookie : ask_.cookies)
      if (ask_.url.tls() || !for_tls_alone(cookie)) e.set(CURLOPT_COOKIELIST, cookie);
  }
  if (ask_.method == "HEAD") {
    e.set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (!ask_.body.empty()) e.set_body(ask_.body);
  if (ask_.method != "GET" || !ask_.body.empty()) e.set(CURLOPT_CUSTOMREQUEST, ask_.method);
}

void HttpHop::on_socket(int fd) { easy_->curl.announce(fd); }

void HttpHop::on_transfer_done(int curl_code) {
  add_phases(curl_code);
  // Not the proxy's, where the server's was to come.
  if (easy_->context && (easy_->host_attended || !ask_.url.tls()))
    end_.tls = easy_->witness.handshake();
  if (easy_->reader.whole()) end_.head = easy_->reader.head();
  if (ask_.keep_cookies) take_cookies();
  if (curl_code != CURLE_OK && !easy_->sated)
    explain(curl_code);
  else if (!end_.head)  // a proxy's or a switched protocol's end
    fail(ProbeReason::protocol, fmt::format("{} sent no answer that is HTTP", end_.peer));
  else
    finish();
}

void HttpHop::add_phases(int curl_code) {
  const auto& e = easy_->curl;
  const base::Nanos none(0);
  const auto connect = e.time(CURLINFO_CONNECT_TIME_T);
  const auto tls = e.time(CURLINFO_APPCONNECT_TIME_T);
  auto& phases = end_.phases;
  if (connect == none || (ask_.url.tls() && tls == none)) return;
  phases.connect = e.connect_time();
  if (ask_.url.tls()) phases.tls = tls - connect;
  // libcurl also counts the end of a connection that gave nothing.
  if (curl_code == CURLE_GOT_NOTHING || e.processing_time() == none) return;
  phases.processing = e.processing_time();
  if (easy_->head_came) phases.transfer = context_.clock.mono() - *easy_->head_came;
}

void HttpHop::take_cookies() {
  curl_slist* first = nullptr;
  curl_easy_getinfo(easy_->curl.handle(), CURLINFO_COOKIELIST, &first);
  const std::unique_ptr<curl_slist, base::Deleter<curl_slist_free_all>> list(first);
  for (const auto* one = first; one != nullptr; one = one->next)
    end_.cookies.emplace_back(one->data);
  if (!ask_.url.tls())
    for (auto& cookie : ask_.cookies)
      if (for_tls_alone(cookie)) end_.cookies.push_back(std::move(cookie));
}

void HttpHop::explain(int curl_code) {
  if (easy_->wrong) {
    const auto& [code, text] = *easy_->wrong;
    fail(code == base::Errc::parse ? ProbeReason::protocol : ProbeReason::local,
         code == base::Errc::parse ? fmt::format("{}: {}", end_.peer, text) : text);
    return;
  }
  const auto& handshake = easy_->witness.handshake();
  if (handshake.refusal && !handshake.done) {
    const auto reason = reason_of(*handshake.refusal);
    fail(reason, fmt::format("{}: its certificate is refused: {}{}", end_.peer, handshake.why,
                             certificate_advice(reason, handshake.chain)));
    return;
  }
  if (const auto status = easy_->curl.number(CURLINFO_HTTP_CONNECTCODE); status / 100 > 2) {
    fail(ProbeReason::http_status,
         fmt::format("the proxy {} answered CONNECT with {}", end_.peer, status));
    return;
  }
  if (curl_code == CURLE_PARTIAL_FILE) {
    fail(ProbeReason::protocol,
         fmt::format("{} ended after {} bytes of the body, which are not all", end_.peer,
                     easy_->body_bytes));
    return;
  }
  auto failure = probe::explain(easy_->curl, curl_code,
                                {.peer = end_.peer,
                                 .tls = easy_->context != nullptr,
                                 .limit = ask_.limit,
                                 .body_bytes = easy_->body_bytes});
  fail(failure.reason, std::move(failure.detail));
}

void HttpHop::fail(ProbeReason reason, std::string detail) {
  end_.reason = reason;
  end_.detail = std::move(detail);
  finish();
}

void HttpHop::finish() {
  easy_.reset();
  auto end = std::move(end_);  // the hop may be destroyed in the call
  listener_.on_hop_end(std::move(end));
}

}  // namespace rampart::probe
