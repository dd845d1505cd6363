#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rampart::loadgen {

// The values of one flow in progress, by variable as model::variables_of() orders them; the first
// one is the flow's number. The memory is used again by the next flow.
class FlowValues {
 public:
  explicit FlowValues(std::size_t variables) : kept_(variables), views_(variables) {}
  FlowValues(const FlowValues&) = delete;
  FlowValues& operator=(const FlowValues&) = delete;

  // All are empty but the number.
  void begin(std::uint64_t number);
  void clear();
  // `text` must stay until the flow's end.
  void refer(std::size_t variable, std::string_view text) { views_[variable] = text; }
  // A copy of it.
  void keep(std::size_t variable, std::string_view text);

  [[nodiscard]] std::span<const std::string_view> all() const { return views_; }

 private:
  std::array<char, 20> number_{};
  std::vector<std::string> kept_;
  std::vector<std::string_view> views_;
};

}  // namespace rampart::loadgen
