#include "sniffer/app/protocol_guess.h"

#include <algorithm>
#include <string_view>

#include "sniffer/app/byte_reader.h"
#include "sniffer/app/dns_message.h"

namespace rampart::sniffer {
namespace {

// Whether bytes are of a protocol: `maybe` where they are as far as they go.
enum class Fit : std::uint8_t { no, maybe, yes };

// What one side looks like. `greeting`: "220", of SMTP or FTP.
enum class Look : std::uint8_t {
  nothing,
  cut,
  http1,
  http2,
  tls,
  dns,
  ssh,
  smb,
  smtp,
  smtp_or_other,
  ftp_or_other,
  greeting
};

constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint16_t kFtpPort = 21;
constexpr std::array<std::uint16_t, 4> kMailPorts{25, 465, 587, 2525};
// Of messages that look like DNS and are not: NetBIOS names, multicast DNS, LLMNR.
constexpr std::array<std::uint16_t, 3> kNotDnsPorts{137, 5353, 5355};

// What ports say of a message that may be DNS.
enum class DnsPlace : std::uint8_t { port, elsewhere, never };
DnsPlace dns_place(std::array<std::uint16_t, 2> ports) {
  const auto has = [&](std::uint16_t port) { return ports[0] == port || ports[1] == port; };
  if (has(kDnsPort)) return DnsPlace::port;
  return std::any_of(kNotDnsPorts.begin(), kNotDnsPorts.end(), has) ? DnsPlace::never
                                                                    : DnsPlace::elsewhere;
}

constexpr std::string_view kMethods[] = {
    "GET",
    "POST",
    "HEAD",
    "PUT",
    "OPTIONS",
    "DELETE",
    "CONNECT",
    "PATCH",
    "TRACE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "CHECKOUT",
    "CHECKIN",
    "UNCHECKOUT",
    "MKWORKSPACE",
    "UPDATE",
    "LABEL",
    "MKACTIVITY",
    "MERGE",
    "SEARCH",
    "VERSION-CONTROL",
    "BASELINE-CONTROL",
};
constexpr std::size_t kLongestMethod = 32;
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n";  // RFC 9113, section 3.4, its beginning
constexpr std::string_view kMailCommands[] = {"EHLO", "HELO", "MAIL FROM:"};
// Other protocols have these too (IRC, POP3): the greeting decides.
constexpr std::string_view kMailOrOther[] = {"STARTTLS"};
constexpr std::string_view kFtpCommands[] = {"USER", "FEAT", "AUTH TLS", "AUTH SSL", "SYST",
                                             "HOST", "CLNT", "OPTS",     "PBSZ"};

char lower(std::uint8_t c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }
bool same_letter(std::uint8_t a, char b) { return lower(a) == lower(static_cast<std::uint8_t>(b)); }

Fit begins_with(Bytes bytes, std::string_view word) {
  const auto size = std::min(bytes.size(), word.size());
  if (!std::equal(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(size), bytes.begin(),
                  [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }))
    return Fit::no;
  return size == word.size() ? Fit::yes : Fit::maybe;
}

// A command of a line protocol, in any case, and what ends it.
Fit is_command(Bytes bytes, std::string_view word) {
  const auto size = std::min(bytes.size(), word.size());
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size), word.begin(),
                  same_letter))
    return Fit::no;
  if (bytes.size() <= word.size()) return word.back() == ':' ? Fit::yes : Fit::maybe;
  const auto next = bytes[word.size()];
  const bool ends = word.back() == ':' || next == ' ' || next == '\r' || next == '\n';
  return ends ? Fit::yes : Fit::no;
}

template <std::size_t kCount>
Fit any_command(Bytes bytes, const std::string_view (&words)[kCount]) {
  auto out = Fit::no;
  for (const auto word : words) out = std::max(out, is_command(bytes, word));
  return out;
}

