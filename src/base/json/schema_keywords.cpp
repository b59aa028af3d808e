// The keywords: a new one is a function here, a line in kKeywords and its check in validate.cpp.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/json/schema_compiler.h"
#include "base/os/text.h"

namespace soma::json {
namespace {

using os::Result;

std::unexpected<os::Error> wrong_value(const Reading& reading, std::string_view wanted) {
  return refuse_schema(reading.pointer,
                       fmt::format("must be {}, is {}", wanted, type_name(reading.value.type())));
}

Result<uint64_t> read_count(const Reading& reading) {
  const Value& value = reading.value;
  if (value.type() == Type::kUint || (value.type() == Type::kInt && value.as_int() >= 0))
    return value.as_uint();
  double real = value.double_or(-1);
  if (real >= 0 && real < 0x1p53 && std::trunc(real) == real) return static_cast<uint64_t>(real);
  return wrong_value(reading, "a whole number from 0 up");
}

Result<std::vector<std::string>> read_names(const Reading& reading) {
  if (!reading.value.is_array()) return wrong_value(reading, "an array of strings");
  std::vector<std::string> names;
  for (const Value& name : reading.value.as_array()) {
    if (!name.is_string()) return refuse_schema(reading.pointer, "must hold strings only");
    if (std::ranges::find(names, name.as_string()) != names.end()) {
      return refuse_schema(reading.pointer, fmt::format("holds '{}' twice", name.as_string()));
    }
    names.push_back(name.as_string());
  }
  return names;
}

Result<std::vector<std::pair<std::string, NodePointer>>> read_named_schemas(const Reading& reading) {
  if (!reading.value.is_object()) return wrong_value(reading, "an object of schemas");
  std::vector<std::pair<std::string, NodePointer>> schemas;
  for (const Member& member : reading.value.as_object()) {
    SOMA_ASSIGN(NodePointer node,
                reading.compiler.compile(member.second, append_pointer(reading.pointer, member.first)));
    schemas.emplace_back(member.first, node);
  }
  return schemas;
}

// ECMA-262 writes a code point as \uXXXX, RE2 as \x{XXXX}; the rest of what schemas use is the same in both.
std::string to_re2_syntax(std::string_view pattern) {
  std::string translated;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 5 < pattern.size() && pattern[i + 1] == 'u') {
      translated += fmt::format("\\x{{{}}}", pattern.substr(i + 2, 4));
      i += 5;
      continue;
    }
    translated += pattern[i];
    if (pattern[i] == '\\' && i + 1 < pattern.size()) translated += pattern[++i];
  }
  return translated;
}

Result<Pattern> compile_pattern(std::string_view text, std::string_view pointer) {
  if (text.size() > kMaxPatternBytes) {
    return refuse_schema(pointer, fmt::format("the pattern is longer than {} bytes", kMaxPatternBytes));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemoryBytes);
  auto pattern = std::make_shared<const re2::RE2>(to_re2_syntax(text), options);
  if (!pattern->ok()) {
    return refuse_schema(pointer, fmt::format("the pattern is not understood: {}", pattern->error()),
                         "patterns have no look-around and no back-references");
  }
  return pattern;
}

template <std::optional<Value> SchemaNode::* Field>
Result<> read_bound(Reading& reading) {
  if (!reading.value.is_number()) return wrong_value(reading, "a number");
  reading.node.*Field = reading.value;
  return {};
}

template <SizeRange SchemaNode::* Range, std::optional<uint64_t> SizeRange::* Bound>
Result<> read_size(Reading& reading) {
  SOMA_ASSIGN(reading.node.*Range.*Bound, read_count(reading));
  return {};
}

template <NodePointer SchemaNode::* Field>
Result<> read_schema(Reading& reading) {
  SOMA_ASSIGN(reading.node.*Field, reading.compiler.compile(reading.value, reading.pointer));
  return {};
}

template <std::vector<NodePointer> SchemaNode::* Field>
Result<> read_schemas(Reading& reading) {
  if (!reading.value.is_array() || reading.value.empty())
    return wrong_value(reading, "an array of at least one schema");
  for (size_t i = 0; i < reading.value.size(); ++i) {
    SOMA_ASSIGN(
        NodePointer node,
        reading.compiler.compile(reading.value.at(i), append_pointer(reading.pointer, std::to_string(i))));
    (reading.node.*Field).push_back(node);
  }
  return {};
}

Result<> read_annotation(Reading&) {
  return {};
}

Result<> read_text(Reading& reading) {
  if (!reading.value.is_string()) return wrong_value(reading, "a string");
  return {};
}

