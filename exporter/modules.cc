#include "exporter/modules.h"

#include <utility>

namespace rampart::exporter {

base::Status Modules::reload() {
  auto read = source_.read();
  if (!read) {
    complaint_ = read.error().text;
    return base::fail(std::move(read).error());
  }
  config_ = std::make_shared<const model::BlackboxConfig>(*std::move(read));
  loaded_ = clock_.wall();
  complaint_.clear();
  return {};
}

}  // namespace rampart::exporter
