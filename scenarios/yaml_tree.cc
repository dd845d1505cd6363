#include "scenarios/yaml_tree.h"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace rampart::scenarios {
namespace {

constexpr std::size_t kBytesPerNode = 256;  // a longer text counts as more nodes

std::size_t cost(const Node& node) {
  std::size_t sum = 1 + node.value.size() / kBytesPerNode;
  for (const auto& key : node.keys) sum += 1 + key.text.size() / kBytesPerNode;
  for (const auto& item : node.items) sum += cost(item);
  return sum;
}

int depth_of(const Node& node) {
  int deepest = 0;
  for (const auto& item : node.items) deepest = std::max(deepest, depth_of(item));
  return deepest + 1;
}

Place place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

// Valid YAML that is refused all the same.
class Refused final : public YAML::ParserException {
 public:
  using YAML::ParserException::ParserException;
};

// Builds the tree from the parser's events. Stops by throwing, as the parser itself does: a handler
// has no other way to end it.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Diagnostics& out) : out_(out) {}

  [[nodiscard]] std::optional<Node> take() { return std::move(root_); }

  // Of the last thing that was read whole.
  [[nodiscard]] Place last() const { return last_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) stop(mark, "a second document begins here: one file holds one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    value(leaf(Node::Kind::null, mark, {}), anchor, mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (tag == "?" && text == "<<" && wants_key()) {
      open_.back().merging = true;
      open_.back().key = {text, place_of(mark)};
      return;
    }
    Node node = leaf(Node::Kind::scalar, mark, text);
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    value(std::move(node), anchor, mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) stop(mark, "this alias stands inside its own anchor");
    if (static_cast<int>(open_.size()) + depth_of(known->second) > kMaxYamlDepth) too_deep(mark);
    spend(cost(known->second), mark);
    value(Node(known->second), 0, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    std::optional<Node::Key> key;                // map: the key whose value comes next
    bool merging = false;                        // that key is <<
    std::vector<Node> merged;                    // maps to be merged in, in order of precedence
    std::unordered_map<std::string, int> lines;  // map: the line of each key
  };

  [[noreturn]] static void stop(const YAML::Mark& mark, const std::string& why) {
    throw Refused(mark, why);
  }
  [[noreturn]] static void too_deep(const YAML::Mark& mark) {
    stop(mark, fmt::format("nested deeper than {} levels", kMaxYamlDepth));
  }

  [[nodiscard]] bool wants_key() const {
    return !open_.empty() && open_.back().node.kind == Node::Kind::map && !open_.back().key;
  }

  void spend(std::size_t nodes, const YAML::Mark& mark) {
    spent_ += nodes;
    if (spent_ > kMaxYamlNodes)
      stop(mark, fmt::format("more than {} values, aliases counted", kMaxYamlNodes));
  }

  Node leaf(Node::Kind kind, const YAML::Mark& mark, const std::string& text) {
    spend(1 + text.size() / kBytesPerNode, mark);
    Node node;
    node.kind = kind;
    node.place = last_ = place_of(mark);
    node.value = text;
    return node;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (static_cast<int>(open_.size()) >= kMaxYamlDepth) too_deep(mark);
    if (wants_key()) stop(mark, "a list or a map cannot be a key; is a closing ] or } missing?");
    Frame frame;
    frame.node = leaf(kind, mark, {});
    frame.anchor = anchor;
    frame.mark = mark;
    open_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    for (auto& source : frame.merged) {
      for (std::size_t i = 0; i < source.items.size(); ++i) {
        if (!frame.lines.emplace(source.keys[i].text, source.keys[i].place.line).second) continue;
        frame.node.keys.push_back(std::move(source.keys[i]));
        frame.node.items.push_back(std::move(source.items[i]));
      }
    }
    value(std::move(frame.node), frame.anchor, frame.mark);
  }

  void value(Node node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (anchor != 0) {
      spend(cost(node), mark);
      anchors_[anchor] = node;
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& top = open_.back();
    if (top.node.kind == Node::Kind::list) {
      top.node.items.push_back(std::move(node));
    } else if (!top.key) {
      if (node.kind != Node::Kind::scalar) stop(mark, "a key must be a plain word");
      top.key = Node::Key{std::move(node.value), place_of(mark)};
    } else if (std::exchange(top.merging, false)) {
      merge(top, std::move(node), mark);
      top.key.reset();
    } else {
      entry(top, std::move(node));
    }
  }

  static void merge(Frame& top, Node node, const YAML::Mark& mark) {
    if (node.kind == Node::Kind::map) {
      top.merged.push_back(std::move(node));
      return;
    }
    const auto is_map = [](const Node& item) { return item.kind == Node::Kind::map; };
    if (node.kind != Node::Kind::list || !std::all_of(node.items.begin(), node.items.end(), is_map))
      stop(mark, "<< takes a map or a list of maps, as in <<: *base");
    for (auto& item : node.items) top.merged.push_back(std::move(item));
  }

  void entry(Frame& top, Node node) {
    Node::Key key = *std::exchange(top.key, std::nullopt);
    const auto [known, fresh] = top.lines.emplace(key.text, key.place.line);
    if (!fresh) {
      out_.add(key.place, fmt::format("duplicate key '{}': it stands already in line {}", key.text,
                                      known->second));
      return;
    }
    if (node.kind == Node::Kind::null) node.place = key.place;
    top.node.keys.push_back(std::move(key));
    top.node.items.push_back(std::move(node));
  }

  Diagnostics& out_;
  std::optional<Node> root_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  Place last_{1, 1};
  std::size_t spent_ = 0;
  int documents_ = 0;
};

// Bytes of the character that the text begins with (Unicode 15, table 3-7); 0: that is no UTF-8.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (lead < 0xC2 || lead > 0xF4 || byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  return length;
}

