#include "sniffer/rules/rule_builder.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rampart::sniffer {
namespace {

using base::Status;

constexpr std::size_t kMostSections = 32;
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kBlanks = " \t\n\v\f\r";
constexpr std::string_view kBlanksButSpace = "\t\n\v\f\r";

Status check_content(const Content& c, std::size_t at, Complaint& complaint) {
  const auto size = static_cast<std::int64_t>(c.bytes.size());
  if (c.depth && c.depth_from == kNoVariable && *c.depth < size)
    return complaint.at(at, fmt::format("depth {} is less than the content's {} bytes, so the rule "
                                        "can never match",
                                        *c.depth, size));
  if (c.within && c.within_from == kNoVariable && *c.within < size)
    return complaint.at(at, fmt::format("within {} is less than the content's {} bytes, so the "
                                        "rule can never match",
                                        *c.within, size));
  if (c.relative() && (c.offset || c.depth))
    return complaint.at(at,
                        "a content is either absolute (offset, depth) or relative (distance, "
                        "within), not both");
  if (c.startswith && (c.offset || c.depth || c.relative()))
    return complaint.at(at, "startswith goes with no offset, depth, distance or within");
  if (c.fast_pattern && c.negated && (c.relative() || c.offset || c.depth))
    return complaint.at(at, "fast_pattern cannot stand on a negated content with a position");
  return {};
}

// What such a buffer never has in it; empty: it may have any bytes.
std::string_view never_in(BufferId buffer, const std::vector<Transform>& transforms) {
  if (transforms.empty()) return buffer == BufferId::http_host ? kUpper : std::string_view{};
  switch (transforms.back().kind) {
    case Transform::to_lowercase: return kUpper;
    case Transform::to_uppercase: return kLower;
    case Transform::strip_whitespace: return kBlanks;
    case Transform::compress_whitespace: return kBlanksButSpace;
    default: return {};
  }
}

// Contents that the buffer can never have, whatever comes.
Status check_possible(const Content& c, std::string_view never, std::uint32_t longest,
                      std::size_t at, Complaint& complaint) {
  if (c.negated) return {};
  if (c.bytes.size() > longest)
    return complaint.at(at,
                        fmt::format("the content is longer than the {} bytes that bsize allows, "
                                    "so the rule can never match",
                                    longest));
  const bool folds = c.nocase && never != kBlanks && never != kBlanksButSpace;
  const auto wrong = folds ? std::string::npos : c.bytes.find_first_of(never);
  if (wrong == std::string::npos) return {};
  return complaint.at(at, fmt::format("the content has the byte 0x{:02x}, which this buffer never "
                                      "has, so the rule can never match",
                                      static_cast<unsigned char>(c.bytes[wrong])));
}

// The length of the buffer that its bsize allows.
std::uint32_t longest_of(const std::vector<PayloadMatch>& matches) {
  std::uint32_t out = ~std::uint32_t{0};
  for (const auto& match : matches)
    if (const auto* size = std::get_if<BufferSize>(&match); size != nullptr && !size->negated)
      out = std::min(out, size->high);
  return out;
}

void use(ByteVariable variable, std::uint32_t known, ByteVariable& unknown) {
  if (variable != kNoVariable && (known & 1U << static_cast<unsigned>(variable)) == 0)
    unknown = variable;
}

// A variable that the keyword uses and that is not read before it; kNoVariable: there is none.
// `known` has a bit for each that was read, and gets those that this keyword reads.
ByteVariable unknown_in(const PayloadMatch& match, std::uint32_t& known) {
  auto out = kNoVariable;
  const auto field = [&](const ByteField& f) {
    use(f.size_from, known, out);
    use(f.offset_from, known, out);
  };
  const auto sets = [&](ByteVariable v) { known |= 1U << static_cast<unsigned>(v); };
  if (const auto* c = std::get_if<Content>(&match)) {
    for (const auto v : {c->offset_from, c->depth_from, c->distance_from, c->within_from})
      use(v, known, out);
  } else if (const auto* at = std::get_if<IsDataAt>(&match)) {
    use(at->at_from, known, out);
  } else if (const auto* test = std::get_if<ByteTest>(&match)) {
    field(test->field);
    use(test->value_from, known, out);
  } else if (const auto* jump = std::get_if<ByteJump>(&match)) {
    field(jump->field);
  } else if (const auto* extract = std::get_if<ByteExtract>(&match)) {
    field(extract->field);
    sets(extract->into);
  } else if (const auto* math = std::get_if<ByteMath>(&match)) {
    field(math->field);
    use(math->right_from, known, out);
    sets(math->into);
  } else if (const auto* base64 = std::get_if<Base64Decode>(&match)) {
    for (const auto& inner : base64->matches)
      if (const auto v = unknown_in(inner, known); v != kNoVariable) out = v;
  }
  return out;
}

bool over_tcp_only(AppProto proto) { return proto != AppProto::dns; }

}  // namespace

