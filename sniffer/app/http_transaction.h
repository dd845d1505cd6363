#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sniffer/app/app_event.h"
#include "sniffer/app/http_multipart.h"
#include "sniffer/app/transaction.h"

struct htp_tx_t;

namespace rampart::sniffer {

class HttpBody;

// A request and its answer. Most buffers are views into what libhtp keeps of it; those that must be
// put together are so when a rule first asks for them. Fields that were sent several times are one,
// their values joined by ", ".
class HttpTransaction final : public Transaction {
 public:
  [[nodiscard]] std::optional<BufferView> buffer(BufferId id, Direction direction,
                                                 unsigned i) const override;

  // Of the answer's body as it was sent, still compressed: what EVE calls length. Until on_done().
  [[nodiscard]] std::uint64_t answer_length() const;

  // What is known of the answer is "100 Continue" only: the answer proper takes its place.
  [[nodiscard]] bool interim() const;

  // The rest is for its connection.

  // `tx` must live until let_go().
  void begin(htp_tx_t* tx, std::uint64_t its_number);
  // Memory stays for the next, up to base::kMostKept per text.
  void let_go();
  [[nodiscard]] htp_tx_t* tx() const { return tx_; }

  // Bytes of the fields as they were sent. `last`: what comes after them begins anew.
  void add_head(Direction direction, Bytes bytes, bool last);
  void add_line(std::size_t size) { line_bytes_ += size; }
  [[nodiscard]] std::size_t head_size() const {
    return raw_[0].size() + raw_[1].size() + line_bytes_;
  }
  // Null: it has no body, or no longer.
  void set_body(Direction direction, const HttpBody* body) {
    body_[index(direction)] = body;
    if (direction == Direction::to_server) upload_.clear();
  }
  // There is something of the request's body to look at that was not there before.
  void note_upload();
  // False where the answer says that it is a part of something, and not which.
  [[nodiscard]] bool fits_its_range() const;
  // True the first time.
  bool add_event(AppEvent event);

 private:
  enum class Text : std::uint8_t { uri, host, header, names, start, fields };
  static constexpr std::size_t kTexts = 6;
  struct Side {
    std::array<std::string, kTexts> texts;
    std::uint8_t built = 0;                 // bit i: texts[i]
    std::vector<std::uint32_t> field_ends;  // in the text `fields`, without line ends
  };

  const std::string& text(Text kind, Direction direction) const;
  std::optional<Bytes> find(BufferId id, Direction direction, unsigned i) const;
  std::optional<Bytes> field(Direction direction, unsigned i) const;
  // Of the i-th file of that direction.
  std::optional<BufferView> file_buffer(BufferId id, Direction direction, unsigned i) const;
  [[nodiscard]] std::string_view name_of_body(Direction direction) const;

  htp_tx_t* tx_ = nullptr;
  std::size_t line_bytes_ = 0;
  std::array<const HttpBody*, 2> body_{};  // by Direction, as all below
  UploadFiles upload_;
  std::array<std::string, 2> raw_;
  std::array<bool, 2> raw_ended_{};
  std::vector<AppEvent> events_;
  mutable std::array<Side, 2> sides_;
  mutable std::string facts_;  // what file_facts showed last
};

}  // namespace rampart::sniffer
