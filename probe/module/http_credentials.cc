#include "probe/module/http_credentials.h"

#include <fmt/core.h>

#include "base/base64.h"
#include "probe/module/secret_file.h"

namespace rampart::probe {

std::string basic_credentials(std::string_view name, std::string_view password) {
  return "Basic " + base::to_base64(fmt::format("{}:{}", name, password));
}

base::Result<std::string> module_credentials(const model::HttpModule& module) {
  if (const auto& basic = module.basic_auth) {
    RAMPART_TRY(const auto password, read_secret(basic->password, basic->password_file));
    return basic_credentials(basic->username, password);
  }
  if (const auto& other = module.authorization) {
    RAMPART_TRY(const auto credentials, read_secret(other->credentials, other->credentials_file));
    if (credentials.empty() && other->credentials_file.empty()) return std::string();
    return fmt::format("{} {}", other->type, credentials);
  }
  return std::string();
}

}  // namespace rampart::probe
