#pragma once

#include "base/clock.h"

namespace rampart::net {
class Loop;
class NameResolver;
}  // namespace rampart::net

namespace rampart::probe {

class CurlMulti;
class KeptFiles;
class OwnSockets;
class TlsContexts;

// What every module's probe works with. All outlive it.
struct ModuleContext {
  net::Loop& loop;
  net::NameResolver& names;
  OwnSockets& sockets;
  const base::Clock& clock;
  TlsContexts& tls;
  CurlMulti& curl;
  KeptFiles& files;
};

}  // namespace rampart::probe
