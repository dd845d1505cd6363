#include "scenarios/blackbox/dns_names.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "base/spelling.h"
#include "scenarios/options.h"

namespace rampart::scenarios::blackbox {
namespace {

// iana.org/assignments/dns-parameters, "Resource Record (RR) TYPEs".
constexpr std::string_view kTypes =
    "A AAAA AFSDB AMTRELAY ANY APL ATMA AVC AXFR CAA CDNSKEY CDS CERT CNAME CSYNC DHCID DLV DNAME "
    "DNSKEY DS EID EUI48 EUI64 GID GPOS HINFO HIP HTTPS IPSECKEY ISDN IXFR KEY KX L32 L64 LOC LP "
    "MAILA MAILB MB MD MF MG MINFO MR MX NAPTR NID NIMLOC NINFO NS NSAP-PTR NSEC NSEC3 NSEC3PARAM "
    "NULL NXT OPENPGPKEY OPT PTR PX RKEY RP RRSIG RT SIG SMIMEA SOA SPF SRV SSHFP SVCB TA TALINK "
    "TKEY TLSA TSIG TXT UID UINFO UNSPEC URI X25 ZONEMD";
constexpr std::string_view kClasses = "IN CS CH HS NONE ANY";
constexpr std::string_view kRcodes =
    "NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH NOTZONE "
    "BADSIG BADVERS BADKEY BADTIME BADMODE BADNAME BADALG BADTRUNC BADCOOKIE";

base::Status check(std::string_view name, std::string_view known, std::string_view what,
                   std::string_view example) {
  const auto names = words(known);
  if (std::find(names.begin(), names.end(), name) != names.end()) return {};
  const auto near = base::nearest(name, names);
  if (near.empty())
    return base::fail(base::Errc::parse,
                      fmt::format("'{}' is not {} such as {}", name, what, example));
  return base::fail(base::Errc::parse,
                    fmt::format("'{}' is not {}: did you mean {}?", name, what, near));
}

}  // namespace

base::Status check_query_type(std::string_view name) {
  return check(name, kTypes, "a record type", "A or AAAA");
}

base::Status check_query_class(std::string_view name) {
  return check(name, kClasses, "a class", "IN or CH");
}

base::Status check_rcode(std::string_view name) {
  return check(name, kRcodes, "a response code", "NOERROR or NXDOMAIN");
}

}  // namespace rampart::scenarios::blackbox
