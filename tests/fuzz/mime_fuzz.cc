// One mail: the lines of the input, however they end.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "sniffer/app/mime_parser.h"

namespace {

using namespace rampart::sniffer;

// Files do not overlap, and no more comes out than went in, but for line ends.
class Reader final : public MimeListener {
 public:
  void on_file(std::string_view name) override {
    if (open_ || name.size() > MimeParser::kMostName) std::abort();
    open_ = true;
  }
  void on_file_bytes(Bytes bytes) override {
    if (!open_ || bytes.empty()) std::abort();
    for (const auto byte : bytes) sum_ += byte;
  }
  void on_file_end() override {
    if (!open_) std::abort();
    open_ = false;
  }
  void on_mime_event(AppEvent event) override {
    if (to_string(event).empty()) std::abort();
  }
  [[nodiscard]] bool open() const { return open_; }

 private:
  bool open_ = false;
  std::uint64_t sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader reader;
  MimeParser parser;
  parser.start();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    parser.line(rest.substr(0, end), reader);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  parser.judge_end(reader);
  parser.finish(reader);
  if (reader.open() || parser.memory() > 64 * 1024 + 4 * size) std::abort();
  return 0;
}
