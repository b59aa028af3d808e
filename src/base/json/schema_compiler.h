// How a schema is compiled: Compiler walks the schema document and makes nodes; each keyword is read by one
// function of the table in schema_keywords.cpp. Private to base/json.
#pragma once

#include <string>
#include <string_view>

#include "base/json/schema_node.h"

namespace soma::json {

class Compiler {
 public:
  // Both outlive the compiler; the nodes are made in `nodes`.
  Compiler(const Value& document, SchemaNodes& nodes) : document_(document), nodes_(nodes) {}
  // The node of the schema that stands at `pointer` in the document. Made once: a schema that refers to
  // itself gets itself.
  os::Result<NodePointer> compile(const Value& schema, const std::string& pointer);
  // Follows "#" and "#/…".
  os::Result<NodePointer> compile_reference(std::string_view reference, const std::string& pointer);

 private:
  const Value& document_;
  SchemaNodes& nodes_;
  size_t depth_ = 0;
};

// One keyword of one schema, about to be read into `node`.
struct Reading {
  Compiler& compiler;
  SchemaNode& node;
  const Value& value;   // the keyword's value
  std::string pointer;  // of the keyword's value
};

// The function for a keyword; null when there is none.
using KeywordReader = os::Result<> (*)(Reading& reading);
KeywordReader keyword_reader(std::string_view name);
// The known keyword that `name` is a slip of, or empty.
std::string_view nearest_keyword(std::string_view name);

std::unexpected<os::Error> refuse_schema(std::string_view pointer, std::string_view message,
                                         std::string hint = {});

}  // namespace soma::json
