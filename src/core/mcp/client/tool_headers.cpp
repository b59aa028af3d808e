#include "core/mcp/client/tool_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/os/text.h"
#include "core/mcp/client/http_transport.h"

namespace soma::mcp {
namespace {

using json::Value;
using os::Result;

constexpr std::string_view kAnnotation = "x-mcp-header";
constexpr std::string_view kPrefix = "Mcp-Param-";

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kOthers.contains(c);
  });
}

bool is_mirrored_type(const Value& schema) {
  const std::string_view type = schema.get("type").string_or("");
  return type == "string" || type == "integer" || type == "boolean";
}

std::unexpected<os::Error> wrong(std::string_view what) {
  return os::fail(os::Code::kInvalidArgument, fmt::format("{}: {}", kAnnotation, what));
}

// How many annotations there are anywhere in the schema; those that the walk along `properties` does not meet
// are where they must not be.
size_t count_annotations(const Value& value) {
  size_t count = 0;
  if (value.is_object())
    for (const auto& [key, member] : value.as_object())
      count += count_annotations(member) + (key == kAnnotation && member.is_string() ? 1 : 0);
  if (value.is_array())
    for (const Value& element : value.as_array()) count += count_annotations(element);
  return count;
}

// Adds what stands along chains of `properties` below the schema.
Result<> collect(const Value& schema, const std::vector<std::string>& path,
                 std::vector<MirroredArgument>& out) {
  const Value& properties = schema.get("properties");
  if (!properties.is_object()) return {};
  for (const auto& [name, property] : properties.as_object()) {
    std::vector<std::string> here = path;
    here.push_back(name);
    if (const Value* annotation = property.find(kAnnotation)) {
      const std::string_view header = annotation->string_or("");
      if (!is_token(header))
        return wrong(fmt::format("\"{}\" is no header's name", os::to_valid_utf8(header)));
      if (!is_mirrored_type(property))
        return wrong(fmt::format("'{}' is no string, integer or boolean", name));
      const std::string full = std::string(kPrefix) + std::string(header);
      const bool taken = std::ranges::any_of(out, [&](const MirroredArgument& other) {
        return os::to_lower(other.header) == os::to_lower(full);
      });
      if (taken) return wrong(fmt::format("\"{}\" is used twice", header));
      out.push_back({full, here});
    }
    SOMA_TRY(collect(property, here, out));
  }
  return {};
}

}  // namespace

Result<std::vector<MirroredArgument>> mirrored_arguments(const Value& input_schema) {
  std::vector<MirroredArgument> out;
  SOMA_TRY(collect(input_schema, {}, out));
  if (count_annotations(input_schema) != out.size())
    return wrong("it stands where no property of the arguments is");
  return out;
}

std::vector<std::pair<std::string, std::string>> mirrored_headers(
    const std::vector<MirroredArgument>& mirrored, const Value& arguments) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const MirroredArgument& argument : mirrored) {
    const Value* value = &arguments;
    for (const std::string& step : argument.path) value = value != nullptr ? value->find(step) : nullptr;
    if (value == nullptr || value->is_null()) continue;
    const std::string text = value->is_string() ? value->as_string() : json::write(*value);
    out.emplace_back(argument.header, header_value(text));
  }
  return out;
}

}  // namespace soma::mcp
