// Reads the members of a request's objects, and says of each wrong one where it is and what it must be.
//
//   Faults faults;
//   Members body(value, faults);
//   NewMemory wanted{.name = body.text("name", kRequired, kName)};
//   body.done();                 // what was not asked for is not known here
//   SOMA_TRY(faults.result());
//
// Reading goes on after a fault with an empty value, so that one answer names all that is wrong, as the API's
// ValidationException does in its fieldList. Null counts as absent, as the SDKs leave such members out.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace re2 {
class RE2;
}

namespace soma::memory::api {

inline constexpr size_t kMaxFaults = 20;  // that one answer names

// The names of the details in which an error carries its faults: a member's path, then what is wrong with it.
inline constexpr std::string_view kFaultMember = "field", kFaultProblem = "problem";

class Faults {
 public:
  void add(std::string member, std::string problem);
  bool any() const { return !faults_.empty(); }
  // kInvalidArgument: "name: must match …; payload[0].blob: …", with each as details.
  os::Result<> result() const;

 private:
  struct Fault {
    std::string member, problem;
  };
  std::vector<Fault> faults_;
};

// What a text may be. Lengths are in bytes.
struct TextShape {
  size_t least = 0, most = SIZE_MAX;
  std::string_view pattern{};  // of the whole text, in RE2's syntax
};

enum class Need { kOptional, kRequired };
inline constexpr Need kOptional = Need::kOptional, kRequired = Need::kRequired;

// The one check of a text, for what comes in paths and queries, too.
void check_text(std::string_view text, const TextShape& shape, const std::string& member, Faults& faults);

// One object. Borrows it and the faults.
class Members {
 public:
  // `path` names the object in messages: "", "payload[0]". Anything but an object is a fault; null is an
  // empty one.
  Members(const json::Value& object, Faults& faults, std::string path = {});

  bool has(std::string_view member);
  std::string text(std::string_view member, Need need, const TextShape& shape);
  std::optional<std::string> optional_text(std::string_view member, const TextShape& shape);
  std::string choice(std::string_view member, Need need, std::initializer_list<std::string_view> of);
  std::optional<int64_t> integer(std::string_view member, Need need, int64_t least, int64_t most);
  bool boolean(std::string_view member, bool fallback);
  os::Time time(std::string_view member, Need need);  // seconds since 1970, with fractions
  // Any value; the shared null when absent.
  const json::Value& value(std::string_view member, Need need);
  Members object(std::string_view member, Need need);
  // The elements, with the path of each: list[i] of member "a" is "a[i]". Empty when absent or wrong.
  const json::Array& list(std::string_view member, Need need, size_t least, size_t most);
  // A list of at most one text, as the API writes namespaces.
  std::optional<std::string> only_text(std::string_view member, size_t least, const TextShape& shape);

  // The one of these that is there; none or several is a fault, and empty.
  std::string_view one_of(std::initializer_list<std::string_view> members);
  // A member of the API that has no meaning here.
  void refuse(std::string_view member, std::string_view why);
  // Members that nobody asked for are faults.
  void done();

  std::string path_of(std::string_view member) const;
  std::string path_of(std::string_view member, size_t index) const;
  void fault(std::string_view member, std::string problem);
  Faults& faults() { return faults_; }

 private:
  const json::Value* find(std::string_view member, Need need);

  const json::Value& object_;
  Faults& faults_;
  std::string path_;
  bool is_object_;
  std::vector<std::string_view> asked_;
};

}  // namespace soma::memory::api
