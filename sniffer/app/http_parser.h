#pragma once

#include <cstddef>
#include <memory>

#include "sniffer/app/parser.h"

namespace rampart::sniffer {

// How much of bodies is kept, and when rules see it. Bytes.
struct HttpBodyLimits {
  std::size_t keep = 0;    // beyond it nothing is kept, and the body counts as whole
  std::size_t first = 0;   // what must have come before it is looked at, unless it is whole earlier
  std::size_t window = 0;  // how much of what was looked at before is shown again with what is new
};

struct HttpOptions {
  HttpBodyLimits request{100 * 1024, 32 * 1024, 4 * 1024};
  HttpBodyLimits response{100 * 1024, 40 * 1024, 16 * 1024};
  bool changed = false;  // the connection spoke another protocol before this
  // Undo what Content-Encoding says. Where nobody reads bodies, that is most of what they cost.
  bool decode_bodies = true;
};

// Follows a connection that speaks HTTP/0.9, 1.0 or 1.1 (RFC 9110, 9112), pipelined or not. What
// follows a successful CONNECT or a 101 answer is not HTTP/1: there the parser hands over, to
// HTTP/2 where the answer says h2c. A 101 that no request asked for, on a connection that changed
// its protocol before, is the event http.failed_protocol_change, and no handover.
//
// Answers to requests that were not captured are transactions of their own, without a request. An
// interim answer "100 Continue" is told of, as the line and the fields of the answer so far, where
// nothing follows it at once; what follows it is the answer, which takes its place.
//
// Bounded: 256 requests that wait for their answers, 1 MiB of first lines and fields over all of
// them, of which libhtp has parsed copies, one body per direction at a time with what HttpOptions
// keeps of it, 64 KiB that cannot be judged before the other side has spoken, and 18 kB of a line
// that is not complete. A flow that goes beyond is given up. No allocation of ours per request once
// buffers have grown; libhtp's own come and go with a transaction.
std::unique_ptr<AppParser> make_http_parser(HttpOptions options = {});

}  // namespace rampart::sniffer