RuleBuilder::RuleBuilder(const Classification& known_classes, StateNames& state_names,
                         Complaint& where)
    : classes(known_classes), names(state_names), complaint(where), drafts_(1) {}

Status RuleBuilder::open(BufferId buffer, const Located& keyword) {
  last_.reset();
  content_.reset();
  if (buffer == BufferId::payload) {
    current_ = 0;
    return {};
  }
  if (buffer == BufferId::base64_data && !base64_)
    return complaint.about(keyword, "base64_data needs base64_decode before it");
  drafts_.push_back(
      {.keyword = keyword, .buffer = buffer, .transforms = {}, .matches = {}, .at = {}});
  current_ = drafts_.size() - 1;
  return {};
}

Status RuleBuilder::transform(Transform transform, const Located& keyword) {
  auto& draft = drafts_[current_];
  if (current_ == 0 || draft.buffer == BufferId::base64_data)
    return complaint.about(keyword,
                           fmt::format("'{}' needs a sticky buffer before it", keyword.text));
  if (!draft.matches.empty())
    return complaint.about(keyword, fmt::format("'{}' stands behind the keywords that it would "
                                                "change; put it right behind '{}'",
                                                keyword.text, draft.keyword.text));
  draft.transforms.push_back(std::move(transform));
  return {};
}

void RuleBuilder::add(PayloadMatch match, std::size_t at, bool relative) {
  const auto target = current_ == 0 && relative && last_ ? last_->draft : current_;
  auto& draft = drafts_[target];
  last_ = Place{target, draft.matches.size()};
  if (std::holds_alternative<Content>(match)) content_ = last_;
  if (std::holds_alternative<Base64Decode>(match)) base64_ = last_;
  draft.matches.push_back(std::move(match));
  draft.at.push_back(at);
}

void RuleBuilder::add_to(BufferId buffer, PayloadMatch match, const Located& keyword) {
  drafts_.push_back(
      {.keyword = keyword, .buffer = buffer, .transforms = {}, .matches = {}, .at = {}});
  const auto target = drafts_.size() - 1;
  last_ = Place{target, 0};
  if (std::holds_alternative<Content>(match)) content_ = last_;
  drafts_[target].matches.push_back(std::move(match));
  drafts_[target].at.push_back(keyword.at);
}

void RuleBuilder::add_all_to(BufferId buffer, std::vector<PayloadMatch> matches,
                             const Located& keyword) {
  drafts_.push_back({.keyword = keyword,
                     .buffer = buffer,
                     .transforms = {},
                     .matches = std::move(matches),
                     .at = {}});
  auto& draft = drafts_.back();
  draft.at.assign(draft.matches.size(), keyword.at);
  last_ = Place{drafts_.size() - 1, draft.matches.size() - 1};
}

Status RuleBuilder::move_content(BufferId buffer, const Located& keyword) {
  if (!content_)
    return complaint.about(keyword, fmt::format("'{}' needs a content before it", keyword.text));
  if (content_->draft != 0)
    return complaint.about(
        keyword, fmt::format("'{}' moves a content of the payload, and the one before it looks at "
                             "'{}'",
                             keyword.text, info_of(drafts_[content_->draft].buffer).sticky));
  auto& payload = drafts_[0];
  const auto from = static_cast<std::ptrdiff_t>(content_->match);
  auto match = std::move(payload.matches[content_->match]);
  const auto at = payload.at[content_->match];
  payload.matches.erase(payload.matches.begin() + from);
  payload.at.erase(payload.at.begin() + from);
  // Keywords behind the content stand one place earlier now.
  if (base64_ && base64_->draft == 0 && base64_->match > content_->match) --base64_->match;
  drafts_.push_back(
      {.keyword = keyword, .buffer = buffer, .transforms = {}, .matches = {}, .at = {}});
  drafts_.back().matches.push_back(std::move(match));
  drafts_.back().at.push_back(at);
  content_ = last_ = Place{drafts_.size() - 1, 0};
  return {};
}

