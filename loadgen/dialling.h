#pragma once

#include <optional>
#include <string>

#include "net/loop.h"
#include "net/tls.h"

namespace rampart::loadgen {

// What every connection of one load has in common. Outlives its channels.
struct Dialling {
  net::Loop& loop;
  const net::TlsContext* tls = nullptr;  // null: plain
  std::string server_name;
};

}  // namespace rampart::loadgen
