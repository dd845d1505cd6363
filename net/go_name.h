#pragma once

// Private to net's sources that call OpenSSL.
#include <string>

struct X509_name_st;

namespace rampart::net {

// A subject or issuer as Go's crypto/x509/pkix writes it: RFC 2253 with the usual kinds in a fixed
// order, CN first, those of one kind together, and the others behind them as OID=#DER. UTF-8.
std::string go_name(const X509_name_st& name);

}  // namespace rampart::net