bool is_token(std::uint8_t c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

Fit http_request(Bytes bytes) {
  while (!bytes.empty() && (bytes[0] == '\r' || bytes[0] == '\n')) bytes = bytes.subspan(1);
  const auto end = std::find_if_not(bytes.begin(), bytes.end(), is_token);
  const auto size = static_cast<std::size_t>(end - bytes.begin());
  if (size > kLongestMethod) return Fit::no;
  if (end == bytes.end()) return Fit::maybe;
  if (size == 0 || (*end != ' ' && *end != '\t')) return Fit::no;
  const std::string_view method(reinterpret_cast<const char*>(bytes.data()), size);
  if (std::find(std::begin(kMethods), std::end(kMethods), method) != std::end(kMethods))
    return Fit::yes;
  // A method of somebody's own: the line must say that it is HTTP.
  const auto line_end = std::find(end, bytes.end(), std::uint8_t{'\n'});
  const std::string_view line(reinterpret_cast<const char*>(bytes.data()),
                              static_cast<std::size_t>(line_end - bytes.begin()));
  if (line_end == bytes.end()) return Fit::maybe;
  return line.find(" HTTP/") != std::string_view::npos ? Fit::yes : Fit::no;
}

// A record with the beginning of a hello, or an alert: what an end begins with (RFC 8446,
// section 5.1).
Fit tls_record(Bytes bytes, std::uint8_t hello) {
  constexpr std::uint8_t kAlert = 21, kHandshake = 22;
  constexpr std::size_t kMostRecord = (std::size_t{1} << 14U) + 2048;
  const auto has = [&](std::size_t i) { return bytes.size() > i; };
  if (!has(0)) return Fit::maybe;
  const auto type = bytes[0];
  if (type != kHandshake && type != kAlert) return Fit::no;
  if (has(1) && bytes[1] != 3) return Fit::no;
  if (has(2) && bytes[2] > 4) return Fit::no;
  if (has(4)) {
    const auto length = (std::size_t{bytes[3]} << 8U) | bytes[4];
    if (length == 0 || length > kMostRecord || (type == kAlert && length != 2)) return Fit::no;
  }
  if (!has(5)) return Fit::maybe;
  return bytes[5] == hello || (type == kAlert && (bytes[5] == 1 || bytes[5] == 2)) ? Fit::yes
                                                                                   : Fit::no;
}

// The hello of SSL 2.0, in which clients once offered TLS too (RFC 5246, appendix E.2).
Fit sslv2_client_hello(Bytes bytes) {
  const auto has = [&](std::size_t i) { return bytes.size() > i; };
  if (has(0) && (bytes[0] & 0x80U) == 0) return Fit::no;
  if (has(2) && bytes[2] != 1) return Fit::no;
  if (has(3) && bytes[3] != 0 && bytes[3] != 3) return Fit::no;
  if (has(4) && (bytes[3] == 0 ? bytes[4] != 2 : bytes[4] > 4)) return Fit::no;
  if (!has(10)) return Fit::maybe;
  ByteReader in(bytes);
  const std::size_t length = in.u16() & 0x7FFFU;
  static_cast<void>(in.take(3));
  const std::size_t ciphers = in.u16(), session = in.u16(), challenge = in.u16();
  const bool good = ciphers != 0 && ciphers % 3 == 0 && (session == 0 || session == 16) &&
                    challenge >= 8 && challenge <= 32;
  return good && 9 + ciphers + session + challenge <= length ? Fit::yes : Fit::no;
}

Fit sslv2_server_hello(Bytes bytes) {
  const auto has = [&](std::size_t i) { return bytes.size() > i; };
  if (has(0) && (bytes[0] & 0x80U) == 0) return Fit::no;
  if (has(2) && bytes[2] != 4) return Fit::no;
  if ((has(3) && bytes[3] > 1) || (has(4) && bytes[4] > 1)) return Fit::no;
  if (!has(6)) return Fit::maybe;
  return bytes[5] == 0 && bytes[6] == 2 ? Fit::yes : Fit::no;
}

// The SETTINGS frame that a server begins with (RFC 9113, section 3.4).
Fit http2_settings(Bytes bytes) {
  constexpr std::array<std::uint8_t, 6> kAfterLength{4, 0, 0, 0, 0, 0};
  const auto has = [&](std::size_t i) { return bytes.size() > i; };
  if ((has(0) && bytes[0] != 0) || (has(1) && bytes[1] != 0)) return Fit::no;
  if (has(2) && bytes[2] % 6 != 0) return Fit::no;
  for (std::size_t i = 0; i < kAfterLength.size(); ++i)
    if (has(3 + i) && bytes[3 + i] != kAfterLength[i]) return Fit::no;
  return has(8) ? Fit::yes : Fit::maybe;
}

// A message of SMB 1, 2 or 3 behind its length (MS-SMB2, section 2.1), or, on the port of NetBIOS,
// behind what opens a session there (RFC 1002, section 4.3).
constexpr std::uint8_t kSessionRequest = 0x81, kSessionAccepted = 0x82;
Fit smb_message(Bytes bytes, std::uint8_t session) {
  constexpr std::size_t kMostNames = 256;
  if (bytes.empty()) return Fit::maybe;
  if (bytes[0] == session) {
    if (bytes.size() < 4) return Fit::maybe;
    ByteReader in(bytes.subspan(1));
    const auto size = in.u24();
    if (size > kMostNames) return Fit::no;
    static_cast<void>(in.take(size));
    if (!in.ok() || in.at_end()) return Fit::maybe;
    bytes = in.rest();
  }
  if (bytes[0] != 0) return Fit::no;
  if (bytes.size() < 5) return Fit::maybe;
  constexpr std::uint8_t kEncrypted = 0xFD;  // the lowest: of SMB 2 it is 0xFE, of SMB 1 0xFF
  if (bytes[4] < kEncrypted) return Fit::no;
  return begins_with(bytes.subspan(5), "SMB");
}

bool is_host_text(Bytes name) {
  return std::all_of(name.begin(), name.end(), [](std::uint8_t c) { return c < 127; });
}

// A message on port 53 need only be possible; elsewhere it must be what resolvers and servers send.
bool plausible(const DnsHeader& header, Direction direction, DnsPlace place) {
  const unsigned records = header.answers + header.authorities + header.additionals;
  if (place == DnsPlace::port)
    return header.questions <= 32 && (header.questions != 0 || records != 0 || header.response());
  const bool answer = direction == Direction::to_client;
  if (header.opcode() != 0 || header.z() || header.response() != answer) return false;
  if (header.questions != 1 || header.additionals > 64) return false;
  return answer || (header.answers == 0 && header.authorities == 0 && header.rcode() == 0);
}

// `whole`: nothing follows; else the first `size` bytes may not be there yet.
Fit dns_message(Bytes message, std::size_t size, Direction direction, DnsPlace place, bool whole) {
  const auto more = whole ? Fit::no : Fit::maybe;
  const auto header = read_dns_header(message);
  if (!header) return more;
  if (!plausible(*header, direction, place)) return Fit::no;
  const std::size_t least = DnsHeader::kSize + std::size_t{header->questions} * 5;
  if (least > size) return Fit::no;
  if (header->questions == 0) return Fit::yes;
  const auto body = message.subspan(DnsHeader::kSize);
  const auto name = check_dns_name(body);
  if (name.state == DnsNameCheck::State::bad) return Fit::no;
  if (name.state == DnsNameCheck::State::cut) return more;
  ByteReader in(body.subspan(name.size));
  const auto type = in.u16();
  const auto klass = in.u16();
  if (!in.ok()) return more;
  if (place == DnsPlace::port) return Fit::yes;
  const bool known_class = klass == 1 || klass == 3 || klass == 4 || klass == 255;
  return type != 0 && known_class && is_host_text(body.first(name.size)) ? Fit::yes : Fit::no;
}

Fit dns_stream(Bytes bytes, Direction direction, DnsPlace place) {
  // Elsewhere than on the port of DNS long messages are rarer than texts, whose first two letters
  // are a large number.
  constexpr std::size_t kMostElsewhere = 4096;
  if (place == DnsPlace::never) return Fit::no;
  if (bytes.size() < 2) return Fit::maybe;
  const auto size = (std::size_t{bytes[0]} << 8U) | bytes[1];
  if (size < DnsHeader::kSize) return Fit::no;
  if (place == DnsPlace::elsewhere && size > kMostElsewhere) return Fit::no;
  const auto message = bytes.subspan(2);
  return dns_message(message.first(std::min(size, message.size())), size, direction, place,
                     message.size() >= size);
}

struct Candidate {
  Look look;
  Fit fit;
};

template <std::size_t kCount>
Look best(const Candidate (&candidates)[kCount]) {
  auto out = Look::nothing;
  for (const auto& c : candidates) {
    if (c.fit == Fit::yes) return c.look;
    if (c.fit == Fit::maybe) out = Look::cut;
  }
  return out;
}

Look client_look(Bytes said, DnsPlace place) {
  if (said.empty()) return Look::cut;
  const Candidate candidates[] = {
      {Look::http2, begins_with(said, kPreface)},
      {Look::ssh, begins_with(said, "SSH-")},
      {Look::tls, tls_record(said, 1)},
      {Look::tls, sslv2_client_hello(said)},
      {Look::smtp, any_command(said, kMailCommands)},
      {Look::smtp_or_other, any_command(said, kMailOrOther)},
      {Look::ftp_or_other, any_command(said, kFtpCommands)},
      {Look::smb, smb_message(said, kSessionRequest)},
      {Look::http1, http_request(said)},
      {Look::dns, dns_stream(said, Direction::to_server, place)},
  };
  return best(candidates);
}

Look server_look(Bytes said, DnsPlace place) {
  if (said.empty()) return Look::cut;
  const Candidate candidates[] = {
      {Look::http1, begins_with(said, "HTTP/")},
      {Look::ssh, begins_with(said, "SSH-")},
      {Look::tls, tls_record(said, 2)},
      {Look::tls, sslv2_server_hello(said)},
      {Look::greeting, std::max(begins_with(said, "220 "), begins_with(said, "220-"))},
      {Look::smb, smb_message(said, kSessionAccepted)},
      {Look::http2, http2_settings(said)},
      {Look::dns, dns_stream(said, Direction::to_client, place)},
  };
  return best(candidates);
}

AppProto proto_of(Look look) {
  switch (look) {
    case Look::nothing: return AppProto::failed;
    case Look::cut:
    case Look::greeting: return AppProto::unknown;
    case Look::http1: return AppProto::http1;
    case Look::http2: return AppProto::http2;
    case Look::tls: return AppProto::tls;
    case Look::dns: return AppProto::dns;
    case Look::ssh: return AppProto::ssh;
    case Look::smb: return AppProto::smb;
    case Look::smtp: return AppProto::smtp;
    case Look::smtp_or_other: return AppProto::smtp;
    case Look::ftp_or_other: return AppProto::ftp;
  }
  return AppProto::failed;
}

bool mentions(Bytes text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same_letter) != text.end();
}

