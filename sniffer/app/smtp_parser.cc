#include "sniffer/app/smtp_parser.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "sniffer/app/line_protocol.h"

namespace rampart::sniffer {
namespace {

constexpr unsigned kReady = 220, kChallenge = 334, kStartData = 354, kLoginAccepted = 235,
                   kLoginRefused = 535;
// Of RFC 5321, section 4.2.2, and of logins that succeed; others are remarked on.
bool is_known(unsigned code) {
  constexpr unsigned kOthers[] = {211, 214, 220, 221, 235, 334, 354, 421, 455};
  const auto within = [&](unsigned low, unsigned high) { return low <= code && code <= high; };
  return within(250, 252) || within(450, 452) || within(500, 504) || within(550, 555) ||
         std::find(std::begin(kOthers), std::end(kOthers), code) != std::end(kOthers);
}
constexpr std::uint64_t kMostChunk = std::uint64_t{1} << 32U;  // bytes that a BDAT may announce

}  // namespace

bool SmtpParser::bytes(Direction direction, Bytes bytes, AppSink& sink) {
  sink_ = &sink;
  if (direction == Direction::to_server)
    from_client(bytes, sink);
  else
    from_server(bytes, sink);
  return !handover_;
}

void SmtpParser::from_client(Bytes bytes, AppSink& sink) {
  while (!bytes.empty()) {
    if (chunk_ != 0) {
      const auto taken = std::min<std::uint64_t>(chunk_, bytes.size());
      chunk_ -= taken;
      chunk_bytes(bytes.first(static_cast<std::size_t>(taken)));
      bytes = bytes.subspan(static_cast<std::size_t>(taken));
    } else if (in_data_) {
      const auto line = data_.next(bytes);
      if (!line) break;
      data_begun_ = true;
      if (!in_mail_) begin_mail();
      if (line->text != ".") {
        // RFC 5321, section 4.5.2: a dot was put before another.
        mail_line(line->text.substr(line->text.starts_with('.') ? 1 : 0), line->cut);
        continue;
      }
      in_data_ = false;
      ask(Asked::mail_end);
      complete_mail();
    } else {
      const auto line = commands_.next(bytes);
      if (!line) break;
      command(*line, sink);
    }
  }
  show_files();
}

void SmtpParser::show_files() {
  if (!open_ || !transaction_.offer()) return;
  auto& stage = transaction_.stage[index(Direction::to_server)];
  stage = std::max(stage, Stage::body);
  sink_->on_progress(transaction_, Direction::to_server);
}

void SmtpParser::begin_mail() {
  open();
  in_mail_ = true;
  holed_ = false;
  mail_.start();
}

// hot
void SmtpParser::mail_line(std::string_view text, std::uint64_t cut) {
  mail_.line(text, *this);
  if (cut == 0) return;
  show_files();  // nothing before a hole is shown once there is something behind it
  transaction_.lose_from_file(cut);
}

void SmtpParser::end_mail() {
  if (!in_mail_) return;
  in_mail_ = false;
  mail_.finish(*this);
}

// The client's mail is over. Its reply is the end of the transaction, where replies can be told.
void SmtpParser::complete_mail() {
  if (in_mail_ && !holed_) mail_.judge_end(*this);
  end_mail();
  if (lost_count_) finish(*sink_);
}

// Chunks are cut anywhere, lines too.
void SmtpParser::chunk_bytes(Bytes bytes) {
  if (!in_mail_) begin_mail();
  while (const auto line = data_.next(bytes)) mail_line(line->text, line->cut);
  if (chunk_ != 0 || !last_chunk_) return;
  if (!data_.open().empty()) mail_line(data_.open(), data_.open_cut());
  data_.clear();
  complete_mail();
}

void SmtpParser::on_mime_event(AppEvent event) {
  sink_->on_event(event, Direction::to_server, &transaction_);
}

void SmtpParser::ask(Asked asked) {
  if (waiting_count_ == kMostWaiting) {
    lost_count_ = true;
    return;
  }
  waiting_[(first_waiting_ + waiting_count_++) % kMostWaiting] = asked;
}

void SmtpParser::open() {
  if (open_) return;
  open_ = true;
  transaction_.begin(transactions_++);
}

void SmtpParser::command(const LineReader::Line& line, AppSink& sink) {
  open();
  if (std::exchange(auth_line_, false)) {
    ask(Asked::auth);
    return;
  }
  const auto [verb, argument] = read_command(line.text);
  if (same_word(verb, "STARTTLS")) {
    ask(Asked::starttls);
  } else if (same_word(verb, "AUTH")) {
    ask(Asked::auth);
  } else if (same_word(verb, "QUIT")) {
    ask(Asked::quit);
  } else if (same_word(verb, "BDAT")) {
    chunk(argument);
  } else if (same_word(verb, "DATA")) {
    // The client waits for the reply (RFC 2920), so that what follows is the mail or, where the
    // server refused, commands again.
    ask(Asked::data);
    in_data_ = true;
    data_begun_ = false;
  } else {
    const bool hello = same_word(verb, "HELO") || same_word(verb, "EHLO");
    if (hello || same_word(verb, "RSET")) drop_mail();
    if (same_word(verb, "MAIL")) {
      if (!transaction_.sender.empty() && !lost_count_)
        sink.on_event(AppEvent::smtp_duplicate_fields, Direction::to_server, &transaction_);
      transaction_.sender = argument;
    }
    if (hello && std::exchange(hello_said_, true) && !lost_count_)
      sink.on_event(AppEvent::smtp_duplicate_fields, Direction::to_server, &transaction_);
    if (hello) transaction_.helo = argument;
    if (same_word(verb, "RCPT") && ++transaction_.recipients <= SmtpTransaction::kMostNamed)
      transaction_.to.emplace_back(argument);
    ask(Asked::other);
  }
  if (!open_) return;  // an empty chunk was the end of its mail
  auto& stage = transaction_.stage[index(Direction::to_server)];
  stage = std::max(stage, Stage::line);
  sink.on_progress(transaction_, Direction::to_server);
}

// RFC 5321, sections 4.1.1.1 and 4.1.1.5: what was said of a mail is void, chunks of it too.
void SmtpParser::drop_mail() {
  transaction_.sender.clear();
  data_.clear();
  end_mail();
}

void SmtpParser::chunk(std::string_view argument) {
  std::uint64_t size = 0;
  const auto [end, error] =
      std::from_chars(argument.data(), argument.data() + argument.size(), size);
  if (error == std::errc{}) chunk_ = std::min(size, kMostChunk);
  const auto rest = argument.substr(static_cast<std::size_t>(end - argument.data()));
  const auto word = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
  last_chunk_ = same_word(word, "LAST");
  ask(last_chunk_ ? Asked::mail_end : Asked::other);
  if (last_chunk_ && chunk_ == 0) chunk_bytes({});
}

void SmtpParser::from_server(Bytes bytes, AppSink& sink) {
  const auto size = bytes.size();
  while (const auto line = replies_.next(bytes)) {
    reply(*line, sink);
    if (handover_) {
      handover_->used = size - bytes.size();
      return;
    }
  }
}

void SmtpParser::reply(const LineReader::Line& line, AppSink& sink) {
  const auto read = read_reply(line.text);
  if (!read || !is_known(read->code)) object(sink);
  if (!read) return;
  if (!read->last) return;
  if (!std::exchange(greeted_, true) && !lost_count_) {
    if (read->code == kReady) return;
    sink.on_event(AppEvent::smtp_no_welcome, Direction::to_client, open_ ? &transaction_ : nullptr);
  }
  if (lost_count_ || waiting_count_ == 0) return;
  const auto asked = waiting_[first_waiting_];
  first_waiting_ = (first_waiting_ + 1) % kMostWaiting;
  --waiting_count_;
  answered(asked, read->code, sink);
}

// Once: what is no reply is seldom alone.
void SmtpParser::object(AppSink& sink) {
  if (std::exchange(objected_, true)) return;
  sink.on_event(AppEvent::smtp_invalid_reply, Direction::to_client,
                open_ ? &transaction_ : nullptr);
}

void SmtpParser::answered(Asked asked, unsigned code, AppSink& sink) {
  constexpr auto kDirection = Direction::to_client;
  auto* const transaction = open_ ? &transaction_ : nullptr;
  switch (asked) {
    case Asked::starttls:
      if (code == kReady)
        handover_ = Handover{.to = AppProto::tls};
      else if (is_known(code))
        sink.on_event(AppEvent::smtp_tls_rejected, kDirection, transaction);
      break;
    case Asked::auth:
      auth_line_ = code == kChallenge;
      if (code == kLoginRefused) ++failed_logins_;
      if (code == kLoginAccepted) ++accepted_logins_;
      break;
    case Asked::data:
      if (code == kStartData) break;
      sink.on_event(AppEvent::smtp_data_rejected, kDirection, transaction);
      if (!data_begun_) in_data_ = false;
      break;
    case Asked::mail_end:
    case Asked::quit: finish(sink); return;
    case Asked::other: break;
  }
  if (handover_) finish(sink);
}

void SmtpParser::finish(AppSink& sink) {
  if (!open_) return;
  open_ = false;
  end_mail();
  transaction_.offer();
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    transaction_.stage[index(direction)] = Stage::complete;
    sink.on_progress(transaction_, direction);
  }
  sink.on_done(transaction_);
}

// A gap in a chunk is only as long as it is; elsewhere the count of commands and replies is lost,
// and where a mail ends is found again by its last line.
bool SmtpParser::gap(Direction direction, std::uint64_t bytes, AppSink& sink) {
  sink_ = &sink;
  if (direction == Direction::to_server) {
    holed_ = true;
    transaction_.lose_from_file(bytes);
  }
  if (direction == Direction::to_server && chunk_ != 0) {
    const bool within = chunk_ >= bytes;
    lost_count_ = lost_count_ || !within;
    chunk_ -= std::min(chunk_, bytes);
    data_.clear();
    if (chunk_ == 0 && last_chunk_) complete_mail();
    if (within) return true;
  }
  lost_count_ = true;
  commands_.clear();
  data_.clear();
  replies_.clear();
  return true;
}

// Replies may follow the client's end, but nothing that matters follows the server's.
void SmtpParser::end(Direction direction, AppSink& sink) {
  sink_ = &sink;
  server_ended_ = server_ended_ || direction == Direction::to_client;
  if (server_ended_) finish(sink);
}

std::size_t SmtpParser::memory() const {
  return commands_.memory() + data_.memory() + replies_.memory() + transaction_.memory() +
         mail_.memory();
}

}  // namespace rampart::sniffer