Content* RuleBuilder::last_content() {
  return content_ ? std::get_if<Content>(&drafts_[content_->draft].matches[content_->match])
                  : nullptr;
}

base::Result<ByteVariable> RuleBuilder::variable(const Located& name) {
  const auto found = std::find(variables_.begin(), variables_.end(), name.text);
  if (name.empty() || found == variables_.end())
    return complaint.about(name, fmt::format("'{}' is not a number, nor a variable that "
                                             "byte_extract or byte_math reads before",
                                             name.text));
  return static_cast<ByteVariable>(found - variables_.begin());
}

base::Result<ByteVariable> RuleBuilder::new_variable(const Located& name) {
  if (name.empty() || (name.text.front() >= '0' && name.text.front() <= '9'))
    return complaint.about(name, fmt::format("'{}' cannot name a variable", name.text));
  const auto found = std::find(variables_.begin(), variables_.end(), name.text);
  if (found == variables_.end() && variables_.size() == kMostByteVariables)
    return complaint.about(name,
                           fmt::format("a rule may have {} variables at most", kMostByteVariables));
  const auto number = found - variables_.begin();
  if (found == variables_.end()) variables_.emplace_back(name.text);
  return static_cast<ByteVariable>(number);
}

Status RuleBuilder::speaks(AppProto proto, const Located& keyword) {
  // http1 stands for both; what is about HTTP/2 alone narrows it.
  const bool both_http = proto == AppProto::http1 && rule.app == AppProto::http2;
  if (proto == AppProto::unknown || rule.app == proto || both_http) return {};
  if (proto == AppProto::http2 && rule.app == AppProto::http1 && !rule.app_exactly) {
    rule.app = proto;
    return {};
  }
  if (rule.app != AppProto::unknown)
    return complaint.about(keyword,
                           fmt::format("'{}' is about {}, but the rule is about {}", keyword.text,
                                       to_string(proto), to_string(rule.app)));
  const bool never = rule.proto == RuleProto::icmp || rule.proto == RuleProto::icmp4 ||
                     rule.proto == RuleProto::icmp6 || rule.proto == RuleProto::sctp ||
                     (rule.proto == RuleProto::udp && over_tcp_only(proto));
  if (never)
    return complaint.about(keyword, fmt::format("'{}' is about {}, which the rule's protocol never "
                                                "carries",
                                                keyword.text, to_string(proto)));
  rule.app = proto;
  return {};
}

Status RuleBuilder::finish(std::size_t at) {
  RAMPART_CHECK(check_drafts(at));
  RAMPART_CHECK(settle_app());
  RAMPART_CHECK(settle_direction());
  return join(at);
}

Status RuleBuilder::check_drafts(std::size_t at) {
  unsigned fast = 0;
  for (std::size_t d = 0; d < drafts_.size(); ++d) {
    const auto& draft = drafts_[d];
    if (d != 0 && draft.matches.empty())
      return complaint.about(draft.keyword, fmt::format("'{}' is named, but nothing is asked of it",
                                                        draft.keyword.text));
    const auto never = never_in(draft.buffer, draft.transforms);
    const auto longest = longest_of(draft.matches);
    for (std::size_t i = 0; i < draft.matches.size(); ++i)
      if (const auto* content = std::get_if<Content>(&draft.matches[i])) {
        RAMPART_CHECK(check_content(*content, draft.at[i], complaint));
        RAMPART_CHECK(check_possible(*content, never, longest, draft.at[i], complaint));
        fast += content->fast_pattern ? 1U : 0U;
      }
  }
  if (fast > 1) return complaint.at(at, "only one content may be the fast_pattern");
  return {};
}

Status RuleBuilder::settle_app() {
  for (const auto& draft : drafts_)
    if (!is_of_files(draft.buffer))
      if (const auto proto = info_of(draft.buffer).proto; proto != AppProto::unknown)
        RAMPART_CHECK(speaks(proto, draft.keyword));
  // Files travel in several protocols: they say nothing of which.
  for (const auto& draft : drafts_)
    if (rule.app != AppProto::unknown && !carries(rule.app, draft.buffer))
      return complaint.about(
          draft.keyword, fmt::format("{} has no '{}'", to_string(rule.app), draft.keyword.text));
  return {};
}

