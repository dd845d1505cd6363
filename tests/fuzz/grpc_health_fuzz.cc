#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "probe/module/grpc_health.h"

// Any bytes as a body give a status or an error that says why, and as fields of the trailer text no
// longer than they are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::probe;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto status = read_health_reply(bytes);
  RAMPART_ASSERT(status ? !serving_status_name(*status).empty() : !status.error().text.empty());
  RAMPART_ASSERT(read_grpc_status(bytes) >= 0);
  RAMPART_ASSERT(read_grpc_message(bytes).size() <= size);
  // What is asked has the shape of what is answered, with a field of another kind.
  const auto request = make_health_request(bytes);
  RAMPART_ASSERT(read_health_reply(request) == ServingStatus{0});
  return 0;
}
