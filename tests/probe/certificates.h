#pragma once

#include <string>

#include "base/clock.h"

namespace rampart::probe {

// PEM files of a self-signed certificate; as a CA file it vouches for itself.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

// `stem` names the files and the subject, `names` is a subjectAltName value: "DNS:web.test". Valid
// from not_before to not_after, in seconds from now. Written to a folder that is gone when the
// tests end, under the running test's name.
CertificateFiles make_certificate(const std::string& stem, const std::string& names,
                                  long not_before, long not_after);

// "sha256/BASE64" of its public key (RFC 7469).
std::string pin_of(const CertificateFiles& files);

}  // namespace rampart::probe
