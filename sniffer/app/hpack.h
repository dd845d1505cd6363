#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "sniffer/decode/packet.h"

struct nghttp2_hd_inflater;

namespace rampart::sniffer {

// Reads the header blocks of one direction of an HTTP/2 connection (HPACK, RFC 7541): each depends
// on those before it. The table of names is at most kMostTable large. One thread.
class Hpack {
 public:
  static constexpr std::uint32_t kMostTable = 64 * 1024;

  // Told of each field in order; the texts hold during the call.
  class Fields {
   public:
    virtual ~Fields() = default;
    virtual void on_field(std::string_view name, std::string_view value) = 0;
  };

  Hpack();
  ~Hpack();
  Hpack(const Hpack&) = delete;
  Hpack& operator=(const Hpack&) = delete;

  // A whole block. False where it is damaged: no later block can be read then.
  bool read(Bytes block, Fields& fields);
  // The receiver announced a table of that size, and the sender has agreed.
  void set_table_size(std::uint32_t size);

  // Bytes of its table, roughly.
  [[nodiscard]] std::size_t memory() const;

  // The sizes that a block begins with (section 6.3), the first eight of them.
  static std::vector<std::uint64_t> size_updates(Bytes block);

 private:
  struct Destroy {
    void operator()(nghttp2_hd_inflater* inflater) const noexcept;
  };
  std::unique_ptr<nghttp2_hd_inflater, Destroy> inflater_;
};

}  // namespace rampart::sniffer
