#include "base/json/schema.h"

#include <fmt/format.h>

#include "base/json/pointer.h"
#include "base/json/schema_compiler.h"
#include "base/os/text.h"

namespace soma::json {

using os::Code;
using os::Result;

std::unexpected<os::Error> refuse_schema(std::string_view pointer, std::string_view message,
                                         std::string hint) {
  os::Error error{Code::kInvalidArgument, fmt::format("JSON Schema at '{}': {}", pointer, message),
                  std::move(hint)};
  error.details.emplace_back("pointer", pointer);
  return std::unexpected(std::move(error));
}

Result<NodePointer> Compiler::compile(const Value& schema, const std::string& pointer) {
  auto [entry, is_new] = nodes_.try_emplace(pointer);
  if (!is_new) return entry->second.get();
  entry->second = std::make_unique<SchemaNode>();
  SchemaNode& node = *entry->second;
  if (schema.is_bool()) {
    node.always = schema.as_bool();
    return &node;
  }
  if (!schema.is_object()) {
    return refuse_schema(pointer, fmt::format("a schema is an object, true or false, and this is {}",
                                              type_name(schema.type())));
  }
  if (++depth_ > kMaxSchemaDepth) {
    return refuse_schema(pointer, fmt::format("the nesting is deeper than {} levels", kMaxSchemaDepth));
  }
  for (const Member& keyword : schema.as_object()) {
    KeywordReader read = keyword_reader(keyword.first);
    std::string place = append_pointer(pointer, keyword.first);
    if (read == nullptr) {
      std::string_view near = nearest_keyword(keyword.first);
      return refuse_schema(place, fmt::format("the keyword '{}' is not supported", keyword.first),
                           near.empty() ? "take it out; docs/json-schema.md lists the supported keywords"
                                        : fmt::format("did you mean '{}'?", near));
    }
    Reading reading{*this, node, keyword.second, std::move(place)};
    SOMA_TRY(read(reading));
  }
  --depth_;
  return &node;
}

Result<NodePointer> Compiler::compile_reference(std::string_view reference, const std::string& pointer) {
  auto decoded =
      reference.starts_with('#') ? os::percent_decode(reference.substr(1)) : Result<std::string>("");
  bool is_pointer = decoded && (decoded->empty() || decoded->starts_with('/'));
  auto tokens = is_pointer ? split_pointer(*decoded) : std::nullopt;
  if (!reference.starts_with('#') || !tokens) {
    return refuse_schema(pointer, fmt::format("the reference '{}' is not supported", reference),
                         "refer to a place in the same schema: \"#/$defs/name\"");
  }
  std::string target;  // in the one spelling that compile() uses
  for (const std::string& token : *tokens) target = append_pointer(target, token);
  const Value* schema = document_.pointer(target);
  if (schema == nullptr)
    return refuse_schema(pointer, fmt::format("the reference '{}' leads nowhere", reference));
  return compile(*schema, target);
}

Schema::Schema(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

Result<Schema> Schema::compile(const Value& schema) {
  auto root = std::make_shared<Node>();
  Compiler compiler(schema, root->nodes);
  SOMA_ASSIGN(root->root, compiler.compile(schema, ""));
  return Schema(std::move(root));
}

std::vector<Violation> Schema::validate(const Value& value) const {
  std::vector<Violation> violations;
  collect_violations(*root_->root, value, violations);
  return violations;
}

}  // namespace soma::json
