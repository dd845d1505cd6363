#include "sniffer/app/smtp_transaction.h"

#include <algorithm>

#include "sniffer/app/file_facts.h"

namespace rampart::sniffer {
namespace {

Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

constexpr HttpBodyLimits kLimits =
    SmtpTransaction::kFileLimits;  // of static storage, as bodies ask

}  // namespace

void SmtpTransaction::begin(std::uint64_t its_number) {
  sender.clear();
  recipients = 0;
  to.clear();
  number = its_number;
  stage = {};
  rules.clear();
  count_ = 0;
  open_ = false;
  if (files_.size() > 1) files_.resize(1);
}

void SmtpTransaction::open_file(std::string_view name) {
  open_ = false;
  if (count_ == kMostFiles) return;
  if (count_ == files_.size()) files_.push_back(std::make_unique<File>());
  auto& file = *files_[count_++];
  file.name = name;
  file.body.start(kLimits);
  open_ = true;
}

// hot
void SmtpTransaction::add_to_file(Bytes bytes) {
  if (auto* file = open_one()) file->body.append(bytes);
}

void SmtpTransaction::lose_from_file(std::uint64_t bytes) {
  if (auto* file = open_one()) file->body.gap(bytes);
}

void SmtpTransaction::close_file() {
  if (auto* file = open_one()) file->body.finish();
  open_ = false;
}

bool SmtpTransaction::offer() {
  bool out = false;
  for (std::size_t i = 0; i < count_; ++i) out = files_[i]->body.offer() || out;
  return out;
}

std::optional<BufferView> SmtpTransaction::buffer(BufferId id, Direction direction,
                                                  unsigned i) const {
  if (!is_of_files(id) || direction == Direction::to_client || i >= count_) return std::nullopt;
  const auto& file = *files_[i];
  const auto view = file.body.view();
  if (id == BufferId::file_data) {
    if (view || i + 1 == count_) return view;
    return BufferView{};  // an empty one before others
  }
  if (id == BufferId::file_name) return BufferView{as_bytes(file.name), 0, true};
  encode({file.name, file.body.size(), file.body.complete()}, facts_);
  return BufferView{as_bytes(facts_), 0, true};
}

std::size_t SmtpTransaction::memory() const {
  std::size_t out =
      helo.capacity() + sender.capacity() + facts_.capacity() + to.capacity() * sizeof(std::string);
  for (const auto& text : to) out += text.capacity();
  for (const auto& file : files_) out += sizeof(File) + file->name.capacity() + file->body.memory();
  return out;
}

}  // namespace rampart::sniffer