// Text files hold no control characters; what does is a binary file or UTF-16.
bool check_bytes(std::string_view text, Diagnostics& out) {
  Place place{1, 1};
  while (!text.empty()) {
    const char c = text.front();
    const auto byte = static_cast<unsigned char>(c);
    const auto length = character_length(text);
    if (length == 0 || byte == 0x7F || (byte < 0x20 && c != '\t' && c != '\n' && c != '\r')) {
      out.add(place, fmt::format("byte 0x{:02x} does not belong in a text file: save it as UTF-8",
                                 static_cast<unsigned>(byte)));
      return false;
    }
    text.remove_prefix(length);
    if (c == '\n')
      place = {place.line + 1, 1};
    else
      place.column += static_cast<int>(length);
  }
  return true;
}

bool tab_indents(std::string_view text, int line) {
  for (int i = 0; i < line; ++i) text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
  return text.substr(0, text.find_first_not_of(" \t")).find('\t') != text.npos;
}

// yaml-cpp's words, and what to do about the ones that people meet. `line` is 0-based.
std::string explain(const std::string& message, std::string_view text, int line) {
  static const std::pair<std::string_view, std::string_view> kHints[] = {
      {YAML::ErrorMsg::TAB_IN_INDENTATION, "indent with blanks, not tabs"},
      {YAML::ErrorMsg::MAP_VALUE, "check the indentation, or quote a text that holds ': '"},
      {YAML::ErrorMsg::BLOCK_ENTRY, "a list item begins on its own line"},
      {YAML::ErrorMsg::END_OF_MAP, "the indentation does not fit the lines above"},
      {YAML::ErrorMsg::END_OF_SEQ, "the indentation does not fit the lines above"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "a '}' or a ',' is missing"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a ']' or a ',' is missing"},
      {YAML::ErrorMsg::FLOW_END, "a '}' or ']' too many"},
      {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote that opens after here is never closed"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN, "quote the text that holds this character"},
      {YAML::ErrorMsg::UNKNOWN_ANCHOR, "quote a text that begins with '*'"},
      {YAML::ErrorMsg::CHAR_IN_BLOCK, "quote a text that begins with '>' or '|'"},
  };
  const auto start = fmt::format("not valid YAML: {}", message);
  if (line >= 0 && tab_indents(text, line)) return start + "; indent with blanks, not tabs";
  for (const auto& [known, hint] : kHints)
    if (message.starts_with(known)) return fmt::format("{}; {}", start, hint);
  return start;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].text == key) return &items[i];
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

std::string_view to_string(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return "a single value";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
  }
  return "nothing";
}

std::optional<Node> parse_yaml(std::string_view text, Diagnostics& out) {
  if (text.size() > kMaxYamlBytes) {
    out.add({}, "larger than 1 MiB: this is not a file that a person wrote");
    return std::nullopt;
  }
  if (!check_bytes(text, out)) return std::nullopt;
  TreeBuilder builder(out);
  try {
    std::string input(text);
    // yaml-cpp takes the end of the file for a closing quote where a line break stands before it.
    if (input.ends_with('\n')) input += '#';
    std::istringstream stream(std::move(input));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    auto root = builder.take();
    if (!root || root->kind == Node::Kind::null) {
      out.add({}, "the file is empty");
      return std::nullopt;
    }
    return root;
  } catch (const Refused& refused) {
    out.add(place_of(refused.mark), refused.msg);
  } catch (const YAML::Exception& error) {
    // An open quote runs to the end of the file; what helps is where it may have begun.
    const bool open_quote = error.msg == YAML::ErrorMsg::EOF_IN_SCALAR;
    out.add(open_quote ? builder.last() : place_of(error.mark),
            explain(error.msg, text, open_quote ? -1 : error.mark.line));
  }
  return std::nullopt;
}

}  // namespace rampart::scenarios
