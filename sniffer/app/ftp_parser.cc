#include "sniffer/app/ftp_parser.h"

#include <algorithm>
#include <charconv>

#include "sniffer/app/line_protocol.h"

namespace rampart::sniffer {
namespace {

constexpr unsigned kLoggedIn = 230;
constexpr unsigned kNotLoggedIn = 530;
constexpr unsigned kSecurityAccepted = 234;
constexpr unsigned kPassive = 227, kExtendedPassive = 229;
constexpr std::size_t kMostName = 255;

// The last two of "h1,h2,h3,h4,p1,p2", wherever that stands; 0: it does not.
std::uint16_t listed_port(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789,";
  text = text.substr(std::min(text.find_first_of("0123456789"), text.size()));
  text = text.substr(0, text.find_first_not_of(kDigits));
  unsigned numbers[6] = {};
  std::size_t count = 0;
  bool any = false;
  for (const char c : text) {
    if (c == ',') {
      if (!any || ++count == 6) return 0;
      any = false;
      continue;
    }
    any = true;
    numbers[count] = numbers[count] * 10 + static_cast<unsigned>(c - '0');
    if (numbers[count] > 255) return 0;
  }
  return count == 5 && any ? static_cast<std::uint16_t>(numbers[4] * 256 + numbers[5])
                           : std::uint16_t{0};
}

// What stands between the third '|' and the fourth (RFC 2428); 0: nothing.
std::uint16_t barred_port(std::string_view text) {
  for (int i = 0; i < 3; ++i) {
    const auto bar = text.find('|');
    if (bar == std::string_view::npos) return 0;
    text.remove_prefix(bar + 1);
  }
  std::uint16_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end != text.data() + text.size() && *end == '|' ? out
                                                                                 : std::uint16_t{0};
}

// The commands that send a file to the server (RFC 959, section 4.1.3).
bool stores(std::string_view verb) {
  return same_word(verb, "STOR") || same_word(verb, "APPE") || same_word(verb, "STOU");
}

}  // namespace

bool FtpParser::bytes(Direction direction, Bytes bytes, AppSink& sink) {
  const auto size = bytes.size();
  auto& lines = lines_[index(direction)];
  while (const auto line = lines.next(bytes)) {
    if (direction == Direction::to_server)
      command(*line, sink);
    else
      reply(*line, sink);
    if (handover_) {
      handover_->used = size - bytes.size();
      return false;
    }
  }
  return true;
}

void FtpParser::command(const LineReader::Line& line, AppSink& sink) {
  finish(sink);  // a client that does not wait
  const auto words = read_command(line.text);
  transaction_.verb = words.verb;
  transaction_.argument = words.argument;
  transaction_.code = 0;
  transaction_.replies.clear();
  transaction_.number = transactions_++;
  transaction_.stage = {Stage::complete, Stage::none};
  transaction_.rules.clear();
  open_ = true;
  if (same_word(words.verb, "PORT")) note_port(listed_port(words.argument), true);
  if (same_word(words.verb, "EPRT")) note_port(barred_port(words.argument), true);
  agreed_.store = stores(words.verb);
  if (agreed_.port != 0 && (agreed_.store || same_word(words.verb, "RETR"))) {
    agreed_.name = words.argument.substr(0, kMostName);
    data_ = std::exchange(agreed_, {});
  }
  if (line.too_long)
    sink.on_event(AppEvent::ftp_command_too_long, Direction::to_server, &transaction_);
  sink.on_progress(transaction_, Direction::to_server);
}

void FtpParser::reply(const LineReader::Line& line, AppSink& sink) {
  if (line.too_long)
    sink.on_event(AppEvent::ftp_reply_too_long, Direction::to_client,
                  open_ ? &transaction_ : nullptr);
  if (open_) keep_reply(line.text);
  const auto read = read_reply(line.text);
  // Inner lines of a long reply may look like anything but its last line.
  if (!read || (long_reply_ != 0 && (read->code != long_reply_ || !read->last))) return;
  long_reply_ = read->last ? 0 : read->code;
  if (!read->last || read->code < 200 || !open_) return;  // 1xx: another reply follows
  transaction_.code = read->code;
  if (read->code == kPassive) note_port(listed_port(line.text.substr(3)), false);
  if (read->code == kExtendedPassive) note_port(barred_port(line.text.substr(3)), false);
  const bool login = same_word(transaction_.verb, "PASS") || same_word(transaction_.verb, "USER");
  if (read->code == kNotLoggedIn && login) ++failed_logins_;
  if (read->code == kLoggedIn && login) ++accepted_logins_;
  const bool tls = same_word(transaction_.argument, "TLS") ||
                   same_word(transaction_.argument, "SSL") ||
                   same_word(transaction_.argument, "TLS-C");
  const bool secured =
      read->code == kSecurityAccepted && same_word(transaction_.verb, "AUTH") && tls;
  finish(sink);
  if (secured) handover_ = Handover{.to = AppProto::tls};
}

void FtpParser::note_port(std::uint16_t port, bool client_listens) {
  agreed_.port = port;
  agreed_.client_listens = client_listens;
}

void FtpParser::keep_reply(std::string_view text) {
  if (transaction_.replies.size() == FtpTransaction::kMostReplies) return;
  constexpr std::size_t kCodeAndBlank = 4;
  const auto read = read_reply(text);
  if (read) text.remove_prefix(std::min(kCodeAndBlank, text.size()));
  transaction_.replies.push_back(
      {read ? read->code : 0, std::string(text.substr(0, FtpTransaction::kMostReplyText))});
}

void FtpParser::finish(AppSink& sink) {
  if (!open_) return;
  open_ = false;
  transaction_.stage[index(Direction::to_client)] = Stage::complete;
  sink.on_progress(transaction_, Direction::to_client);
  sink.on_done(transaction_);
}

// Goes on with the next line: what is lost of a line, or of some, is not waited for.
bool FtpParser::gap(Direction direction, std::uint64_t /*bytes*/, AppSink& /*sink*/) {
  lines_[index(direction)].clear();
  if (direction == Direction::to_client) long_reply_ = 0;
  return true;
}

// Replies may follow the client's end, but nothing that matters follows the server's.
void FtpParser::end(Direction direction, AppSink& sink) {
  server_ended_ = server_ended_ || direction == Direction::to_client;
  if (server_ended_) finish(sink);
}

std::size_t FtpParser::memory() const {
  return lines_[0].memory() + lines_[1].memory() + transaction_.memory();
}

std::size_t FtpTransaction::memory() const {
  std::size_t out = verb.capacity() + argument.capacity() + replies.capacity() * sizeof(ReplyText);
  for (const auto& reply : replies) out += reply.text.capacity();
  return out;
}

}  // namespace rampart::sniffer
