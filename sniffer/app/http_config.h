#pragma once

struct htp_cfg_t;

namespace rampart::sniffer {

// libhtp's configuration, the same for every connection: its personality for intrusion detection,
// with the limits that Suricata has where nobody configured it otherwise, and the hooks that call
// the HttpConnection which is the parser's user data. One with HttpOptions::decode_bodies and one
// without; both made at the first call, never changed after it, so that any thread may use them.
htp_cfg_t* http_config(bool decode_bodies);

}  // namespace rampart::sniffer
