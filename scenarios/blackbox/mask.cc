#include "scenarios/blackbox/mask.h"

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include "scenarios/blackbox/field_value.h"

namespace rampart::scenarios::blackbox {
namespace {

// Writes what the fields know, value by value.
class Writer {
 public:
  // `name`: the one that the user gave to this map; empty: none.
  void block(const Node& node, const Block& shape, const std::string& name) {
    out_ << YAML::BeginMap;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Field* field = shape.find(node.keys[i].text);
      if (field == nullptr || node.items[i].kind == Node::Kind::null) continue;
      key(node.keys[i].text);
      value(node.items[i], *field, name);
    }
    out_ << YAML::EndMap;
  }

  [[nodiscard]] std::string text() const { return std::string(out_.c_str(), out_.size()) + "\n"; }

 private:
  void key(const std::string& name) { out_ << YAML::Key << name << YAML::Value; }

  void value(const Node& node, const Field& field, const std::string& name) {
    switch (node.kind) {
      case Node::Kind::null: out_ << YAML::Null; return;
      case Node::Kind::scalar: scalar(node, field, name); return;
      case Node::Kind::list:
        out_ << YAML::BeginSeq;
        for (const auto& item : node.items) value(item, field, name);
        out_ << YAML::EndSeq;
        return;
      case Node::Kind::map: map(node, field); return;
    }
  }

  void map(const Node& node, const Field& field) {
    if (field.block != nullptr && field.form != Form::named) return block(node, *field.block, {});
    out_ << YAML::BeginMap;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      key(node.keys[i].text);
      if (field.block == nullptr)
        value(node.items[i], field, node.keys[i].text);
      else
        block(node.items[i], *field.block, node.keys[i].text);
    }
    out_ << YAML::EndMap;
  }

  void scalar(const Node& node, const Field& field, const std::string& name) {
    const bool named = field.kind == Kind::header || field.kind == Kind::parameter;
    if (!node.value.empty() && (field.kind == Kind::secret || (named && is_credential(name))))
      out_ << "<secret>";
    else if (field.kind == Kind::proxy || field.kind == Kind::url)
      out_ << masked_url(node.value);
    else if (node.quoted || node.value.empty())
      out_ << YAML::DoubleQuoted << node.value;
    else
      out_ << node.value;
  }

  YAML::Emitter out_;
};

}  // namespace

std::string masked_yaml(const Node& root) {
  Writer writer;
  writer.block(root, file_block(), {});
  return writer.text();
}

std::map<std::string, std::string> masked_modules(const Node& root) {
  std::map<std::string, std::string> out;
  const auto* modules = root.find("modules");
  const auto* field = file_block().find("modules");
  if (modules == nullptr || field == nullptr) return out;
  for (std::size_t i = 0; i < modules->items.size(); ++i) {
    Writer writer;
    writer.block(modules->items[i], *field->block, modules->keys[i].text);
    out.emplace(modules->keys[i].text, writer.text());
  }
  return out;
}

}  // namespace rampart::scenarios::blackbox
