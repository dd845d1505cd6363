#pragma once

#include <string>
#include <vector>

namespace rampart::probe {

// Codes of HTTP as people write them, in order: "2xx, 401, 404 to 407"; what goes beyond eight of
// these parts is told as "...". Empty: there are none.
std::string status_list(std::vector<int> codes);

}  // namespace rampart::probe
