// A compiled JSONPath: where it starts and its steps. Internal to query/.
//
// The dialect and the messages are those of the Jayway JsonPath library over Jackson's tree, which the
// service runs: a definite path gives one value, an indefinite one (wildcard, slice, several indexes, filter,
// deep scan) gives the list of what it finds, and an index behind the end of an array gives null.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "services/workflow/query/query.h"

namespace soma::workflow::query {

struct Filter;

// What ends a path as ".name()": computed from the value in front of it.
enum class PathFunction { kLength, kKeys, kSum, kAverage, kMinimum, kMaximum, kDeviation, kConcat, kIndex };

struct Step {
  enum class Kind { kNames, kIndexes, kSlice, kWildcard, kScan, kFilter, kFunction };
  Kind kind = Kind::kNames;
  std::vector<std::string> names{};
  char quote = '\'';  // around the names in messages
  std::vector<int32_t> indexes{};
  std::optional<int32_t> from{}, to{};
  std::shared_ptr<const Filter> filter{};
  PathFunction function = PathFunction::kLength;
  int32_t argument = 0;         // of kIndex
  std::string function_text{};  // as written: "length"
  bool definite_before = true;  // the steps in front of it name one value
  bool definite(bool last) const;
  std::string text() const;  // as messages show it: "['a']", "[0]", "[*]"
};

enum class Root { kInput, kContext, kVariable, kItem };

struct PathProgram {
  std::string text{};
  Root root = Root::kInput;
  std::string variable{};
  std::vector<Step> steps{};
  bool definite = true;
  bool plain = true;  // only single names and single indexes: a walk along pointers
  bool whole() const { return root == Root::kInput && steps.empty(); }  // "$"
  std::string canonical() const;                                        // "$['a'][0]", of all steps
};

// The reason alone is the message ("Path must not end with a '.' or '..'").
os::Result<PathProgram> compile_path(std::string_view text);

// Parses a path that stands inside other text, a filter or a function call, and moves `position` behind it.
// `ends` are the characters that end it outside of brackets.
os::Result<PathProgram> compile_embedded_path(std::string_view text, size_t& position, size_t nesting,
                                              std::string_view ends);

// Why a path has no value. `message` in the library's words.
struct PathMiss {
  std::string message;
  size_t step = 0;         // that found nothing
  bool too_large = false;  // a limit was met
  bool no_array = false;   // an index stands at something that is no array
};

// What a path found: pointers into the document, or into `built` for what had to be made.
struct Selection {
  std::vector<const json::Value*> found{};
  std::deque<json::Value> built{};
};

// The value that "$", "$$" or "$variable" stands for; null when there is none.
const json::Value* root_value(const PathProgram& program, const Scope& scope);

// A plain path's value, a shared null for a last index outside of its array; null when nothing is there.
const json::Value* walk(const PathProgram& program, const json::Value& root);

// One for an evaluation with all filters in it.
struct PathBudget {
  size_t visits = 0;
};

// As Path::find.
const json::Value* find_in_place(const PathProgram& program, const Scope& scope);

// `document` is what "$" means inside filters.
std::expected<Selection, PathMiss> select(const PathProgram& program, const json::Value& root,
                                          const json::Value& document, PathBudget& budget);

// A definite path's value or the list; an indefinite path that finds no way gives an empty list.
std::expected<json::Value, PathMiss> read_path(const PathProgram& program, const Scope& scope);

}  // namespace soma::workflow::query
