#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "scripted_server.h"

namespace rampart::probe {

// Stored samples, and query_range's answers from them: last_over_time of the range that is asked
// for. Says which ends that holds.
class RangeServer {
 public:
  explicit RangeServer(net::Loop& loop)
      : server_(loop, [this](const std::string& request) { return answer(request); }) {}
  [[nodiscard]] base::Endpoint endpoint() const { return server_.endpoint(); }
  [[nodiscard]] const std::vector<std::string>& requests() const { return server_.requests(); }
  // "E" for the question which ends ranges hold, "p" for points.
  [[nodiscard]] std::string order() const {
    std::string out;
    for (const auto& request : requests()) out += is_of_ends(request) ? 'E' : 'p';
    return out;
  }

  // Samples of a series at each of these times.
  void store(const std::string& name, const std::vector<std::int64_t>& at_ms) {
    series_.emplace_back(name, at_ms);
  }
  bool left_open = false;   // as ranges of Prometheus 3; else they hold both ends
  bool says_ends = true;    // else it answers that question as `body` says
  base::Nanos still{0};     // for so long all on this thread stands still, and no points come
  std::size_t padding = 0;  // bytes for each point that mean nothing
  std::string status = "200 OK";
  std::string head;                 // more of its fields
  std::string body;                 // instead, where it is not empty
  std::size_t most = 1000;          // points; 422 for more
  std::vector<std::size_t> counts;  // points of each ask

 private:
  static bool is_of_ends(const std::string& request) {
    return request.find("range_ends") != std::string::npos;
  }
  static ScriptedServer::Answer say(const std::string& line, const std::string& text) {
    return {fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", line, text.size(), text),
            ScriptedServer::Then::hold,
            {}};
  }
  [[nodiscard]] ScriptedServer::Answer ends() const {
    if (!says_ends) return say(status, body);
    return say("200 OK", fmt::format(R"({{"status":"success","data":{{"resultType":"matrix",)"
                                     R"("result":[{{"metric":{{"__name__":"range_ends"}},)"
                                     R"("values":[[1,"{}"]]}}]}}}})",
                                     left_open ? 2 : 3));
  }
  static std::int64_t field(const std::string& request, const std::string& name) {
    const auto at = request.find(name);
    return at == std::string::npos
               ? 0
               : std::llround(1e3 * std::strtod(request.c_str() + at + name.size(), nullptr));
  }
  ScriptedServer::Answer answer(const std::string& request) {
    if (is_of_ends(request)) return ends();
    if (still > still.zero()) {
      std::this_thread::sleep_for(still);
      return {"", ScriptedServer::Then::hold, {}};
    }
    const auto start = field(request, "&start=");
    const auto step = field(request, "&step=");
    const auto range = field(request, "%5B") / 1000;
    const auto count = static_cast<std::size_t>((field(request, "&end=") - start) / step + 1);
    counts.push_back(count);
    std::string result;
    for (const auto& [name, times] : series_) {
      std::string values;
      for (std::size_t i = 0; i < count; ++i) {
        const auto at = start + static_cast<std::int64_t>(i) * step;
        const auto after = std::upper_bound(times.begin(), times.end(), at);
        if (after == times.begin() || *(after - 1) < at - range + (left_open ? 1 : 0)) continue;
        values += fmt::format("{}[{}.{:03},\"{}\"]", values.empty() ? "" : ",", at / 1000,
                              at % 1000, *(after - 1));
      }
      if (values.empty()) continue;
      result += fmt::format("{}{{\"metric\":{{\"__name__\":\"{}\"}},\"values\":[{}]}}",
                            result.empty() ? "" : ",", name, values);
    }
    auto text = body.empty() ? fmt::format(
                                   "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\","
                                   "\"result\":[{}]}}}}{}",
                                   result, std::string(padding * count, ' '))
                             : body;
    auto line = status;
    if (count > most) {
      line = "422 Unprocessable Entity";
      text = R"({"status":"error","errorType":"execution","error":"too many samples"})";
    }
    return say(head.empty() ? line : line + "\r\n" + head, text);
  }
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> series_;
  ScriptedServer server_;
};

}  // namespace rampart::probe
