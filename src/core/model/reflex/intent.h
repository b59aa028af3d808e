// What a prompt asks for, as steps in order. Private to core/model/reflex.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/reflex/pattern.h"

namespace soma::model::reflex {

enum class Act {
  kNothing,  // words around the task: "do the following"
  kGreeting,
  kIdentity,
  kCapabilities,
  kThanks,
  kSay,
  kNavigate,
  kDescribe,
  kClick,
  kType,
  kFill,
  kSubmit,
  kSelect,
  kTick,
  kPress,
  kScroll,
  kBack,
  kScreenshot,
  kLinks,
  kTables,
  kHeadings,
  kWait,
  kSearch,
  kRunCommand,
  kRunCode,
  kCompute,
  kWriteFile,
  kAppendFile,
  kReadFile,
  kListFiles,
  kSearchFiles,
  kReplaceInFile,
  kDeleteFile,
  kMoveFile,
  kCopyFile,
  kCountFile,
  kSave,    // something of a page, or an answer, to a file
  kFollow,  // "open it": what the answer before named
  kResults,
  kRemember,
  kRecall,
  kStatement,
  kQuestion,
  kOther,  // an order that no rule knows: perhaps a tool's description does
};

struct Step {
  Act act = Act::kOther;
  std::string text;     // the clause, as written
  Captures captures{};  // by the rule's names: url, label, value, path, content, query, command, code, fact …
  std::vector<std::string> list{};  // kFill: "name Ada"; kRunCommand: commands; kReadFile: paths
  bool submit = false;              // kFill

  std::string capture(std::string_view name) const;
};

// At most kMaxSteps.
inline constexpr size_t kMaxSteps = 40;
// `last_path` is the file that an earlier prompt worked on: "append … to it".
std::vector<Step> interpret(std::string_view prompt, std::string_view last_path = "");

// The rows of the rule table, for the test that runs each rule's own example.
struct RuleExample {
  Act act;
  std::string_view pattern;
  std::string_view example;
};
std::vector<RuleExample> rule_examples();

std::string_view act_name(Act act);

}  // namespace soma::model::reflex
