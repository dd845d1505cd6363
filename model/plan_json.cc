#include "model/plan_json.h"

#include <fmt/core.h>

#include <cmath>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "model/plan_fields.h"
#include "model/plan_references.h"
#include "model/plan_text.h"

namespace rampart::model {
namespace {

using Json = nlohmann::json;

// Both directions walk one description of each struct (plan_fields.h), so a member cannot be
// written and forgotten on reading.
class PlanWriter {
 public:
  template <class T>
  using Access = const T;

  template <class T>
  void operator()(const char* name, const T& value, const auto&... /*absent*/) {
    json_[name] = write(value);
  }
  Json take() { return std::move(json_); }

  static Json write(bool v) { return v; }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  static Json write(T v) {
    return v;
  }
  static Json write(double v) { return v; }
  static Json write(base::Nanos v) { return v.count(); }
  static Json write(base::Rps v) { return v.per_second; }
  static Json write(base::Ratio v) { return v.value; }
  static Json write(const base::Endpoint& v) { return base::to_string(v); }
  static Json write(const base::Cidr& v) { return base::to_string(v); }
  static Json write(const std::string& v);
  template <class E>
    requires std::is_enum_v<E>
  static Json write(E v) {
    return static_cast<unsigned>(v);
  }
  template <class T>
  static Json write(const std::optional<T>& v) {
    return v ? write(*v) : Json();
  }
  template <class A, class B>
  static Json write(const std::pair<A, B>& v) {
    return Json::array({write(v.first), write(v.second)});
  }
  template <class T>
  static Json write(const std::vector<T>& v) {
    Json list = Json::array();
    for (const auto& item : v) list.push_back(write(item));
    return list;
  }
  template <class T>
    requires std::is_class_v<T>
  static Json write(const T& v) {
    PlanWriter inner;
    fields(inner, v);
    return inner.take();
  }

 private:
  Json json_ = Json::object();
};

class PlanReader {
 public:
  template <class T>
  using Access = T;

  // error is the first one found, shared by nested readers.
  PlanReader(const Json& json, std::string path, std::string& error)
      : json_(json), path_(std::move(path)), error_(error) {
    if (!json_.is_object()) bad(path_, "must be an object");
  }

  template <class T>
  void operator()(const char* name, T& value, const auto&... absent) {
    if (!error_.empty()) return;
    const auto where = path_.empty() ? std::string(name) : path_ + "." + name;
    const auto found = json_.find(name);
    if (found != json_.end()) return read(*found, where, value);
    if (sizeof...(absent) == 0) return bad(where, "is missing");
    ((value = absent), ...);
  }

 private:
  void bad(const std::string& where, std::string_view why) {
    if (error_.empty())
      error_ = where.empty() ? std::string(why) : fmt::format("{}: {}", where, why);
  }

  void read(const Json& j, const std::string& where, bool& v) {
    if (!j.is_boolean()) return bad(where, "must be true or false");
    v = j.get<bool>();
  }
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  void read(const Json& j, const std::string& where, T& v) {
    if (!j.is_number_unsigned() || j.get<std::uint64_t>() > std::numeric_limits<T>::max())
      return bad(where,
                 fmt::format("must be a whole number from 0 to {}", std::numeric_limits<T>::max()));
    v = static_cast<T>(j.get<std::uint64_t>());
  }
  void read(const Json& j, const std::string& where, double& v) {
    if (!j.is_number()) return bad(where, "must be a number");
    v = j.get<double>();
    if (!std::isfinite(v)) bad(where, "must be a finite number");
  }
  void read(const Json& j, const std::string& where, base::Nanos& v) {
    // Three years: nothing that is computed from it overflows.
    constexpr std::int64_t kMost = 100'000'000'000'000'000;
    const bool fits = j.is_number_integer() &&
                      (j.is_number_unsigned() ? j.get<std::uint64_t>() <= std::uint64_t{kMost}
                                              : j.get<std::int64_t>() >= 0);
    if (!fits)
      return bad(where, fmt::format("must be a whole number of nanoseconds from 0 to {}", kMost));
    v = base::Nanos(j.get<std::int64_t>());
  }
  void read(const Json& j, const std::string& where, base::Rps& v) { read(j, where, v.per_second); }
  void read(const Json& j, const std::string& where, base::Ratio& v) { read(j, where, v.value); }
  void read(const Json& j, const std::string& where, std::string& v);
  void read(const Json& j, const std::string& where, base::Endpoint& v);
  void read(const Json& j, const std::string& where, base::Cidr& v);
  template <class E>
    requires std::is_enum_v<E>
  void read(const Json& j, const std::string& where, E& v) {
    constexpr auto kLast = static_cast<std::uint64_t>(last_of(E{}));
    if (!j.is_number_unsigned() || j.get<std::uint64_t>() > kLast)
      return bad(where, fmt::format("must be a whole number from 0 to {}", kLast));
    v = static_cast<E>(j.get<std::uint64_t>());
  }
  template <class T>
  void read(const Json& j, const std::string& where, std::optional<T>& v) {
    if (j.is_null()) return v.reset();
    read(j, where, v.emplace());
  }
  template <class A, class B>
  void read(const Json& j, const std::string& where, std::pair<A, B>& v) {
    if (!j.is_array() || j.size() != 2) return bad(where, "must be a list of two");
    read(j[0], where + "[0]", v.first);
    read(j[1], where + "[1]", v.second);
  }
  template <class T>
  void read(const Json& j, const std::string& where, std::vector<T>& v) {
    if (!j.is_array()) return bad(where, "must be a list");
    for (std::size_t i = 0; i < j.size() && error_.empty(); ++i)
      read(j[i], fmt::format("{}[{}]", where, i), v.emplace_back());
  }
  template <class T>
    requires std::is_class_v<T>
  void read(const Json& j, const std::string& where, T& v) {
    PlanReader inner(j, where, error_);
    if (error_.empty()) fields(inner, v);
  }

