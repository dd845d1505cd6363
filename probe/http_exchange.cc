#include "probe/http_exchange.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/assert.h"
#include "base/deleter.h"
#include "base/units.h"
#include "net/sockaddr.h"
#include "probe/curl_reason.h"
#include "probe/own_sockets.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

constexpr unsigned kMaxRedirects = 10;
constexpr std::size_t kMaxHeader = 80 * 1024;

using ListPtr = std::unique_ptr<curl_slist, base::Deleter<curl_slist_free_all>>;
using EasyPtr = std::unique_ptr<CURL, base::Deleter<curl_easy_cleanup>>;

void append(ListPtr& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  RAMPART_ASSERT(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

bool has_header(const model::HttpRequest& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& header) { return same_name(header.first, name); });
}

void remove_headers(model::HttpRequest& request, std::initializer_list<std::string_view> names) {
  std::erase_if(request.headers, [&](const auto& header) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return same_name(header.first, name); });
  });
}

bool is_redirect(std::uint16_t status) {
  constexpr std::array<std::uint16_t, 5> kRedirects{301, 302, 303, 307, 308};
  return std::find(kRedirects.begin(), kRedirects.end(), status) != kRedirects.end();
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

struct HttpExchange::Easy {
  EasyPtr handle{curl_easy_init()};
  ListPtr headers;
  ListPtr connect_to;
  std::array<char, CURL_ERROR_SIZE> text{};
  std::size_t header_bytes = 0;
  bool body_too_long = false;
  std::optional<base::Endpoint> unannounced;  // its peer
  base::Error socket_error;                   // text empty: none
  HttpExchange* exchange = nullptr;
  base::MonoTime began;
  std::optional<base::MonoTime> tls_began;  // right after the TCP handshake

  template <class T>
  void set(CURLoption option, T value) {
    RAMPART_ASSERT(curl_easy_setopt(handle.get(), option, value) == CURLE_OK);
  }
  [[nodiscard]] base::Nanos time(CURLINFO which) const {
    curl_off_t micros = 0;
    curl_easy_getinfo(handle.get(), which, &micros);
    return std::chrono::microseconds(micros);
  }
  [[nodiscard]] long number(CURLINFO which) const {
    long value = 0;
    curl_easy_getinfo(handle.get(), which, &value);
    return value;
  }

  static curl_socket_t open_socket(void* self_data, curlsocktype, curl_sockaddr* address) {
    auto* self = static_cast<Easy*>(self_data);
    auto& exchange = *self->exchange;
    // What libcurl is about to connect to, not what it was told.
    const auto remote = net::from_sockaddr(&address->addr);
    auto opened = exchange.context_.sockets.open_tcp(remote, exchange.ask_.owner);
    if (!opened) {
      self->socket_error = opened.error();
      return CURL_SOCKET_BAD;
    }
    if (!opened->announced) self->unannounced = remote;
    return opened->fd.release();
  }
  // libcurl 7.88 reports no connect time where TLS then fails, so we take it.
  static CURLcode begin_tls(CURL*, void*, void* self_data) {
    auto* self = static_cast<Easy*>(self_data);
    self->tls_began = self->exchange->context_.clock.mono();
    return CURLE_OK;
  }
  // 0 where it never connected.
  [[nodiscard]] base::Nanos connect_time() const {
    const auto known = time(CURLINFO_CONNECT_TIME_T);
    if (known > base::Nanos(0)) return known - time(CURLINFO_NAMELOOKUP_TIME_T);
    return tls_began ? *tls_began - began : base::Nanos(0);
  }
  static std::size_t take_header(char*, std::size_t, std::size_t size, void* self_data) {
    auto* self = static_cast<Easy*>(self_data);
    self->header_bytes += size;
    return self->header_bytes > kMaxHeader ? 0 : size;
  }
  static std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* self_data) {
    auto* self = static_cast<Easy*>(self_data);
    auto& answer = self->exchange->answer_;
    const auto& ask = self->exchange->ask_;
    answer.body_bytes += size;
    answer.body.append(bytes, std::min(size, ask.keep_body - answer.body.size()));
    self->body_too_long = ask.refuse_longer && answer.body_bytes > ask.keep_body;
    return self->body_too_long ? 0 : size;
  }
};

HttpExchange::HttpExchange(const Context& context, Listener& listener)
    : context_(context), listener_(listener) {}

HttpExchange::~HttpExchange() {
  if (easy_) context_.curl.remove(easy_->handle.get());
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
  easy_ = std::make_unique<Easy>();
  easy_->exchange = this;
  easy_->began = context_.clock.mono();
  answer_.body.clear();
  answer_.body_bytes = 0;
  answer_.status = 0;
  configure();
  context_.curl.add(easy_->handle.get(), *this);
}