// A rule whose buffers exist in one direction only looks at packets of that direction.
Status RuleBuilder::settle_direction() {
  using enum Direction;
  bool possible[2] = {true, true};
  if (rule.flow && rule.flow->to_server)
    possible[index(*rule.flow->to_server ? to_client : to_server)] = false;
  bool narrowed = false;
  for (const auto& draft : drafts_) {
    if (info_of(draft.buffer).proto == AppProto::unknown) continue;
    for (const auto direction : {to_server, to_client}) {
      const bool exists = stage_of(draft.buffer, rule.app, direction) != Stage::none;
      possible[index(direction)] = possible[index(direction)] && exists;
    }
    narrowed = true;
    if (!possible[0] && !possible[1])
      return complaint.about(
          draft.keyword,
          fmt::format("'{}' goes the other way than the rest of the rule, which can never match",
                      draft.keyword.text));
  }
  if (!narrowed || (possible[0] && possible[1])) return {};
  if (!rule.flow) rule.flow.emplace();
  rule.flow->to_server = possible[index(to_server)];
  return {};
}

Status RuleBuilder::join_base64(Draft& draft) {
  auto& home = drafts_[base64_->draft].matches[base64_->match];
  auto& inner = std::get<Base64Decode>(home).matches;
  if (std::any_of(draft.matches.begin(), draft.matches.end(),
                  [](const PayloadMatch& m) { return std::holds_alternative<Base64Decode>(m); }))
    return complaint.about(draft.keyword, "base64 within base64 is not supported");
  std::move(draft.matches.begin(), draft.matches.end(), std::back_inserter(inner));
  return {};
}

Status RuleBuilder::join(std::size_t at) {
  for (auto& draft : drafts_)
    if (draft.buffer == BufferId::base64_data) RAMPART_CHECK(join_base64(draft));
  rule.payload = std::move(drafts_[0].matches);
  RAMPART_CHECK(check_variables(rule.payload, drafts_[0].at));
  // Where the keywords of each section stand.
  std::vector<std::vector<std::size_t>> section_at, packet_section_at;
  for (std::size_t d = 1; d < drafts_.size(); ++d) {
    auto& draft = drafts_[d];
    if (draft.buffer == BufferId::base64_data) continue;
    const auto& info = info_of(draft.buffer);
    const bool of_packets = info.proto == AppProto::unknown;
    auto& all = of_packets ? rule.packet_sections : rule.sections;
    auto& all_at = of_packets ? packet_section_at : section_at;
    auto home = std::find_if(all.begin(), all.end(), [&](const Section& s) {
      return s.buffer == draft.buffer && s.transforms == draft.transforms &&
             (!info.several || draft.buffer == BufferId::file_facts);
    });
    if (home == all.end()) {
      all.push_back({draft.buffer, std::move(draft.transforms), {}});
      home = std::prev(all.end());
      all_at.emplace_back();
    }
    std::move(draft.matches.begin(), draft.matches.end(), std::back_inserter(home->matches));
    auto& home_at = all_at[static_cast<std::size_t>(home - all.begin())];
    home_at.insert(home_at.end(), draft.at.begin(), draft.at.end());
  }
  if (rule.sections.size() > kMostSections)
    return complaint.at(at, fmt::format("the rule looks at {} buffers; {} are allowed",
                                        rule.sections.size(), kMostSections));
  for (std::size_t i = 0; i < rule.sections.size(); ++i)
    RAMPART_CHECK(check_variables(rule.sections[i].matches, section_at[i]));
  for (std::size_t i = 0; i < rule.packet_sections.size(); ++i)
    RAMPART_CHECK(check_variables(rule.packet_sections[i].matches, packet_section_at[i]));
  return {};
}

// Of one buffer, whose keywords stand at `at`.
Status RuleBuilder::check_variables(const std::vector<PayloadMatch>& matches,
                                    const std::vector<std::size_t>& at) const {
  std::uint32_t known = 0;
  for (std::size_t i = 0; i < matches.size(); ++i)
    if (const auto v = unknown_in(matches[i], known); v != kNoVariable)
      return complaint.at(at[i], fmt::format("the variable '{}' is used in another buffer than the "
                                             "one that it is read from, or before it is read",
                                             variables_[static_cast<std::size_t>(v)]));
  return {};
}

}  // namespace rampart::sniffer
