#pragma once

#include <string>

#include "net/stream.h"

namespace rampart::net {

// What an error of socket, connect, read or write means: errno, or libuv's negative form of it.
// Errors that a peer or the network cannot cause are this side's.
StreamEnd end_of_socket_error(int os_error);

// In lower case, without a full stop: "connection refused".
std::string socket_error_text(int os_error);

}  // namespace rampart::net