void HttpExchange::configure() {
  auto& e = *easy_;
  const auto left = answer_.start + ask_.timeout - context_.clock.mono();
  e.set(
      CURLOPT_TIMEOUT_MS,
      std::max(1L, static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(left).count())));
  // Whatever the URL's host: this address, so that curl never asks a resolver.
  const auto bracket = to_.address.v6;
  append(e.connect_to, fmt::format("::{}{}{}:{}", bracket ? "[" : "", base::to_string(to_.address),
                                   bracket ? "]" : "", to_.port));
  e.set(CURLOPT_CONNECT_TO, e.connect_to.get());
  e.set(CURLOPT_OPENSOCKETFUNCTION, &Easy::open_socket);
  e.set(CURLOPT_OPENSOCKETDATA, &e);
  e.set(CURLOPT_HEADERFUNCTION, &Easy::take_header);
  e.set(CURLOPT_HEADERDATA, &e);
  e.set(CURLOPT_WRITEFUNCTION, &Easy::take_body);
  e.set(CURLOPT_WRITEDATA, &e);
  e.set(CURLOPT_ERRORBUFFER, e.text.data());
  e.set(CURLOPT_NOSIGNAL, 1L);
  e.set(CURLOPT_PROXY, "");
  e.set(CURLOPT_PROTOCOLS_STR, "http,https");
  e.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  e.set(CURLOPT_FRESH_CONNECT, 1L);
  e.set(CURLOPT_FORBID_REUSE, 1L);
  e.set(CURLOPT_PATH_AS_IS, 1L);
  set_tls();
  set_request();
}

void HttpExchange::set_tls() {
  auto& e = *easy_;
  // Each probe shakes hands in full and sees the certificate.
  e.set(CURLOPT_SSL_CTX_FUNCTION, &Easy::begin_tls);
  e.set(CURLOPT_SSL_CTX_DATA, &e);
  e.set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
  const auto& tls = ask_.tls;
  e.set(CURLOPT_SSLVERSION, version_range(tls));
  // As in loads, a pinned key is all that is checked: not the chain, the name or the dates.
  const bool check_chain = !tls.insecure && tls.pin.empty();
  e.set(CURLOPT_SSL_VERIFYPEER, check_chain ? 1L : 0L);
  e.set(CURLOPT_SSL_VERIFYHOST, check_chain ? 2L : 0L);
  // libcurl keeps a read CA file in memory only where no CA directory is set.
  e.set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  const auto set_text = [&e](CURLoption option, const std::string& value) {
    if (!value.empty()) e.set(option, value.c_str());
  };
  set_text(CURLOPT_CAINFO, tls.ca_file);
  set_text(CURLOPT_PINNEDPUBLICKEY, curl_pin(tls.pin));
  set_text(CURLOPT_SSL_CIPHER_LIST, tls.ciphers);
  set_text(CURLOPT_TLS13_CIPHERS, tls.ciphersuites);
  set_text(CURLOPT_SSL_EC_CURVES, tls.groups);
  set_text(CURLOPT_SSLCERT, tls.certificate);
  set_text(CURLOPT_SSLKEY, tls.key.empty() ? tls.certificate : tls.key);
  // An encrypted key is an error, not a question on the terminal.
  if (!tls.certificate.empty()) e.set(CURLOPT_KEYPASSWD, "");
}

