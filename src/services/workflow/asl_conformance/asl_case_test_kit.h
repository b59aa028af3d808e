// The recorded cases of Amazon States Language: $SOMA_CONFORMANCE/asl (its README describes them). Test code.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json/json.h"
#include "services/workflow/asl_conformance/comparator_test_kit.h"

namespace soma::workflow::conformance {

// What a machine, its executions and its role are called where a case does not say.
inline constexpr std::string_view kRole = "arn:aws:iam::111111111111:role/sfn-role";

struct AslCase {
  std::string group, id, level;
  json::Value data;  // as in the file

  std::string machine_name() const;
  std::string machine_arn() const;
  std::string execution_name() const;
  std::string execution_arn() const;
  bool express() const;
  // Tokens with the values that they stand for in a run without steps.
  Comparator comparator() const;
  // Branches or iterations may run beside each other in it.
  bool concurrent() const;
};

std::filesystem::path asl_folder();  // $SOMA_CONFORMANCE/asl; may not be there
std::vector<AslCase> load_cases(const std::filesystem::path& folder);

// `value`, an answer of soma's, without the members that the service did not have yet on the day of the
// recording.
json::Value as_on_its_day(const AslCase& which, const json::Value& value);

// How far what was seen agrees with what was recorded.
struct Verdict {
  bool l1 = false, l2 = false, l3 = false;
  std::vector<std::string> differences{};
};
// What a run showed: {"status", "output", "error", "cause"} and its history as the API has it.
struct Seen {
  std::string status;
  json::Value output, error, cause;
  json::Array history;
};
Verdict judge(const AslCase& which, const Seen& seen);

struct Tally {
  size_t total = 0, l1 = 0, l2 = 0, l3 = 0;
  void add(const Verdict& verdict);
  // "asl: 3 of 4 passed (L1) no-task", …
  void print(std::string_view level) const;
};

}  // namespace soma::workflow::conformance
