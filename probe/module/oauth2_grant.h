#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/blackbox.h"
#include "probe/module/http_head.h"

namespace rampart::probe {

// The form of a request for client credentials (RFC 6749, section 4.4.2). `in_form`: with the
// client's id and secret, for servers that do not take them from a header. Errc::config: a
// parameter of the module stands for one of these.
base::Result<std::string> oauth2_form(const model::OAuth2& options, const std::string& secret,
                                      bool in_form);
// The Authorization header that says the same of the client (section 2.3.1).
std::string oauth2_client(const model::OAuth2& options, const std::string& secret);

// The Authorization header that the answer's token makes: JSON, or a form where the answer says so.
// Errc::parse says what is wrong; of the answer's own words it has none. Any bytes are safe.
base::Result<std::string> read_oauth2_token(const HttpHead& head, std::string_view body);

}  // namespace rampart::probe
