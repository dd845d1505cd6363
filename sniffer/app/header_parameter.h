#pragma once

#include <string>
#include <string_view>

namespace rampart::sniffer {

// Parameters behind the value of a field, as in `attachment; filename="a b.txt"` (RFC 2045,
// section 5.1, and RFC 9110, section 5.6.6). Any text is safe.

// The parameter of that name, in lower case here and in any case there, without its quotes; empty
// where there is none.
std::string_view header_parameter(std::string_view field, std::string_view name);

// Into `out`, as header_parameter(), also where the value is sent in pieces name*0, name*1, with a
// charset, name*=utf-8''a%20b, or both (RFC 2231, RFC 8187). At most `most` bytes. False: there is
// none.
bool long_parameter(std::string_view field, std::string_view name, std::size_t most,
                    std::string& out);

// Without regard to case; `lower` in lower case.
bool same_nocase(std::string_view text, std::string_view lower);

}  // namespace rampart::sniffer
