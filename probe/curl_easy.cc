#include "probe/curl_easy.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "base/assert.h"
#include "net/sockaddr.h"
#include "probe/own_sockets.h"

namespace rampart::probe {

struct CurlEasy::Callbacks {
  static curl_socket_t open_socket(void* self_data, curlsocktype, curl_sockaddr* address) {
    auto* self = static_cast<CurlEasy*>(self_data);
    // What libcurl is about to connect to, not what it was told.
    const auto remote = net::from_sockaddr(&address->addr);
    auto opened = self->sockets_.open_tcp(remote, self->owner_);
    if (!opened) {
      self->socket_error_ = opened.error();
      return CURL_SOCKET_BAD;
    }
    if (!opened->announced) self->unannounced_ = remote;
    if (remote.address.v6)
      reinterpret_cast<sockaddr_in6*>(&address->addr)->sin6_scope_id = self->scope_;
    return opened->fd.release();
  }
  static CURLcode begin_tls(CURL*, void* context, void* self_data) {
    auto* self = static_cast<CurlEasy*>(self_data);
    self->tls_began_ = self->clock_.mono();
    return self->receiver_.on_tls(*static_cast<ssl_ctx_st*>(context)) ? CURLE_OK
                                                                      : CURLE_SSL_CERTPROBLEM;
  }
  static std::size_t take_header(char* line, std::size_t, std::size_t size, void* self_data) {
    auto* self = static_cast<CurlEasy*>(self_data);
    self->header_bytes_ += size;
    if (self->header_too_long()) return 0;
    return self->receiver_.on_header_line({line, size}) ? size : 0;
  }
  static std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* self_data) {
    switch (static_cast<CurlEasy*>(self_data)->receiver_.on_body({bytes, size})) {
      case Receiver::Body::taken: return size;
      case Receiver::Body::later: return CURL_WRITEFUNC_PAUSE;
      case Receiver::Body::unwanted: break;
    }
    return 0;
  }
};

void CurlEasy::FreeHandle::operator()(void* handle) const noexcept { curl_easy_cleanup(handle); }
void CurlEasy::FreeList::operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }

