#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "module_lab.h"
#include "probe/module/http_module.h"
#include "scripted_server.h"
#include "tests/support/deadline.h"

namespace rampart::probe {

inline model::BlackboxModule http_module() {
  model::BlackboxModule out;
  out.prober = model::BlackboxModule::Prober::http;
  out.http.ip = {false, true};
  return out;
}

inline std::string http_target(const base::Endpoint& at, const std::string& path = "/") {
  return "http://" + base::to_string(at) + path;
}

// A whole answer.
inline std::string http_text(const std::string& status, const std::string& fields = {},
                             const std::string& body = {}) {
  return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

inline ScriptedServer::Answer says(std::string text) {
  return {std::move(text), ScriptedServer::Then::close, {}};
}

inline double phase_of(const ModuleOutcome& out, const std::string& phase) {
  return value_of(out, "probe_http_duration_seconds", "phase=\"" + phase + "\"").value_or(-1);
}

}  // namespace rampart::probe
