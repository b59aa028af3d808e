// The tools of a request, known by the shape of their input and not by their names; and how a tool that
// reflex has never seen is chosen and its input filled. Private to core/model/reflex.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/model.h"

namespace soma::model::reflex {

// Borrows the specs.
struct Toolbox {
  explicit Toolbox(const std::vector<ToolSpec>& tools);

  const ToolSpec* browser = nullptr;  // has `action` with "navigate"
  const ToolSpec* shell = nullptr;    // has `command`
  const ToolSpec* files = nullptr;    // has `operation` with "view", and `path`
  const ToolSpec* code = nullptr;     // has `language` and `code`
  std::vector<const ToolSpec*> others;

  // The other tool that a clause names or describes best; null when none is near.
  const ToolSpec* choose(std::string_view clause) const;
  // As choose(), for a tool whose name or description has one of these words and that takes such an argument.
  const ToolSpec* for_purpose(std::string_view purpose) const;
};

// The name that this tool's schema has for one of `names` ("content", "text", …), or nothing.
std::optional<std::string> property_named(const ToolSpec& tool,
                                          std::initializer_list<std::string_view> names);

// The tool only looks: "get_weather", "search_docs", "Reads …". Calls of such tools may be made together.
bool looks_repeatable(const ToolSpec& tool);

struct Filled {
  json::Value input;
  std::vector<std::string> missing;  // required properties that the text gives no value for
};
// Fills a JSON Schema object from a text: "id 42", "id=42", quoted strings, enumerations, numbers, addresses,
// dates, "in Paris", lists. Values are never invented: a required property without a value is reported.
Filled fill_arguments(const json::Value& schema, std::string_view text);

}  // namespace soma::model::reflex
