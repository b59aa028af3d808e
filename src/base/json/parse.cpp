// Text to Value: simdjson finds the structure and decodes strings; numbers are read by read_number(), so that
// an integer stays an integer to the last digit. A text that simdjson refuses is walked again by Scanner,
// which knows the place and the reason: the slow road is paid for by wrong texts alone.
#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json/scan.h"

namespace soma::json {
namespace {

namespace ondemand = simdjson::ondemand;

// build() recurses: this many levels fit the smallest stack a thread of ours has, sanitizers included.
constexpr size_t kLargestMaxDepth = 1000;
// Up to here each new key is compared with those before it; a larger object is checked once, by sorting.
constexpr size_t kFewMembers = 16;
// What a thread keeps between two parses.
constexpr size_t kKeptBytes = 256u << 10;

// simdjson reads up to SIMDJSON_PADDING bytes past the text, so the text is copied to where there is room.
struct Workspace {
  ondemand::parser parser;
  std::string padded;
};

bool build(ondemand::value source, size_t depth, Value& out);

bool has_duplicates(const Object& object) {
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const Member& member : object) keys.push_back(member.first);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

bool build_object(ondemand::value source, size_t depth, Value& out) {
  ondemand::object members;
  if (depth == 0 || source.get_object().get(members)) return false;
  Object object;
  for (auto field : members) {
    std::string_view key;
    ondemand::value value;
    if (field.unescaped_key().get(key)) return false;
    if (object.size() < kFewMembers) {
      for (const Member& member : object) {
        if (member.first == key) return false;
      }
    }
    Member& member = object.emplace_back(key, Value());
    if (field.value().get(value) || !build(value, depth - 1, member.second)) return false;
  }
  if (object.size() > kFewMembers && has_duplicates(object)) return false;
  out = Value(std::move(object));
  return true;
}

bool build_array(ondemand::value source, size_t depth, Value& out) {
  ondemand::array elements;
  if (depth == 0 || source.get_array().get(elements)) return false;
  Array array;
  for (auto element : elements) {
    ondemand::value value;
    if (element.get(value) || !build(value, depth - 1, array.emplace_back())) return false;
  }
  out = Value(std::move(array));
  return true;
}

bool build_number(std::string_view token, Value& out) {
  size_t end = token.find_last_not_of(" \t\r\n");  // simdjson's token reaches to the next one
  auto number = read_number(token.substr(0, end + 1));
  if (!number) return false;
  out = std::move(*number);
  return true;
}

// `depth`: how many levels of nesting are left.
bool build(ondemand::value source, size_t depth, Value& out) {
  ondemand::json_type type;
  if (source.type().get(type)) return false;
  switch (type) {
    case ondemand::json_type::object:
      return build_object(source, depth, out);
    case ondemand::json_type::array:
      return build_array(source, depth, out);
    case ondemand::json_type::string: {
      std::string_view text;
      if (source.get_string().get(text)) return false;
      out = Value(text);
      return true;
    }
    case ondemand::json_type::number:
      return build_number(source.raw_json_token(), out);
    case ondemand::json_type::boolean: {
      bool truth = false;
      if (source.get_bool().get(truth)) return false;
      out = Value(truth);
      return true;
    }
    case ondemand::json_type::null: {
      bool is_null = false;
      return !source.is_null().get(is_null) && is_null;
    }
  }
  return false;
}

bool build_document(Workspace& workspace, std::string_view text, size_t max_depth, Value& out) {
  workspace.padded.assign(text);
  workspace.padded.append(simdjson::SIMDJSON_PADDING, ' ');
  ondemand::document document;
  simdjson::padded_string_view padded(workspace.padded.data(), text.size(), workspace.padded.size());
  if (workspace.parser.iterate(padded).get(document)) return false;
  ondemand::value root;
  if (document.get_value().get(root) || !build(root, max_depth, out)) return false;
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;  // nothing behind the value
}

os::Error to_error(const Problem& problem, std::string_view text, const ParseOptions& options) {
  Position position = position_of(text, problem.offset);
  os::Error error{problem.code, {}, problem.hint};
  if (options.source.empty()) {
    error.message =
        fmt::format("JSON: line {}, column {}: {}", position.line, position.column, problem.message);
  } else {
    error.message =
        fmt::format("{}:{}:{}: {}", options.source, position.line, position.column, problem.message);
    error.details.emplace_back("file", options.source);
  }
  if (problem.code == os::Code::kLimitExceeded) error.details.emplace_back("limit", "max_depth");
  error.details.emplace_back("line", std::to_string(position.line));
  error.details.emplace_back("column", std::to_string(position.column));
  return error;
}

bool starts_with_bracket(std::string_view text) {
  size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

os::Result<> check_limits(std::string_view text, const ParseOptions& options) {
  if (options.max_depth > kLargestMaxDepth) {
    return os::fail(os::Code::kInvalidArgument,
                    fmt::format("JSON: max_depth is at most {}", kLargestMaxDepth));
  }
  if (text.size() <= options.max_bytes) return {};
  os::Error error{os::Code::kLimitExceeded, fmt::format("{}: {} bytes of JSON, at most {} are read",
                                                        options.source.empty() ? "JSON" : options.source,
                                                        text.size(), options.max_bytes)};
  error.details.emplace_back("limit", "max_bytes");
  return std::unexpected(std::move(error));
}

}  // namespace

os::Result<Value> parse(std::string_view text, const ParseOptions& options) {
  SOMA_TRY(check_limits(text, options));
  Value value;
  if (starts_with_bracket(text)) {
    thread_local Workspace workspace;
    bool built = build_document(workspace, text, options.max_depth, value);
    if (workspace.padded.capacity() > kKeptBytes) workspace = Workspace();
    if (built) return value;
  }
  Scanner scanner(text, options.max_depth);
  if (!scanner.document(&value)) return std::unexpected(to_error(scanner.problem(), text, options));
  if (!starts_with_bracket(text)) return value;
  return os::fail(os::Code::kInternal,
                  "JSON: the two readers disagree on a text of " + std::to_string(text.size()) + " bytes");
}

}  // namespace soma::json