Result<> read_flag(Reading& reading) {
  if (!reading.value.is_bool()) return wrong_value(reading, "true or false");
  return {};
}

Result<> read_examples(Reading& reading) {
  if (!reading.value.is_array()) return wrong_value(reading, "an array");
  return {};
}

// The older drafts named here give the supported keywords the same meaning; what they write differently is
// refused by itself.
Result<> read_dialect(Reading& reading) {
  constexpr std::array<std::string_view, 4> kDialects{
      "https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2019-09/schema",
      "http://json-schema.org/draft-07/schema", "http://json-schema.org/draft-06/schema"};
  std::string_view dialect = reading.value.string_or("");
  if (dialect.ends_with('#')) dialect.remove_suffix(1);
  if (std::ranges::find(kDialects, dialect) != kDialects.end()) return {};
  return refuse_schema(reading.pointer, "this JSON Schema dialect is not supported",
                       "use https://json-schema.org/draft/2020-12/schema");
}

// An $id inside would change what "#" means below it.
Result<> read_id(Reading& reading) {
  if (!reading.value.is_string()) return wrong_value(reading, "a string");
  if (reading.pointer != "/$id")
    return refuse_schema(reading.pointer, "an $id may stand at the schema's root only");
  return {};
}

Result<> read_definitions(Reading& reading) {
  SOMA_TRY(read_named_schemas(reading));
  return {};
}

Result<> read_reference(Reading& reading) {
  if (!reading.value.is_string()) return wrong_value(reading, "a string");
  SOMA_ASSIGN(reading.node.reference,
              reading.compiler.compile_reference(reading.value.as_string(), reading.pointer));
  return {};
}

Result<> read_type(Reading& reading) {
  constexpr std::array<std::pair<std::string_view, TypeBit>, 7> kTypes{{{"null", kNullBit},
                                                                        {"boolean", kBooleanBit},
                                                                        {"integer", kIntegerBit},
                                                                        {"number", kNumberBit},
                                                                        {"string", kStringBit},
                                                                        {"array", kArrayBit},
                                                                        {"object", kObjectBit}}};
  const Array one{reading.value};
  const Array& names = reading.value.is_array() ? reading.value.as_array() : one;
  if (names.empty()) return refuse_schema(reading.pointer, "must name at least one type");
  for (const Value& name : names) {
    auto found = std::ranges::find(kTypes, name.string_or(""), [](const auto& entry) { return entry.first; });
    if (found == kTypes.end()) {
      return refuse_schema(reading.pointer, fmt::format("there is no type {}", write(name)),
                           "types are null, boolean, integer, number, string, array and object");
    }
    reading.node.types |= found->second;
  }
  return {};
}

Result<> read_enum(Reading& reading) {
  if (!reading.value.is_array()) return wrong_value(reading, "an array");
  reading.node.enumeration = reading.value.as_array();
  return {};
}

Result<> read_const(Reading& reading) {
  reading.node.constant = reading.value;
  return {};
}

Result<> read_multiple_of(Reading& reading) {
  if (reading.value.double_or(0) <= 0) return refuse_schema(reading.pointer, "must be a number above 0");
  reading.node.multiple_of = reading.value;
  return {};
}

Result<> read_pattern(Reading& reading) {
  if (!reading.value.is_string()) return wrong_value(reading, "a string");
  SOMA_ASSIGN(reading.node.pattern, compile_pattern(reading.value.as_string(), reading.pointer));
  return {};
}

Result<> read_format(Reading& reading) {
  if (!reading.value.is_string()) return wrong_value(reading, "a string");
  reading.node.format = format_by_name(reading.value.as_string());
  return {};
}

Result<> read_unique_items(Reading& reading) {
  SOMA_TRY(read_flag(reading));
  reading.node.unique_items = reading.value.as_bool();
  return {};
}

Result<> read_required(Reading& reading) {
  SOMA_ASSIGN(reading.node.required, read_names(reading));
  return {};
}

Result<> read_properties(Reading& reading) {
  SOMA_ASSIGN(auto schemas, read_named_schemas(reading));
  for (auto& [name, node] : schemas) reading.node.properties.emplace(std::move(name), node);
  return {};
}

Result<> read_pattern_properties(Reading& reading) {
  SOMA_ASSIGN(auto schemas, read_named_schemas(reading));
  for (const auto& [text, node] : schemas) {
    SOMA_ASSIGN(Pattern pattern, compile_pattern(text, append_pointer(reading.pointer, text)));
    reading.node.pattern_properties.emplace_back(std::move(pattern), node);
  }
  return {};
}

