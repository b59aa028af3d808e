#include "services/harness/loop/tool_gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/harness/loop/harness_tools.h"

namespace soma::harness {
namespace {

using os::Result;

constexpr std::string_view kUnknownOutcome =
    "soma stopped while this call ran. Whether it took effect is unknown, and it was not run again, because "
    "running it twice might do its work "
    "twice. Find out what happened before you repeat it.";

std::string tool_names(const Workbench& bench) {
  std::vector<std::string> names;
  for (const model::ToolSpec& spec : bench.specs()) names.push_back(spec.name);
  return names.empty() ? "none" : os::join(names, ", ");
}

// What is wrong with the call itself; nothing when it can be run.
std::optional<std::string> invalid(InvocationContext& context, const model::ToolUse& use) {
  BenchTool* found = context.bench.find(use.name);
  if (!found)
    return fmt::format("There is no tool named '{}'. Tools: {}.", use.name, tool_names(context.bench));
  if (use.input.has("_malformed"))
    return fmt::format("The input of this call is no JSON object: {}",
                       use.input.get("_malformed").string_or(""));
  const auto violations = found->input_schema.validate(use.input);
  if (violations.empty()) return std::nullopt;
  std::string text = "The input does not fit the tool's schema:";
  for (const json::Violation& violation : violations)
    text += fmt::format("\n- {}: {}", violation.pointer.empty() ? "(input)" : violation.pointer,
                        violation.message);
  return text;
}

Verdict verdict_on(const InvocationContext& context, const model::ToolUse& use) {
  const Config& config = context.history.running->config;
  return decide(config.approvals, use.name, tool_server(config, use.name), use.input);
}

std::string with_reason(std::string text, std::string_view reason) {
  return reason.empty() ? text + "." : fmt::format("{}: {}", text, reason);
}

std::string refused_by_person(const Approval& approval) {
  switch (*approval.answer) {
    case Answer::kExpired:
      return "This call was not run: nobody approved it in time.";
    case Answer::kCancelled:
      return "This call was not run: the invocation was cancelled before it was approved.";
    default:
      return with_reason("This call was not run: a person denied it", approval.reason);
  }
}

// Goes through the calls of one turn. Lives on pass_gate()'s frame.
class GateKeeper {
 public:
  GateKeeper(InvocationContext& context, Recorder& recorder) : context_(context), recorder_(recorder) {
    for (const PendingTool& tool : context.history.running->tools)
      if (tool.intended && !tool.result) ++begun_;
  }

  net::Task<Result<Gate>> run() {
    // By place: the calls keep their places while none of them gets its result.
    for (size_t place = 0; place < calls().size(); ++place) {
      if (calls()[place].result) continue;
      SOMA_CO_ASSIGN(const bool go_on, co_await look_at(place));
      if (!go_on) break;
    }
    co_return std::move(gate_);
  }

 private:
  std::vector<PendingTool>& calls() { return context_.history.running->tools; }

  net::Task<Result<bool>> look_at(size_t place) {
    const PendingTool call = calls()[place];
    BenchTool* found = context_.bench.find(call.use.name);
    const bool is_inline = found && found->inline_function();
    // A call behind one that the client is to answer waits, unless the client is to answer it as well.
    if (!gate_.handed_over.empty() && !is_inline) co_return false;
    if (call.client_answer) {
      gate_.client_answered.push_back(call);
      co_return true;
    }
    if (call.intended) {
      if (call.repeatable) {
        gate_.runnable.push_back(call);
      } else {
        refuse(call, "unknown", std::string(kUnknownOutcome));
      }
      co_return true;
    }
    if (const auto wrong = invalid(context_, call.use)) {
      refuse(call, "invalid", *wrong);
      co_return true;
    }
    if (is_inline && gate_.handed_over.empty() && !before_is_done(place)) co_return false;
    if (limit_is_met() && !is_inline) {
      refuse(call, "limit",
             fmt::format("This call was not run: maxToolCalls ({}) calls were made.",
                         *context_.history.running->config.max_tool_calls));
      co_return true;
    }
    co_return co_await decide_on(place, is_inline);
  }

