#include "probe/module/dns_names.h"

#include <fmt/core.h>
#include <ldns/ldns.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <span>

#include "base/deleter.h"

namespace rampart::probe {
namespace {

using TextPtr = std::unique_ptr<char, base::Deleter<std::free>>;

struct Row {
  std::string_view name;
  std::uint16_t number;
};

// IANA's "DNS parameters". Types that ldns 1.8 has no name for, or another.
constexpr Row kTypes[] = {{"NINFO", 56}, {"RKEY", 57},    {"UINFO", 100}, {"UID", 101},
                          {"GID", 102},  {"UNSPEC", 103}, {"AVC", 258},   {"TA", 32768}};
constexpr Row kClasses[] = {{"IN", 1}, {"CS", 2},     {"CH", 3},
                            {"HS", 4}, {"NONE", 254}, {"ANY", 255}};
// The first of a number is its name.
constexpr Row kRcodes[] = {{"NOERROR", 0},  {"FORMERR", 1}, {"SERVFAIL", 2},  {"NXDOMAIN", 3},
                           {"NOTIMP", 4},   {"NOTIMPL", 4}, {"REFUSED", 5},   {"YXDOMAIN", 6},
                           {"YXRRSET", 7},  {"NXRRSET", 8}, {"NOTAUTH", 9},   {"NOTZONE", 10},
                           {"BADSIG", 16},  {"BADKEY", 17}, {"BADTIME", 18},  {"BADMODE", 19},
                           {"BADNAME", 20}, {"BADALG", 21}, {"BADTRUNC", 22}, {"BADCOOKIE", 23}};

std::optional<std::uint16_t> number_of(std::span<const Row> rows, std::string_view name) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; });
  return row == rows.end() ? std::nullopt : std::optional(row->number);
}

std::string name_of(std::span<const Row> rows, std::uint16_t number, std::string_view otherwise) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.number == number; });
  return row == rows.end() ? fmt::format("{}{}", otherwise, number) : std::string(row->name);
}

}  // namespace

std::optional<std::uint16_t> dns_type(const std::string& name) {
  if (const auto type = number_of(kTypes, name)) return type;
  const auto type = ldns_get_rr_type_by_name(name.c_str());  // 0 where unknown
  if (type == 0) return std::nullopt;
  return static_cast<std::uint16_t>(type);
}

std::string dns_type_name(std::uint16_t type) {
  auto name = name_of(kTypes, type, "TYPE");
  if (!name.starts_with("TYPE")) return name;
  const TextPtr text(ldns_rr_type2str(static_cast<ldns_rr_type>(type)));
  return text ? text.get() : name;
}

std::optional<std::uint16_t> dns_class(std::string_view name) { return number_of(kClasses, name); }

std::string dns_class_name(std::uint16_t klass) { return name_of(kClasses, klass, "CLASS"); }

std::optional<std::uint16_t> dns_rcode(std::string_view name) { return number_of(kRcodes, name); }

std::string dns_rcode_name(std::uint16_t rcode) { return name_of(kRcodes, rcode, "rcode "); }

}  // namespace rampart::probe
