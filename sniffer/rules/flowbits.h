#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What rules remember from one match to another: flowbits and flowint for the life of a flow, xbits
// for a host or a pair of hosts and a time.

namespace rampart::sniffer {

using StateId = std::uint32_t;

// Names as small numbers, in the order of their first use.
class NameTable {
 public:
  StateId intern(std::string_view name);
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::string& name(StateId id) const { return names_[id]; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, StateId, std::less<>> ids_;
};

// Of one rule set.
struct StateNames {
  NameTable flowbits, flowints, xbits;
};

enum class BitOp : std::uint8_t { set, unset, toggle, isset, isnotset };
constexpr bool is_test(BitOp op) { return op == BitOp::isset || op == BitOp::isnotset; }

// Tests hold where they do for one of the bits; the others change each.
struct Flowbits {
  BitOp op = BitOp::set;
  std::vector<StateId> bits;
};

struct Xbits {
  enum class Track : std::uint8_t { ip_src, ip_dst, ip_pair };
  BitOp op = BitOp::set;
  StateId bit = 0;
  Track track = Track::ip_src;
  std::uint32_t seconds = 30;  // after which it is unset again
};

struct Flowint {
  enum class Op : std::uint8_t {
    assign,
    add,       // to 0 where it is not set
    subtract,  // never below 0
    less,
    less_equal,
    equal,
    not_equal,
    greater_equal,
    greater,
    isset,
    isnotset,
  };
  Op op = Op::assign;
  StateId variable = 0;
  std::uint32_t value = 0;
  std::optional<StateId> other{};  // instead of the value; where it is not set nothing holds
};
constexpr bool is_test(Flowint::Op op) { return op >= Flowint::Op::less; }

}  // namespace rampart::sniffer
