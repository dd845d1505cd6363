#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/inflate.h"
#include "sniffer/app/http_body.h"
#include "sniffer/app/http_multipart.h"
#include "sniffer/app/http_parser.h"
#include "sniffer/app/transaction.h"

namespace rampart::sniffer {

// What a frame says in numbers, each kept as that many bytes in network order.
enum class Http2Number : std::uint8_t {
  frame_type,   // 1
  error_code,   // 4
  priority,     // 1
  window,       // 4
  size_update,  // 8
  setting,      // 6: its identifier and its value
};
inline constexpr std::size_t kHttp2Numbers = 6;

// A stream with its request and answer (RFC 9113), or one frame of the connection itself. The
// buffers of HTTP/1 are put together from the fields of HTTP/2; a body is shown without its gzip
// or deflate.
class Http2Transaction final : public Transaction {
 public:
  static constexpr std::size_t kMostFields = 256;  // of one direction; more are not kept
  static constexpr std::size_t kMostText = 64 * 1024;
  static constexpr std::size_t kMostNumbers = 64;  // of a kind and direction

  [[nodiscard]] std::optional<BufferView> buffer(BufferId id, Direction direction,
                                                 unsigned i) const override;

  // The rest is for its parser.

  // `options` must outlive it.
  void begin(std::uint32_t stream, std::uint64_t its_number, const HttpOptions& options);
  [[nodiscard]] std::uint32_t stream() const { return stream_; }
  void add_field(Direction direction, std::string_view name, std::string_view value);
  void add_number(Direction direction, Http2Number kind, std::uint64_t value);
  // An interim answer (RFC 9110, section 15.2), of which rules see nothing.
  [[nodiscard]] bool is_interim(Direction direction) const;
  void forget_fields(Direction direction);
  // False where the body is damaged or grows beyond reason: it is shown no further. `scratch` holds
  // what a piece of it is inflated to, and means nothing afterwards.
  bool add_body(Direction direction, Bytes bytes, std::vector<std::uint8_t>& scratch);
  void lose_body(Direction direction, std::uint64_t bytes);
  void end_body(Direction direction);
  bool offer(Direction direction);
  [[nodiscard]] std::string_view value_of(Direction direction, std::string_view name) const;
  [[nodiscard]] std::size_t memory() const;

 private:
  struct Field {
    std::uint32_t name, value, end;  // places in text
  };
  enum class Coding : std::uint8_t { unknown, none, inflated, damaged };
  struct Side {
    std::string text;
    std::vector<Field> fields;
    std::array<std::string, kHttp2Numbers> numbers;
    HttpBody body;
    Coding coding = Coding::unknown;
    std::optional<base::Inflater> inflater;
    bool has_body = false;
  };

  [[nodiscard]] const Side& side(Direction d) const { return sides_[index(d)]; }
  [[nodiscard]] std::string_view name(const Side& side, const Field& field) const;
  [[nodiscard]] std::string_view value(const Side& side, const Field& field) const;
  void begin_body(Side& side, Direction direction);
  void choose_coding(Side& side, Direction direction);
  std::optional<std::string_view> text(BufferId id, Direction direction, unsigned i) const;
  std::optional<std::string_view> composed(BufferId id, Direction direction, unsigned i) const;
  std::optional<BufferView> body_buffer(BufferId id, Direction direction, unsigned i) const;
  std::optional<std::string_view> numbers(Http2Number kind, Direction direction, unsigned i) const;
  [[nodiscard]] std::string_view boundary_of(Direction direction) const;
  [[nodiscard]] std::string_view name_of_body(Direction direction) const;
  [[nodiscard]] std::string_view host() const;

  std::uint32_t stream_ = 0;
  const HttpOptions* options_ = nullptr;
  std::array<Side, 2> sides_;  // by Direction
  UploadFiles upload_;
  mutable std::string composed_;  // what was put together last
};

}  // namespace rampart::sniffer
