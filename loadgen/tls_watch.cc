#include "loadgen/tls_watch.h"

#include <utility>

#include "net/tls.h"

namespace rampart::loadgen {

void TlsWatch::opened(const net::Stream* stream, model::LoadCounters& counters) {
  if (stream == nullptr || stream->native_tls() == nullptr) return;
  ++counters.handshakes;
  if (net::tls_resumed(*stream)) ++counters.resumed;
  if (facts_) return;
  if (auto info = net::tls_info(*stream))
    facts_ = model::TlsFacts{.version = std::move(info->version),
                             .cipher = std::move(info->cipher),
                             .group = std::move(info->group),
                             .alpn = std::move(info->alpn),
                             .key_type = std::move(info->key_type),
                             .key_bits = info->key_bits};
}

std::optional<model::TlsFacts> TlsWatch::take() { return std::exchange(facts_, std::nullopt); }

}  // namespace rampart::loadgen
