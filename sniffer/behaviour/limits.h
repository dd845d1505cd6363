#pragma once

#include <cstdint>

#include "base/clock.h"

// Every number of the behaviour detectors that is no option, with its reason. docs/behaviour.md has
// the same table for people; floors and factors are options (model::BehaviourSpec).

namespace rampart::sniffer::behaviour {

// Seconds above the threshold, one after the other, before a flood is reported. One second may be a
// burst of page loads; two bound the delay to three seconds.
inline constexpr unsigned kSustained = 2;
// Hysteresis: a flood is over below half of the threshold for three seconds.
inline constexpr double kClear = 0.5;
inline constexpr unsigned kCalm = 3;
// Scans pause between hosts, password guessers between tries.
inline constexpr unsigned kCalmScan = 10;
inline constexpr unsigned kCalmLogins = 60;
// Seconds from one report of the same attack to the next.
inline constexpr unsigned kUpdateEvery = 5;
// Of the moving averages: a minute's memory, so that a rush hour is learned and a burst is not.
inline constexpr double kForget = 1.0 / 60;

// SYN flood. Most of the handshakes that are begun stay unfinished; with fewer the host is busy
// rather than flooded (a client a long way off finishes in the next second).
inline constexpr double kUnfinished = 0.5;
// Clients of a host that is down send their SYN again after a second; flood tools do not. As many
// repeated ones as this share of the unfinished speak for an outage.
inline constexpr double kRepeated = 0.5;
// The first retransmission timeout is a second (RFC 6298); a copy that comes at once is no sign of
// patience.
inline constexpr base::Nanos kSentAgain = std::chrono::milliseconds(500);
// Half of the SYNs on one port make that port the target. Spread over more ports they are a scan,
// unless so many sources take part that no scanner would.
inline constexpr double kOnePort = 0.5;
inline constexpr double kManySources = 32;

// HTTP flood: told from a flash crowd by few senders, from a crawler by few pages.
inline constexpr double kBusySource = 50;   // requests/s of one source: beyond any person
inline constexpr double kFewSources = 0.5;  // share of the eight most active sources
inline constexpr double kFewPages = 0.25;   // distinct paths per request

// Slow HTTP. A request comes in one piece or, over a bad line, within a retransmission timeout of a
// second; so two seconds without its end, at less than a tenth of a modem's rate, is slow. A reader
// is slow whose window has no room for one segment for as long.
inline constexpr base::Nanos kSlowAfter = std::chrono::seconds(2);
inline constexpr double kSlowRate = 128;            // bytes/s after the first segment
inline constexpr std::uint32_t kSlowWindow = 1460;  // bytes

// Scans, with the interval of Zeek's scan policy. A contact has failed when it was refused, or not
// answered for the time in which a SYN is sent three times.
inline constexpr base::Nanos kScanWindow = std::chrono::seconds(300);
inline constexpr unsigned kPatience = 3;  // seconds
// An unanswered datagram says less than an unanswered SYN.
inline constexpr std::uint32_t kDatagramPorts = 50;
// traceroute counts ports up from 33434, three for each of 30 hops, and means its datagrams to die.
inline constexpr std::uint16_t kFirstTracePort = 33434;
inline constexpr std::uint16_t kLastTracePort = 33434 + 3 * 30 - 1;
inline constexpr std::uint8_t kTraceHops = 30;

// Brute force. Schemes that first refuse and then ask (NTLM, Digest) fail twice for each success,
// so that guessing shows three failures for one.
inline constexpr double kFailuresPerSuccess = 3;
inline constexpr unsigned kLoginWindow = 60;  // seconds
// Many guessers with few tries each: as many at one endpoint within the window.
inline constexpr std::uint32_t kSpreadLogins = 200;
inline constexpr double kSpreadSources = 8;
// A list of senders is begun with the third refusal at an endpoint: anybody mistypes once or twice.
inline constexpr std::uint32_t kListedRefusal = 3;
// Such an attack is counted for a minute before it is one, so what is usual is learned ten times
// more slowly, and does not count before it has been.
inline constexpr unsigned kLoginMemory = 10 * kLoginWindow;  // seconds
// SSH hides what was refused. A connection that ended within half a minute, of which the server
// said less than Zeek's bound for a failed login, and had no room for a session.
inline constexpr base::Nanos kShortSession = std::chrono::seconds(30);
inline constexpr std::uint64_t kShortAnswers = 5500;  // bytes
// Scripts open short sessions too; more of them than passwords make an attack.
inline constexpr double kSessionsPerLogin = 1.5;

// Impact: users notice. Each is compared with the time before the attack.
inline constexpr double kFewerServed = 0.9;  // handshakes per attempt, answers per request
inline constexpr double kSlower = 3;         // times the mean before
inline constexpr double kSlowerByMs = 20;    // and at least this much
inline constexpr double kServerErrors = 0.05;
inline constexpr double kLeastSeen = 3;  // observations; fewer prove nothing

// Memory, constant from the start: about 5 MiB per capture, of which open requests are 0.8 MiB for
// each pipeline.
inline constexpr std::size_t kSubjects = 4096;      // hosts and endpoints
inline constexpr std::size_t kScouts = 4096;        // a source and a host, or a source and a port
inline constexpr std::size_t kOpenRequests = 8192;  // at a time
inline constexpr std::size_t kBooks = 128;          // sources of what is suspicious
inline constexpr std::size_t kIncidents = 64;       // attacks at a time
inline constexpr std::size_t kWays = 8;             // places that a key may take
inline constexpr std::size_t kShownSources = 8;
// A source stands out with this share of what was counted; below it, it may be forged.
inline constexpr double kStandsOut = 0.01;
// Of those that stand out, who does as large a part of what the most active one does is one of the
// attackers, and no witness of what they do.
inline constexpr double kLikeTheFirst = 1.0 / 8;

}  // namespace rampart::sniffer::behaviour