Result<> read_dependent_required(Reading& reading) {
  if (!reading.value.is_object()) return wrong_value(reading, "an object of arrays of strings");
  for (const Member& member : reading.value.as_object()) {
    Reading part{reading.compiler, reading.node, member.second,
                 append_pointer(reading.pointer, member.first)};
    SOMA_ASSIGN(std::vector<std::string> names, read_names(part));
    reading.node.dependent_required.emplace_back(member.first, std::move(names));
  }
  return {};
}

Result<> read_dependent_schemas(Reading& reading) {
  SOMA_ASSIGN(reading.node.dependent_schemas, read_named_schemas(reading));
  return {};
}

struct Keyword {
  std::string_view name;
  KeywordReader read;
};

constexpr std::array kKeywords{
    Keyword{"$schema", read_dialect},
    Keyword{"$id", read_id},
    Keyword{"$comment", read_text},
    Keyword{"$defs", read_definitions},
    Keyword{"definitions", read_definitions},  // the name before 2019-09, which the meta-schema still allows
    Keyword{"$ref", read_reference},
    Keyword{"title", read_text},
    Keyword{"description", read_text},
    Keyword{"default", read_annotation},
    Keyword{"examples", read_examples},
    Keyword{"deprecated", read_flag},
    Keyword{"readOnly", read_flag},
    Keyword{"writeOnly", read_flag},
    Keyword{"type", read_type},
    Keyword{"enum", read_enum},
    Keyword{"const", read_const},
    Keyword{"minLength", read_size<&SchemaNode::length, &SizeRange::least>},
    Keyword{"maxLength", read_size<&SchemaNode::length, &SizeRange::most>},
    Keyword{"pattern", read_pattern},
    Keyword{"format", read_format},
    Keyword{"minimum", read_bound<&SchemaNode::minimum>},
    Keyword{"maximum", read_bound<&SchemaNode::maximum>},
    Keyword{"exclusiveMinimum", read_bound<&SchemaNode::exclusive_minimum>},
    Keyword{"exclusiveMaximum", read_bound<&SchemaNode::exclusive_maximum>},
    Keyword{"multipleOf", read_multiple_of},
    Keyword{"items", read_schema<&SchemaNode::items>},
    Keyword{"prefixItems", read_schemas<&SchemaNode::prefix_items>},
    Keyword{"minItems", read_size<&SchemaNode::item_count, &SizeRange::least>},
    Keyword{"maxItems", read_size<&SchemaNode::item_count, &SizeRange::most>},
    Keyword{"uniqueItems", read_unique_items},
    Keyword{"contains", read_schema<&SchemaNode::contains>},
    Keyword{"minContains", read_size<&SchemaNode::contains_count, &SizeRange::least>},
    Keyword{"maxContains", read_size<&SchemaNode::contains_count, &SizeRange::most>},
    Keyword{"properties", read_properties},
    Keyword{"required", read_required},
    Keyword{"additionalProperties", read_schema<&SchemaNode::additional_properties>},
    Keyword{"patternProperties", read_pattern_properties},
    Keyword{"propertyNames", read_schema<&SchemaNode::property_names>},
    Keyword{"minProperties", read_size<&SchemaNode::member_count, &SizeRange::least>},
    Keyword{"maxProperties", read_size<&SchemaNode::member_count, &SizeRange::most>},
    Keyword{"dependentRequired", read_dependent_required},
    Keyword{"dependentSchemas", read_dependent_schemas},
    Keyword{"allOf", read_schemas<&SchemaNode::all_of>},
    Keyword{"anyOf", read_schemas<&SchemaNode::any_of>},
    Keyword{"oneOf", read_schemas<&SchemaNode::one_of>},
    Keyword{"not", read_schema<&SchemaNode::negated>},
    Keyword{"if", read_schema<&SchemaNode::condition>},
    Keyword{"then", read_schema<&SchemaNode::consequence>},
    Keyword{"else", read_schema<&SchemaNode::alternative>},
};

}  // namespace

KeywordReader keyword_reader(std::string_view name) {
  auto found = std::ranges::find(kKeywords, name, &Keyword::name);
  return found == kKeywords.end() ? nullptr : found->read;
}

std::string_view nearest_keyword(std::string_view name) {
  std::array<std::string_view, kKeywords.size()> names;
  std::ranges::transform(kKeywords, names.begin(), &Keyword::name);
  return os::nearest(name, names);
}

}  // namespace soma::json