  static constexpr Protocol last_of(Protocol) { return Protocol::icmp; }
  static constexpr Extract::From last_of(Extract::From) { return Extract::From::json; }
  static constexpr DataSet::Order last_of(DataSet::Order) { return DataSet::Order::unique; }
  static constexpr SocketUse::Mode last_of(SocketUse::Mode) { return SocketUse::Mode::send; }
  static constexpr Family last_of(Family) { return Family::ipv6; }
  static constexpr TlsVersion last_of(TlsVersion) { return TlsVersion::tls1_3; }
  static constexpr ThinkTime::Kind last_of(ThinkTime::Kind) { return ThinkTime::Kind::exponential; }
  static constexpr Arrival::Model last_of(Arrival::Model) { return Arrival::Model::closed; }
  static constexpr Arrival::Distribution last_of(Arrival::Distribution) {
    return Arrival::Distribution::uniform;
  }
  static constexpr ScrapeSpec::Source last_of(ScrapeSpec::Source) {
    return ScrapeSpec::Source::prometheus;
  }
  static constexpr ProbeModule::Kind last_of(ProbeModule::Kind) { return ProbeModule::Kind::icmp; }

  const Json& json_;
  std::string path_;
  std::string& error_;
};

Json PlanWriter::write(const std::string& v) {
  Json text = v;
  try {
    static_cast<void>(text.dump());  // throws where v is not UTF-8
    return text;
  } catch (const Json::exception&) {
    return Json{{"hex", to_hex(v)}};
  }
}

void PlanReader::read(const Json& j, const std::string& where, std::string& v) {
  if (j.is_string()) {
    v = j.get<std::string>();
    return;
  }
  const bool hex_form = j.is_object() && j.contains("hex") && j["hex"].is_string();
  if (!hex_form) return bad(where, "must be text");
  auto bytes = from_hex(j["hex"].get_ref<const std::string&>());
  if (!bytes) return bad(where, bytes.error().text);
  v = *std::move(bytes);
}

void PlanReader::read(const Json& j, const std::string& where, base::Cidr& v) {
  if (!j.is_string()) return bad(where, "must be a network such as 10.0.0.0/8");
  auto parsed = base::Cidr::parse(j.get_ref<const std::string&>());
  if (!parsed) return bad(where, parsed.error().text);
  v = *parsed;
}

void PlanReader::read(const Json& j, const std::string& where, base::Endpoint& v) {
  if (!j.is_string()) return bad(where, "must be an address and port such as 127.0.0.1:80");
  auto parsed = endpoint_from(j.get_ref<const std::string&>());
  if (!parsed) return bad(where, parsed.error().text);
  v = *parsed;
}

}  // namespace

std::string to_json(const Plan& plan) { return PlanWriter::write(plan).dump(); }

base::Result<Plan> plan_from_json(std::string_view text) {
  const auto bad = [](std::string_view why) {
    return base::fail(base::Errc::parse, fmt::format("plan: {}", why));
  };
  try {
    const Json json = Json::parse(text);
    std::string error;
    Plan plan;
    PlanReader reader(json, "", error);
    if (error.empty()) fields(reader, plan);
    if (error.empty()) error = dangling_reference(plan);
    if (!error.empty()) return bad(error);
    return plan;
  } catch (const Json::exception& e) {
    return bad(fmt::format("damaged JSON: {}", e.what()));
  }
}

}  // namespace rampart::model
