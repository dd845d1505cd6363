#pragma once

#include <string>

#include "model/result.h"
#include "reports/page_table.h"
#include "reports/text_table.h"

// What the steps of flows were like, and what TLS handshakes agreed upon. Tables are empty where no
// load is a flow, or none spoke TLS.

namespace rampart::reports {

TextTable step_table(const model::RunResult& result);
PageTable step_page_table(const model::RunResult& result);

// "TLS 1.3, TLS_AES_256_GCM_SHA384, X25519, RSA 2048; 64 handshakes, 0 resumed"; empty where the
// load opened no TLS connection. Raw: names are the server's.
std::string tls_text(const model::LoadSummary& load);
TextTable tls_table(const model::RunResult& result);
PageTable tls_page_table(const model::RunResult& result);

}  // namespace rampart::reports