bool has_mail_port(const FirstBytes& first) {
  return std::any_of(kMailPorts.begin(), kMailPorts.end(),
                     [&](std::uint16_t port) { return first.has_port(port); });
}

// The client's first command has not told which of the two it is.
AppProto by_greeting(const FirstBytes& first) {
  const auto text = first.said[index(Direction::to_client)];
  if (mentions(text, "smtp")) return AppProto::smtp;
  if (mentions(text, "ftp")) return AppProto::ftp;
  if (has_mail_port(first)) return AppProto::smtp;
  return first.has_port(kFtpPort) ? AppProto::ftp : AppProto::failed;
}

}  // namespace

AppProto guess_stream(const FirstBytes& first) {
  const auto place = dns_place(first.ports);
  const auto at_last = [&](Look look, Direction direction) {
    return look == Look::cut && first.no_more[index(direction)] ? Look::nothing : look;
  };
  const auto client = at_last(client_look(first.said[0], place), Direction::to_server);
  const auto server = at_last(server_look(first.said[1], place), Direction::to_client);
  const auto client_says = proto_of(client);
  const auto server_says = proto_of(server);
  if (client == Look::ftp_or_other || client == Look::smtp_or_other) {
    const bool port =
        client_says == AppProto::ftp ? first.has_port(kFtpPort) : has_mail_port(first);
    if (server == Look::greeting || (server == Look::cut && port)) return client_says;
    if (server == Look::cut) return AppProto::unknown;
  } else if (client_says != AppProto::unknown && client_says != AppProto::failed) {
    return client_says;
  }
  if (server == Look::greeting) return client == Look::cut ? AppProto::unknown : by_greeting(first);
  if (server_says != AppProto::failed && server_says != AppProto::unknown) return server_says;
  const bool open = client == Look::cut || server == Look::cut;
  return open ? AppProto::unknown : AppProto::failed;
}

AppProto guess_side(Bytes said, Direction direction, std::array<std::uint16_t, 2> ports) {
  const auto place = dns_place(ports);
  return proto_of(direction == Direction::to_server ? client_look(said, place)
                                                    : server_look(said, place));
}

bool is_answer(Bytes said, std::array<std::uint16_t, 2> ports) {
  const auto answer = guess_side(said, Direction::to_client, ports);
  return answer != AppProto::unknown && answer != AppProto::failed &&
         guess_side(said, Direction::to_server, ports) == AppProto::failed;
}

AppProto guess_datagram(Bytes datagram, std::uint16_t source_port, std::uint16_t destination_port) {
  const auto place = dns_place({source_port, destination_port});
  if (place == DnsPlace::never) return AppProto::failed;
  for (const auto direction : {Direction::to_server, Direction::to_client})
    if (dns_message(datagram, datagram.size(), direction, place, true) == Fit::yes)
      return AppProto::dns;
  return AppProto::failed;
}

}  // namespace rampart::sniffer
