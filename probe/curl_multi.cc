#include "probe/curl_multi.h"

#include <curl/curl.h>

#include "base/assert.h"

namespace rampart::probe {

CurlMulti::CurlMulti(net::Loop& loop, const base::Clock& clock)
    : loop_(loop), clock_(clock), multi_(nullptr), timer_(loop, *this), turn_(loop, *this) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  RAMPART_ASSERT(ready == CURLE_OK);
  multi_ = curl_multi_init();
  RAMPART_ASSERT(multi_ != nullptr);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::want_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::want_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

CurlMulti::~CurlMulti() {
  curl_multi_cleanup(multi_);  // may still call want_socket
}

void CurlMulti::add(void* easy, Transfer& transfer) {
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  RAMPART_ASSERT(curl_multi_add_handle(multi_, easy) == CURLM_OK);
}

void CurlMulti::remove(void* easy) {
  std::erase(paused_, easy);
  curl_multi_remove_handle(multi_, easy);
}

void CurlMulti::resume_soon(void* easy) {
  if (paused_.empty()) turn_.arm(clock_.mono());
  paused_.push_back(easy);
}

void CurlMulti::resume_one() {
  if (paused_.empty()) return;
  auto* easy = paused_.front();
  paused_.pop_front();
  if (!paused_.empty()) turn_.arm(clock_.mono());
  // Hands the piece over from here. Only here does libcurl keep to itself that it was unwanted.
  if (const CURLcode code = curl_easy_pause(easy, CURLPAUSE_CONT); code != CURLE_OK)
    end(easy, code);
}

void CurlMulti::end(void* easy, int curl_code) {
  void* transfer = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
  remove(easy);
  static_cast<Transfer*>(transfer)->on_transfer_done(curl_code);
}

int CurlMulti::want_socket(void* easy, int fd, int what, void* self_data, void*) {
  auto* self = static_cast<CurlMulti*>(self_data);
  if (what == CURL_POLL_REMOVE) {
    self->watchers_.erase(fd);
    return 0;
  }
  auto& watcher = self->watchers_[fd];
  net::FdWatcher::Listener& listener = *self;
  if (!watcher) watcher = std::make_unique<net::FdWatcher>(self->loop_, fd, listener);
  watcher->watch((what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
  void* transfer = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
  if (transfer != nullptr) static_cast<Transfer*>(transfer)->on_socket(fd);
  return 0;
}

int CurlMulti::want_timer(void*, long timeout_ms, void* self_data) {
  auto* self = static_cast<CurlMulti*>(self_data);
  self->at_once_.unlink();
  if (timeout_ms > 0)
    self->timer_.arm(self->clock_.mono() + std::chrono::milliseconds(timeout_ms));
  else
    self->timer_.disarm();
  if (timeout_ms == 0) self->loop_.before_wait(self->at_once_);
  return 0;
}

void CurlMulti::on_ready(int fd, bool readable, bool writable) {
  act(fd, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
}

void CurlMulti::AtOnce::before_wait() { of_.act(CURL_SOCKET_TIMEOUT, 0); }

void CurlMulti::on_timer(net::Timer& timer) {
  if (&timer == &turn_)
    resume_one();
  else
    act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlMulti::act(int fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    end(message->easy_handle, message->data.result);  // the message dies with the removal
  }
}

}  // namespace rampart::probe
