#pragma once

namespace rampart::base {

// Stateless deleter for C handles: using SslPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;
template <auto kFree>
struct Deleter {
  template <class T>
  void operator()(T* handle) const noexcept {
    static_cast<void>(kFree(handle));
  }
};

}  // namespace rampart::base
