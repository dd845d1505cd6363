#pragma once

#include <string>

#include "sniffer/app/tls_hello.h"

namespace rampart::sniffer {

// JA3 and JA3S (J. Althouse, J. Atkinson, J. Atkins: github.com/salesforce/ja3): decimal numbers of
// the hello in its order, without GREASE; the hash is the text's MD5.
std::string ja3_text(const TlsClientHello& hello);
std::string ja3s_text(const TlsServerHello& hello);
std::string ja3_hash(const std::string& text);

// JA4 (FoxIO: JA4.md of the JA4+ suite) of a hello over TCP:
// "t13d1516h2_8daaf6152771_b186095e22b6".
std::string ja4_fingerprint(const TlsClientHello& hello);

}  // namespace rampart::sniffer
