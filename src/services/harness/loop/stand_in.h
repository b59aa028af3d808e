// What a replay (cassette_replay.h) puts in the place of the world: where there is a stand-in, no model,
// tool, sub-agent or hook is asked. The loop around it is the same, and so is what it writes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/tool/tool.h"
#include "services/harness/hooks/hook_runner.h"
#include "services/harness/skills/skill.h"

namespace soma::harness {

// How a call ended, beside what it says.
struct CallEnd {
  tool::Outcome outcome;
  int64_t elapsed_ms = 0;
  std::string not_run{};               // the event's notRun
  std::optional<int64_t> cost_pico{};  // of a sub-agent
  bool bounded = false;                // the outcome is recorded as it is, however large
};

// Used on the session's loop; outlives the service. Arguments that are references outlive the call.
class StandIn {
 public:
  virtual ~StandIn() = default;
  // Answers the requests of the conversation.
  virtual std::unique_ptr<model::Provider> make_provider() = 0;
  // The skills of the conversation's invocation, whatever this machine has.
  virtual std::vector<Skill> skills() = 0;
  // What a source of tools offered, as tools.listed says it; null: nothing.
  virtual json::Value listed_tools(const std::string& source) = 0;
  // Answers the requests for a summary (make_room.cpp).
  virtual model::Provider& summarizer() = 0;
  // In place of the tool or the sub-agent of a call that may run. Tools are made all the same, for what they
  // say of themselves (name, schema, repeatable, concurrent): making one has no effect.
  virtual net::Task<CallEnd> run_call(const model::ToolUse& call, const tool::Context& context) = 0;
  virtual net::Task<HookOutcome> answer_hook(const HookCall& call, net::Cancellation cancellation) = 0;
};

}  // namespace soma::harness
