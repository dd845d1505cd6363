#include "probe/module/token_request.h"

#include <fmt/core.h>

#include "probe/module/oauth2_grant.h"
#include "probe/module/secret_file.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

// Bytes. A token has to fit into a header, and what is read as JSON holds up other probes.
constexpr std::size_t kMostOfAnswer = 64 << 10;

}  // namespace

void TokenRequest::start(Ask ask) {
  ask_ = std::move(ask);
  auto secret = read_secret(ask_.options->client_secret, ask_.options->client_secret_file);
  if (!secret) {
    fail(ProbeReason::bad_module, secret.error().text);
    return;
  }
  secret_ = *std::move(secret);
  this->ask();
}

base::Result<HopAsk> TokenRequest::make_hop() {
  const auto& options = *ask_.options;
  HopAsk out;
  RAMPART_TRY(out.url, HttpUrl::parse(options.token_url));
  const bool spoken = out.url.scheme == "http" || out.url.scheme == "https";
  if (!spoken || out.url.host.empty() || !out.url.port_number())
    return base::fail(base::Errc::config, "it is no http or https URL of a host");
  RAMPART_TRY(form_, oauth2_form(options, secret_, in_form_));
  RAMPART_TRY(out.proxy, choose_proxy(options.proxy, out.url, out.url.host, environment));
  out.host = out.url.authority();
  out.server_name = options.tls.server_name.empty() ? out.url.host : options.tls.server_name;
  out.method = "POST";
  out.fields = {{"User-Agent", ask_.user_agent},
                {"Content-Type", "application/x-www-form-urlencoded"},
                {"Connection", "close"}};
  if (!in_form_) out.fields.emplace_back("Authorization", oauth2_client(options, secret_));
  out.body = form_;
  out.connect_fields = &options.proxy.connect_headers;
  out.tls = &options.tls;
  out.ip = ask_.ip;
  out.deadline = ask_.deadline;
  out.limit = ask_.limit;
  return out;
}

void TokenRequest::ask() {
  auto hop = make_hop();
  if (!hop) {
    fail(ProbeReason::bad_module, hop.error().text);
    return;
  }
  answer_.clear();
  HttpHop::Listener& self = *this;
  hop_ = std::make_unique<HttpHop>(context_, self);
  hop_->start(*std::move(hop));
}

bool TokenRequest::on_body(std::string_view bytes) {
  answer_ += bytes.substr(0, kMostOfAnswer + 1 - answer_.size());
  return answer_.size() <= kMostOfAnswer;
}

void TokenRequest::on_hop_end(HopEnd&& end) {
  const bool answered = end.head && end.reason == ProbeReason::none;
  if (answered && answer_.size() > kMostOfAnswer) {
    fail(ProbeReason::protocol,
         fmt::format("{}: its answer has more than {} bytes", end.peer, kMostOfAnswer));
    return;
  }
  base::Result<std::string> token =
      answered ? read_oauth2_token(*end.head, answer_) : base::Result<std::string>();
  if (answered && token) {
    auto authorization = *std::move(token);  // the request may be destroyed in the call
    listener_.on_token(std::move(authorization));
    return;
  }
  if (!in_form_ && answered) {
    in_form_ = true;
    ask();
    return;
  }
  if (answered)
    fail(end.head->status / 100 == 2 ? ProbeReason::protocol : ProbeReason::http_status,
         fmt::format("{}: {}", end.peer, token.error().text));
  else
    fail(end.reason == ProbeReason::bad_target ? ProbeReason::bad_module : end.reason, end.detail);
}

void TokenRequest::fail(ProbeReason reason, const std::string& detail) {
  listener_.on_no_token(reason, "oauth2 token_url: " + detail);
}

}  // namespace rampart::probe
