// What is wrong with a definition, gathered while it is read. Private to definition/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/definition/definition.h"

namespace soma::workflow {

// A place in the definition, spelled twice: as an RFC 6901 pointer into the text ("/States/A/Choices/0") and
// as the service writes it ("/States/A/Choices[0]"). The two differ in arrays, in escapes, and where a state
// stands alone in its text.
class Place {
 public:
  Place() = default;  // the whole definition
  Place(std::string pointer, std::string location)
      : pointer_(std::move(pointer)), location_(std::move(location)) {}

  Place member(std::string_view name) const;
  Place element(size_t index) const;
  // One step for each token of a pointer that leads on from here; `value` is what stands here.
  Place descend(std::string_view pointer, const json::Value& value) const;

  const std::string& pointer() const { return pointer_; }
  std::string location() const { return location_.empty() ? "/" : location_; }

 private:
  std::string pointer_, location_;
};

namespace code {
inline constexpr std::string_view kSchema = "SCHEMA_VALIDATION_FAILED";
inline constexpr std::string_view kJson = "INVALID_JSON_DESCRIPTION";
inline constexpr std::string_view kMissingDescription = "MISSING_DESCRIPTION";
inline constexpr std::string_view kMissingTarget = "MISSING_TRANSITION_TARGET";
inline constexpr std::string_view kMissingEnd = "MISSING_END_STATE";
inline constexpr std::string_view kDuplicateState = "DUPLICATE_STATE_NAME";
inline constexpr std::string_view kStateName = "INVALID_STATE_NAME";
inline constexpr std::string_view kDuplicateLabel = "DUPLICATE_LABEL_NAME";
inline constexpr std::string_view kLabel = "INVALID_LABEL_NAME";
inline constexpr std::string_view kTooDeep = "TOO_DEEPLY_NESTED";
inline constexpr std::string_view kJsonataSyntax = "INVALID_JSONATA_EXPRESSION";
inline constexpr std::string_view kJsonataUse = "UNSUPPORTED_JSONATA_EXPRESSION";
inline constexpr std::string_view kNoDollar = "NO_DOLLAR";
inline constexpr std::string_view kNoPath = "NO_PATH";
inline constexpr std::string_view kStaticResult = "PASS_RESULT_IS_STATIC";
}  // namespace code

class Report {
 public:
  void error(std::string_view code, const Place& place, std::string message);
  // A SCHEMA_VALIDATION_FAILED.
  void schema(const Place& place, std::string message) { error(code::kSchema, place, std::move(message)); }
  // About the whole machine: no location.
  void error_without_place(std::string_view code, std::string message);
  void warning(std::string_view code, const Place& place, std::string message);
  void add(Diagnostic diagnostic);

  bool failed() const { return failed_; }
  // Errors first, with their positions in the text.
  void finish(std::string_view text, Parsed& parsed);

 private:
  struct Entry {
    Diagnostic diagnostic;
    std::string pointer;
    bool placed = false;
  };
  void keep(Entry entry);

  std::vector<Entry> errors_, warnings_;
  bool failed_ = false;
  bool truncated_ = false;
};

// Unicode characters of a UTF-8 text.
size_t count_characters(std::string_view text);
// A detail of an error; empty when it has none of this key.
std::string_view detail(const os::Error& error, std::string_view key);

}  // namespace soma::workflow