CurlEasy::CurlEasy(OwnSockets& sockets, const base::Clock& clock, model::Owner owner,
                   Receiver& receiver)
    : sockets_(sockets),
      clock_(clock),
      owner_(owner),
      receiver_(receiver),
      began_(clock.mono()),
      handle_(curl_easy_init()) {
  static_assert(sizeof text_ >= CURL_ERROR_SIZE);
  RAMPART_ASSERT(handle_);
  const auto put = [this](CURLoption option, auto value) {
    RAMPART_ASSERT(curl_easy_setopt(handle_.get(), option, value) == CURLE_OK);
  };
  put(CURLOPT_OPENSOCKETFUNCTION, &Callbacks::open_socket);
  put(CURLOPT_OPENSOCKETDATA, this);
  put(CURLOPT_HEADERFUNCTION, &Callbacks::take_header);
  put(CURLOPT_HEADERDATA, this);
  put(CURLOPT_WRITEFUNCTION, &Callbacks::take_body);
  put(CURLOPT_WRITEDATA, this);
  put(CURLOPT_SSL_CTX_FUNCTION, &Callbacks::begin_tls);
  put(CURLOPT_SSL_CTX_DATA, this);
  put(CURLOPT_ERRORBUFFER, text_.data());
  put(CURLOPT_NOSIGNAL, 1L);
  put(CURLOPT_PROXY, "");
  put(CURLOPT_NOPROXY, "");
  put(CURLOPT_PROTOCOLS_STR, "http,https");
  put(CURLOPT_FRESH_CONNECT, 1L);
  put(CURLOPT_FORBID_REUSE, 1L);
  put(CURLOPT_PATH_AS_IS, 1L);
  // Each probe shakes hands in full and sees the certificate.
  put(CURLOPT_SSL_SESSIONID_CACHE, 0L);
  // libcurl keeps a read CA file in memory only where no CA directory is set.
  put(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
}

CurlEasy::~CurlEasy() = default;

void CurlEasy::set(int option, long value) {
  RAMPART_ASSERT(curl_easy_setopt(handle_.get(), static_cast<CURLoption>(option), value) ==
                 CURLE_OK);
}

void CurlEasy::set(int option, const std::string& value) {
  RAMPART_ASSERT(curl_easy_setopt(handle_.get(), static_cast<CURLoption>(option), value.c_str()) ==
                 CURLE_OK);
}

void CurlEasy::clear(int option) {
  RAMPART_ASSERT(curl_easy_setopt(handle_.get(), static_cast<CURLoption>(option),
                                  static_cast<const char*>(nullptr)) == CURLE_OK);
}

void CurlEasy::set_body(std::string_view body) {
  RAMPART_ASSERT(curl_easy_setopt(handle_.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                                  static_cast<curl_off_t>(body.size())) == CURLE_OK);
  RAMPART_ASSERT(curl_easy_setopt(handle_.get(), CURLOPT_POSTFIELDS, body.data()) == CURLE_OK);
}

void CurlEasy::append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  RAMPART_ASSERT(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

void CurlEasy::add_header(const std::string& line) { append(headers_, line); }

void CurlEasy::add_header(std::string_view name, std::string_view value) {
  append(headers_, value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
}

void CurlEasy::add_proxy_header(const std::string& line) { append(proxy_headers_, line); }

void CurlEasy::add_proxy_header(std::string_view name, std::string_view value) {
  append(proxy_headers_,
         value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
}

void CurlEasy::connect_to(const std::string& rule) { append(connect_to_, rule); }

void CurlEasy::resolve(const std::string& rule) { append(resolve_, rule); }

void CurlEasy::set_timeout(base::Nanos left) {
  using std::chrono::milliseconds;
  set(CURLOPT_TIMEOUT_MS,
      std::max(1L, static_cast<long>(std::chrono::ceil<milliseconds>(left).count())));
}

void CurlEasy::use_lists() {
  const auto use = [this](CURLoption option, const List& list) {
    if (list) RAMPART_ASSERT(curl_easy_setopt(handle_.get(), option, list.get()) == CURLE_OK);
  };
  use(CURLOPT_HTTPHEADER, headers_);
  use(CURLOPT_PROXYHEADER, proxy_headers_);
  use(CURLOPT_CONNECT_TO, connect_to_);
  use(CURLOPT_RESOLVE, resolve_);
}

void CurlEasy::announce(int fd) {
  if (!unannounced_) return;
  sockets_.announce_tcp(fd, *unannounced_, owner_);
  unannounced_.reset();
}

base::Nanos CurlEasy::time(int info) const {
  curl_off_t micros = 0;
  curl_easy_getinfo(handle_.get(), static_cast<CURLINFO>(info), &micros);
  return std::chrono::microseconds(micros);
}

std::string CurlEasy::header(const char* name) const {
  std::string out;
  curl_header* found = nullptr;
  for (std::size_t i = 0;
       curl_easy_header(handle_.get(), name, i, CURLH_HEADER, -1, &found) == CURLHE_OK; ++i) {
    if (i > 0) out += ", ";
    out += found->value;
  }
  return out;
}

long CurlEasy::number(int info) const {
  long value = 0;
  curl_easy_getinfo(handle_.get(), static_cast<CURLINFO>(info), &value);
  return value;
}

// libcurl 7.88 reports no connect time where TLS then fails, so we take it.
base::Nanos CurlEasy::connect_time() const {
  const auto known = time(CURLINFO_CONNECT_TIME_T);
  if (known > base::Nanos(0)) return known - time(CURLINFO_NAMELOOKUP_TIME_T);
  return tls_began_ ? *tls_began_ - began_ : base::Nanos(0);
}

// libcurl writes the request as soon as there is a connection, and takes CURLINFO_PRETRANSFER after
// that: a server on the same host may have answered by then.
base::Nanos CurlEasy::processing_time() const {
  const base::Nanos none(0);
  const auto first_byte = time(CURLINFO_STARTTRANSFER_TIME_T);
  if (first_byte == none) return none;
  // An answer may come within one tick of libcurl's clock; nought would say that none came.
  constexpr base::Nanos kTick = std::chrono::microseconds(1);
  const auto handed = std::max(time(CURLINFO_CONNECT_TIME_T), time(CURLINFO_APPCONNECT_TIME_T));
  return std::max(first_byte - handed, kTick);
}

CurlEnd CurlEasy::end(int code, bool tls) const {
  const base::Nanos none(0);
  return {.code = code,
          .os_error = number(CURLINFO_OS_ERRNO),
          .verify_error = number(CURLINFO_SSL_VERIFYRESULT),
          .connected = connect_time() > none,
          .tls = tls,
          .tls_done = time(CURLINFO_APPCONNECT_TIME_T) > none,
          .first_byte = time(CURLINFO_STARTTRANSFER_TIME_T) > none,
          .text = text_.data()};
}

}  // namespace rampart::probe
