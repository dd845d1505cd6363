#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/plan.h"

namespace CLI {
class App;
}

namespace rampart::cli {

// The flags of `load` that search a capacity instead of holding a rate.
class FindFlags {
 public:
  void add_to(CLI::App& command);
  // Whether any of them was given.
  [[nodiscard]] bool given() const;
  // The search they ask for; its values are bounded as in a scenario. Errors name the flag.
  [[nodiscard]] base::Result<model::FindSpec> spec() const;

 private:
  bool find_ = false;
  std::vector<std::string> limits_;
  std::string from_;
  std::string most_;
  std::string precision_;
  std::string step_;
};

}  // namespace rampart::cli
