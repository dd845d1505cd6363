#include "sniffer/app/ftp_data_parser.h"

#include "sniffer/app/file_facts.h"

namespace rampart::sniffer {
namespace {

Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

constexpr HttpBodyLimits kFileLimits = FtpDataParser::kLimits;  // of static storage, as bodies ask

}  // namespace

std::optional<BufferView> FtpDataTransaction::buffer(BufferId id, Direction direction,
                                                     unsigned i) const {
  if (i != 0 || stage[index(direction)] < Stage::body) return std::nullopt;
  switch (id) {
    case BufferId::file_data: return body.view();
    case BufferId::file_name: return BufferView{as_bytes(name), 0, true};
    case BufferId::file_facts:
      encode({name, body.size(), body.complete()}, facts_);
      return BufferView{as_bytes(facts_), 0, true};
    case BufferId::ftpdata_command: return BufferView{as_bytes(command), 0, true};
    default: return std::nullopt;
  }
}

FtpDataParser::FtpDataParser(const DataConnection& agreed) {
  transaction_.name = agreed.name;
  transaction_.command = agreed.store ? "STOR" : "RETR";
  transaction_.body.start(kFileLimits);
}

// hot
bool FtpDataParser::bytes(Direction direction, Bytes bytes, AppSink& sink) {
  if (!sender_) sender_ = direction;
  if (direction != *sender_ || done_) return true;
  transaction_.body.append(bytes);
  transaction_.stage[index(direction)] = Stage::body;
  if (transaction_.body.offer()) sink.on_progress(transaction_, direction);
  return true;
}

bool FtpDataParser::gap(Direction direction, std::uint64_t bytes, AppSink& /*sink*/) {
  if (!sender_) sender_ = direction;
  if (direction == *sender_) transaction_.body.gap(bytes);
  return true;
}

void FtpDataParser::end(Direction direction, AppSink& sink) {
  if (!sender_ || direction != *sender_ || done_) return;
  done_ = true;
  transaction_.body.finish();
  transaction_.body.offer();
  transaction_.stage[index(direction)] = Stage::complete;
  sink.on_progress(transaction_, direction);
  sink.on_done(transaction_);
}

std::size_t FtpDataParser::memory() const {
  return sizeof *this + transaction_.name.capacity() + transaction_.body.memory();
}

}  // namespace rampart::sniffer