void HttpExchange::set_request() {
  auto& e = *easy_;
  const auto& request = ask_.request;
  // libcurl takes the name for SNI and for the certificate from the URL.
  auto url = ask_.url;
  const bool renamed = url.tls() && !ask_.tls.server_name.empty();
  if (renamed) url.host = ask_.tls.server_name;
  e.set(CURLOPT_URL, url.text().c_str());
  const auto add = [&](std::string_view name, std::string_view value) {
    append(e.headers,
           value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
  };
  for (const auto& [name, value] : request.headers) add(name, value);
  if (renamed && !has_header(request, "Host")) add("Host", ask_.url.authority());
  if (!has_header(request, "User-Agent")) add("User-Agent", "rampart/" RAMPART_VERSION);
  add("X-Rampart-Run", context_.run_id);
  // Headers that libcurl would add on its own, without being asked.
  for (const auto* name : {"Expect", "Content-Type"})
    if (!has_header(request, name)) append(e.headers, fmt::format("{}:", name));
  e.set(CURLOPT_HTTPHEADER, e.headers.get());
  if (request.method == "HEAD") {
    e.set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (!request.body.empty()) {
    e.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    e.set(CURLOPT_POSTFIELDS, request.body.data());  // ask_ keeps it
  }
  if (request.method != "GET" || !request.body.empty())
    e.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void HttpExchange::on_transfer_done(int curl_code) {
  answer_.status = static_cast<std::uint16_t>(easy_->number(CURLINFO_RESPONSE_CODE));
  add_phases(curl_code);
  if (curl_code != CURLE_OK) {
    explain(curl_code);
    return;
  }
  answer_.phases.transfer +=
      easy_->time(CURLINFO_TOTAL_TIME_T) - easy_->time(CURLINFO_STARTTRANSFER_TIME_T);
  if (ask_.follow_redirects && is_redirect(answer_.status) && redirect()) return;
  finish(ProbeReason::none, {});
}

void HttpExchange::on_socket(int fd) {
  if (!easy_->unannounced) return;
  context_.sockets.announce_tcp(fd, *easy_->unannounced, ask_.owner);
  easy_->unannounced.reset();
}

void HttpExchange::add_phases(int curl_code) {
  const auto connect = easy_->time(CURLINFO_CONNECT_TIME_T);
  const auto tls = easy_->time(CURLINFO_APPCONNECT_TIME_T);
  const auto asked = easy_->time(CURLINFO_PRETRANSFER_TIME_T);
  const auto first_byte = easy_->time(CURLINFO_STARTTRANSFER_TIME_T);
  const base::Nanos none(0);
  auto& phases = answer_.phases;
  phases.connect += easy_->connect_time();
  if (tls > none) phases.tls += tls - connect;
  // libcurl also counts the end of a connection that gave nothing.
  if (first_byte > none && curl_code != CURLE_GOT_NOTHING) phases.processing += first_byte - asked;
}

bool HttpExchange::redirect() {
  const char* location = nullptr;
  curl_easy_getinfo(easy_->handle.get(), CURLINFO_REDIRECT_URL, &location);
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
  if (!ask_.tls.server_name.empty() && same_name(next.host, ask_.tls.server_name))
    next.host = ask_.url.host;
  const bool same_host = same_name(next.host, ask_.url.host);
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
  change_method(ask_.request, answer_.status);
  easy_.reset();
  hop();
  return true;
}

void HttpExchange::explain(int curl_code) {
  const auto& e = *easy_;
  const base::Nanos none(0);
  const std::string peer = base::to_string(to_);
  if (!e.socket_error.text.empty()) {
    finish(reason_of(e.socket_error), e.socket_error.text);
    return;
  }
  if (e.header_bytes > kMaxHeader) {
    finish(ProbeReason::protocol, fmt::format("{} sent headers of more than 80 KiB", peer));
    return;
  }
  if (e.body_too_long) {
    finish(ProbeReason::protocol,
           fmt::format("{} sent more than {}", peer,
                       base::format_bytes(static_cast<double>(ask_.keep_body))));
    return;
  }
  const CurlEnd end{.code = curl_code,
                    .os_error = e.number(CURLINFO_OS_ERRNO),
                    .verify_error = e.number(CURLINFO_SSL_VERIFYRESULT),
                    .connected = e.connect_time() > none,
                    .tls = ask_.url.tls(),
                    .tls_done = e.time(CURLINFO_APPCONNECT_TIME_T) > none,
                    .first_byte = e.time(CURLINFO_STARTTRANSFER_TIME_T) > none,
                    .text = e.text.data()};
  const auto reason = reason_of(end);
  const auto words = end.text.empty()
                         ? std::string(curl_easy_strerror(static_cast<CURLcode>(curl_code)))
                         : printable(end.text);
  const auto limit = base::format_duration(ask_.timeout);
  if (curl_code == CURLE_COULDNT_CONNECT && end.os_error != 0) {
    finish(reason, fmt::format("connect {}: {}", peer, os_text(static_cast<int>(end.os_error))));
    return;
  }
  switch (reason) {
    case ProbeReason::connect_timeout:
      finish(reason, fmt::format("connect {}: no answer within {}", peer, limit));
      return;
    case ProbeReason::timeout_first_byte:
      finish(reason, fmt::format("{} accepted the connection and {} within {}", peer,
                                 end.tls && !end.tls_done ? "did not complete the tls handshake"
                                                          : "sent no answer",
                                 limit));
      return;
    case ProbeReason::timeout_transfer:
      finish(reason, fmt::format("{} began to answer and did not end within {}, after {} bytes of "
                                 "the body",
                                 peer, limit, answer_.body_bytes));
      return;
    default: finish(reason, fmt::format("{}: {}", peer, words));
  }
}

void HttpExchange::finish(ProbeReason reason, std::string detail) {
  answer_.duration = context_.clock.mono() - answer_.start;
  answer_.reason = reason;
  answer_.detail = std::move(detail);
  easy_.reset();
  auto answer = std::move(answer_);
  answer_ = {};
  listener_.on_answer(std::move(answer));
}

}  // namespace rampart::probe
