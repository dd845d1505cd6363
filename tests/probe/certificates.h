#pragma once

#include <string>

#include "base/clock.h"

namespace rampart::probe {

// PEM files of a self-signed certificate; as a CA file it vouches for itself.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

// `names`: a subjectAltName value, "DNS:web.test". Valid from one day before `until`... until then,
// seconds from now.
CertificateFiles make_certificate(const std::string& stem, const std::string& names,
                                  long not_before, long not_after);

}  // namespace rampart::probe
