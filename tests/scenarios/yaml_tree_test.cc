#include "scenarios/yaml_tree.h"

#include <gtest/gtest.h>

#include <vector>

namespace rampart::scenarios {
namespace {

struct Read {
  std::optional<Node> root;
  std::string errors;
};

Read read(std::string_view text) {
  Diagnostics out("t.yml");
  auto root = parse_yaml(text, out);
  return {std::move(root), to_text(out.take())};
}

// The tree in a compact form: maps in braces, lists in brackets.
std::string shown(const Node& node) {
  std::string out;
  switch (node.kind) {
    case Node::Kind::null: return "~";
    case Node::Kind::scalar: return node.value;
    case Node::Kind::list:
      for (const auto& item : node.items) out += (out.empty() ? "" : " ") + shown(item);
      return "[" + out + "]";
    case Node::Kind::map:
      for (std::size_t i = 0; i < node.items.size(); ++i)
        out += (out.empty() ? "" : " ") + node.keys[i].text + "=" + shown(node.items[i]);
      return "{" + out + "}";
  }
  return out;
}

TEST(YamlTree, PlacesAreOneBased) {
  const auto [root, errors] = read("a: 1\nb:\n  - x: [p, \"q\"]\n");
  ASSERT_EQ(errors, "");
  EXPECT_EQ(shown(*root), "{a=1 b=[{x=[p q]}]}");
  const Node& q = root->find("b")->items[0].find("x")->items[1];
  EXPECT_EQ(q.place.line, 3);
  EXPECT_EQ(q.place.column, 12);
  EXPECT_EQ(root->keys[1].place.line, 2);
  EXPECT_EQ(root->keys[1].place.column, 1);
  EXPECT_EQ(root->find("c"), nullptr);
}

TEST(YamlTree, AliasesAndMergeKeys) {
  EXPECT_EQ(shown(*read("a: &x {k: 1}\nb: *x\n").root), "{a={k=1} b={k=1}}");
  EXPECT_EQ(shown(*read("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n").root),
            "{a={k=1 l=2} b={k=3 l=2}}");
  EXPECT_EQ(shown(*read("a: &x {k: 1}\nc: &y {k: 2, m: 3}\nb: {<<: [*x, *y]}\n").root),
            "{a={k=1} c={k=2 m=3} b={k=1 m=3}}");
  EXPECT_EQ(shown(*read("a: {\"<<\": 1}\n").root), "{a={<<=1}}");
}

TEST(YamlTree, KeepsBlockTextAsWritten) {
  EXPECT_EQ(read("body: |\n  a\n  b\n").root->find("body")->value, "a\nb\n");
  EXPECT_EQ(read("body: |-\n  a\n").root->find("body")->value, "a");
  EXPECT_EQ(read("body: |+\n  a\n\n").root->find("body")->value, "a\n\n");
}

TEST(YamlTree, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view text;
    std::string_view errors;
  };
  for (const auto& [text, wanted] : std::vector<Case>{
           {"", "t.yml: the file is empty"},
           {"# nothing\n", "t.yml: the file is empty"},
           {"~\n", "t.yml: the file is empty"},
           {"a: 1\nb: 2\na: 3\n", "t.yml:3:1: duplicate key 'a': it stands already in line 1"},
           {"a: 1\n---\nb: 2\n", "t.yml:2:1: a second document begins here: one file holds one"},
           {"a:\n\tb: 1\n",
            "t.yml:2:3: not valid YAML: illegal map value; indent with blanks, not tabs"},
           {"load:\n\t- a\n",
            "t.yml:2:2: not valid YAML: illegal block entry; indent with blanks, not tabs"},
           {"a: b: c\n",
            "t.yml:1:5: not valid YAML: illegal map value; check the indentation, or quote a text "
            "that holds ': '"},
           {"a:\n  - b: 1\n   c: 2\n",
            "t.yml:3:4: not valid YAML: end of sequence not found; the indentation does not fit "
            "the lines above"},
           {"a: [1, 2\nb: 3\n",
            "t.yml:2:2: not valid YAML: end of sequence flow not found; a ']' or a ',' is missing"},
           {"a: [1, 2]]\n", "t.yml:1:10: not valid YAML: illegal flow end; a '}' or ']' too many"},
           {"a: 1\nb: \"open\nc: 2\n",
            "t.yml:2:1: not valid YAML: illegal EOF in scalar; a quote that opens after here is "
            "never closed"},
           {"a: >= 98%\n",
            "t.yml:1:5: not valid YAML: unexpected character in block scalar; quote a text that "
            "begins with '>' or '|'"},
           {"a: *.rules\n",
            "t.yml:1:4: not valid YAML: the referenced anchor is not defined; quote a text that "
            "begins with '*'"},
           {"a: @b\n",
            "t.yml:1:4: not valid YAML: unknown token; quote the text that holds this "
            "character"},
           {"a: { path: /a?b }\n",
            "t.yml:1:14: not valid YAML: unknown token; quote the text that holds this character"},
           {"a: &a [*a]\n", "t.yml:1:8: this alias stands inside its own anchor"},
           {"? [a]\n: b\n",
            "t.yml:1:3: a list or a map cannot be a key; is a closing ] or } missing?"},
           {"a: {<<: 3}\n", "t.yml:1:9: << takes a map or a list of maps, as in <<: *base"},
       })
    EXPECT_EQ(read(text).errors, wanted) << text;
}

TEST(YamlTree, BinaryIsNotText) {
  using namespace std::string_view_literals;
  EXPECT_EQ(read("a: 1\nb\0c"sv).errors,
            "t.yml:2:2: byte 0x00 does not belong in a text file: save it as UTF-8");
  EXPECT_EQ(read("\x7f"
                 "ELF"sv)
                .errors,
            "t.yml:1:1: byte 0x7f does not belong in a text file: save it as UTF-8");
}

TEST(YamlTree, TextIsUtf8) {
  for (const auto* good : {"a: \u00e4\u20ac\U0001f600 # \u0080\ufffd", "a: \xf4\x8f\xbf\xbf"})
    EXPECT_EQ(read(good).errors, "") << good;
  for (const auto* bad :
       {"\xff", "\x80", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82", "\xe2\x82x",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80"})
    EXPECT_TRUE(read("a: \u00e4 # " + std::string(bad)).errors.starts_with("t.yml:1:9: byte 0x"))
        << bad;
}

TEST(YamlTree, AliasesCannotMultiplyMemory) {
  std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'n'; ++c) {
    laughs += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) laughs += std::string(i == 0 ? "*" : ", *") + char(c - 1);
    laughs += "]\n";
  }
  EXPECT_EQ(read(laughs).errors, "t.yml:4:4: more than 20000 values, aliases counted");
  std::string wide = "x: &x \"" + std::string(500'000, 'y') + "\"\nl: [";
  for (int i = 0; i < 1000; ++i) wide += "*x, ";
  EXPECT_EQ(read(wide + "]\n").errors, "t.yml:2:37: more than 20000 values, aliases counted");
}

TEST(YamlTree, HostileShapesEndWithAnError) {
  constexpr std::size_t kMany = 1 << 18;
  const auto repeat = [](std::string_view piece) {
    std::string out;
    while (out.size() + piece.size() <= kMany) out += piece;
    return out;
  };
  for (const auto* piece :
       {"[",     "{",         "- ", "? ",   "&a ",          "!",   ":",    ": ",   "*a",
        "---\n", "%YAML 1\n", "'",  "\"",   "\\",           "a: ", "[a, ", "{a: ", "\n- \n ",
        ">",     "|\n",       "}",  "\xff", "\xed\xa0\x80", "<<: "}) {
    const auto [root, errors] = read(repeat(piece));
    EXPECT_TRUE(root.has_value() != !errors.empty()) << piece;
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(read(deep).errors, "t.yml:33:33: nested deeper than 32 levels");
  EXPECT_EQ(read(std::string(kMaxYamlBytes + 1, 'a')).errors,
            "t.yml: larger than 1 MiB: this is not a file that a person wrote");
  std::string keys;
  for (int i = 0; i < 30'000; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(read(keys).errors, "t.yml:10000:8: more than 20000 values, aliases counted");
}

}  // namespace
}  // namespace rampart::scenarios
