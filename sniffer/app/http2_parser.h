#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sniffer/app/hpack.h"
#include "sniffer/app/http2_frames.h"
#include "sniffer/app/http2_transaction.h"
#include "sniffer/app/parser.h"

namespace rampart::sniffer {

// HTTP/2 (RFC 9113) from its preface on. Each stream is a transaction, and so is each frame of the
// connection itself. What is pushed is a stream whose request came from the server.
//
// Bounded: kMostStreams open ones (the oldest ends where there are more), of each what
// Http2Transaction keeps; 64 KiB of a block of fields, 64 KiB of the table that compresses them. A
// connection whose fields cannot be read is given up, as no later one could be.
class Http2Parser final : public AppParser {
 public:
  static constexpr std::size_t kMostStreams = 256;
  static constexpr std::size_t kMostBlock = 64 * 1024;

  explicit Http2Parser(HttpOptions options = {});

  bool bytes(Direction direction, Bytes bytes, AppSink& sink) override;
  bool gap(Direction direction, std::uint64_t bytes, AppSink& sink) override;
  void end(Direction direction, AppSink& sink) override;
  [[nodiscard]] std::size_t memory() const override;

 private:
  // One direction's reader, which knows whose frames they are.
  struct Side final : FrameListener {
    Http2Parser* parser = nullptr;
    Direction direction = Direction::to_server;
    FrameReader frames;
    Hpack hpack;
    std::vector<std::uint8_t> block;  // of fields, not ended
    std::uint32_t block_stream = 0;   // 0: none is open
    Direction block_direction = Direction::to_server;
    bool block_ends_stream = false;
    std::optional<std::uint32_t> table_size;  // announced by the other side, not yet agreed to
    std::uint64_t preface = 0;                // bytes of it that came
    bool ended = false;

    bool on_frame(const FrameHeader& frame, Bytes payload) override;
    void on_data(const FrameHeader& frame, Bytes bytes) override;
    void on_data_end(const FrameHeader& frame) override;
  };
  struct FieldSink;

  bool take_preface(Side& side, Bytes& bytes);
  bool frame(Side& side, const FrameHeader& frame, Bytes payload);
  bool headers(Side& side, const FrameHeader& frame, Bytes payload);
  bool add_block(Side& side, Bytes fragment, bool ends);
  bool end_block(Side& side);
  void settings(Side& side, const FrameHeader& frame, Bytes payload, Http2Transaction& transaction);
  void note(Side& side, const FrameHeader& frame, Bytes payload, Http2Transaction& transaction);
  void data(Side& side, const FrameHeader& frame, Bytes bytes);
  void data_end(Side& side, const FrameHeader& frame);

  Http2Transaction& transaction_of(std::uint32_t stream);
  Http2Transaction* find(std::uint32_t stream);
  void advance(Http2Transaction& transaction, Direction direction, Stage stage);
  void tell_bodies();
  void close(Http2Transaction& transaction);
  void close_ended();
  void close_all();
  void raise(AppEvent event, Direction direction, Transaction* transaction);

  const HttpOptions options_;
  std::array<Side, 2> sides_;
  std::vector<std::unique_ptr<Http2Transaction>> open_;  // the oldest first
  std::vector<std::unique_ptr<Http2Transaction>> idle_;  // to be used again
  Http2Transaction connection_;                          // for the frames of stream 0
  std::uint64_t next_number_ = 0;
  bool bodies_grew_ = false;
  std::vector<std::uint8_t> inflated_;  // a piece of a body, while it is handed on
  AppSink* sink_ = nullptr;             // during a call
};

}  // namespace rampart::sniffer