  net::Task<Result<bool>> decide_on(size_t place, bool is_inline) {
    const model::ToolUse use = calls()[place].use;
    const Verdict verdict = verdict_on(context_, use);
    if (verdict.decision == Decision::kDeny) {
      refuse(calls()[place], "policy",
             with_reason("This call was not run: the policy denies it", verdict.reason));
      co_return true;
    }
    SOMA_CO_TRY(co_await ask_tool_hooks(context_, recorder_, HookType::kBeforeToolCall, use.id));
    const PendingTool& call = calls()[place];
    if (call.refusal) {
      refuse(call, "hook", with_reason("This call was not run: a hook denied it", *call.refusal));
    } else if (permit_for(call.use, verdict, call.approval)) {
      if (is_inline) {
        gate_.handed_over.push_back(use.id);
      } else {
        gate_.runnable.push_back(call);
      }
    } else if (call.approval && call.approval->answer) {
      refuse(call, "approval", refused_by_person(*call.approval));
    } else {
      if (!call.approval) request_approval(use, verdict);
      gate_.waiting = true;
    }
    co_return true;
  }

  void refuse(const PendingTool& call, std::string_view why_not, std::string text) {
    gate_.refused.push_back({call, std::string(why_not), std::move(text)});
  }

  // An inline function is handed over when everything before it has its result.
  bool before_is_done(size_t place) const {
    if (!gate_.refused.empty() || !gate_.runnable.empty() || gate_.waiting || !gate_.client_answered.empty())
      return false;
    const std::vector<PendingTool>& tools = context_.history.running->tools;
    return std::all_of(tools.begin(), tools.begin() + static_cast<std::ptrdiff_t>(place),
                       [](const PendingTool& t) { return t.result.has_value(); });
  }

  bool limit_is_met() const {
    const RunningInvocation& running = *context_.history.running;
    if (!running.config.max_tool_calls) return false;
    size_t fresh = 0;
    for (const PendingTool& call : gate_.runnable) fresh += call.intended ? 0 : 1;
    return running.tool_calls + static_cast<int64_t>(begun_ + fresh) >= *running.config.max_tool_calls;
  }

  void request_approval(const model::ToolUse& use, const Verdict& verdict) {
    const RunningInvocation& running = *context_.history.running;
    json::Value body = json::object({{"approvalId", context_.dependencies.ids.prefixed("apr")},
                                     {"toolUseId", use.id},
                                     {"name", use.name},
                                     {"input", use.input},
                                     {"inputHash", input_hash(use.name, use.input)},
                                     {"rule", verdict.rule}});
    if (!verdict.reason.empty()) body.set("reason", verdict.reason);
    if (const auto& seconds = running.config.approvals.timeout_seconds)
      body.set("expiresAt",
               os::format_time(context_.dependencies.clock.now() + std::chrono::seconds(*seconds)));
    recorder_.record(event::kApprovalRequested, body);
    journal::AppendOptions options;
    options.labels = {{std::string(kApprovalsLabel), std::string(kApprovalsPending)},
                      {std::string(kApprovalsFromLabel), std::to_string(running.first_seq)}};
    context_.writer.set_options(std::move(options));
  }

  InvocationContext& context_;
  Recorder& recorder_;
  size_t begun_ = 0;
  Gate gate_;
};

}  // namespace

net::Task<Result<Gate>> pass_gate(InvocationContext& context, Recorder& recorder) {
  GateKeeper keeper(context, recorder);
  co_return co_await keeper.run();
}

std::optional<Permit> permit_to_run(const InvocationContext& context, const PendingTool& call) {
  if (call.refusal) return std::nullopt;
  return permit_for(call.use, verdict_on(context, call.use), call.approval);
}

}  // namespace soma::harness
