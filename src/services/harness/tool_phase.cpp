#include "services/harness/tool_phase.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

constexpr std::string_view kUnknownOutcome =
    "soma stopped while this call ran. Whether it took effect is unknown, and it was not run again, because "
    "running it twice might do its work "
    "twice. Find out what happened before you repeat it.";

// Keeps the head and the tail of a text that is too long for a result.
std::string cut_middle(std::string text) {
  if (text.size() <= tool::kMaxResultBytes) return text;
  constexpr size_t kHalf = tool::kMaxResultBytes / 2;
  const std::string_view head = os::utf8_prefix(text, kHalf);
  size_t tail_begin = text.size() - kHalf;
  while (tail_begin < text.size() && (static_cast<unsigned char>(text[tail_begin]) & 0xC0) == 0x80)
    ++tail_begin;
  return fmt::format("{}\n[… {} bytes left out (kMaxResultBytes is {}) …]\n{}", head,
                     tail_begin - head.size(), tool::kMaxResultBytes,
                     std::string_view(text).substr(tail_begin));
}

json::Value contents_json(const std::vector<model::ResultContent>& contents) {
  json::Value out = json::Array{};
  for (const model::ResultContent& content : contents) out.push_back(model::to_json(content));
  return out;
}

// The calls of one turn, at work. Lives on run_tools()'s frame.
class ToolPhase {
 public:
  ToolPhase(InvocationContext& context, Recorder& recorder)
      : context_(context), recorder_(recorder), idle_(context.executor) {}

  net::Task<Result<>> run() {
    std::vector<PendingTool>& tools = context_.history.running->tools;
    for (PendingTool& tool : tools)
      if (!tool.intended)
        record_intent(tool);
      else if (!tool.repeatable && !tool.result)
        unknown_.push_back(tool);
    if (!context_.history.running->results_message_open)
      recorder_.stream(model::MessageStart{model::Role::kUser});
    // A copy of what to run: recording the last result empties the list.
    for (const PendingTool& tool : tools)
      if (!tool.result &&
          std::ranges::none_of(unknown_, [&](const PendingTool& u) { return u.index == tool.index; }))
        queue(tool);
    SOMA_CO_TRY(co_await context_.writer.flush());
    for (PendingTool& tool : unknown_) {
      tool::Outcome outcome =
          tool::error_outcome(std::string(tool.streamed.empty() ? "" : "\n").append(kUnknownOutcome));
      record_result(tool, std::move(outcome), 0);
    }
    start_lanes();
    while (lanes_running_ > 0) co_await idle_.wait();
    if (context_.cancellation.requested() && context_.cancellation.reason() == kStopShutdown)
      co_return os::fail(Code::kCancelled, "soma is shutting down");
    recorder_.stream(model::MessageStop{model::StopReason::kToolResult});
    co_return Result<>{};
  }

 private:
  // Calls of one lane run one after the other: those of a tool that keeps state between calls.
  struct Lane {
    const tool::Tool* tool = nullptr;
    std::deque<PendingTool> calls;
  };

  void record_intent(PendingTool& tool) {
    const BenchTool* found = context_.bench.find(tool.use.name);
    const bool repeatable = found && found->tool->repeatable(tool.use.input);
    recorder_.record(event::kToolIntent, json::object({{"toolUseId", tool.use.id},
                                                       {"name", tool.use.name},
                                                       {"input", tool.use.input},
                                                       {"repeatable", repeatable},
                                                       {"index", tool.index}}));
  }

  void queue(const PendingTool& call) {
    ++calls_left_;
    const BenchTool* found = context_.bench.find(call.use.name);
    const tool::Tool* tool = found && !found->tool->concurrent() ? found->tool.get() : nullptr;
    if (tool) {
      const auto same = std::ranges::find(lanes_, tool, &Lane::tool);
      if (same != lanes_.end()) {
        same->calls.push_back(call);
        return;
      }
    }
    lanes_.push_back({tool, {call}});
  }

  void start_lanes() {
    const size_t workers = std::min(lanes_.size(), kMaxParallelTools);
    lanes_running_ = workers;
    for (size_t worker = 0; worker < workers; ++worker) net::spawn(context_.executor, work(), "harness.tool");
  }

  net::Task<> work() {
    while (next_lane_ < lanes_.size()) {
      Lane& lane = lanes_[next_lane_++];
      for (PendingTool& call : lane.calls) co_await run_call(call);
    }
    --lanes_running_;
    idle_.notify();
  }

  net::Task<> run_call(PendingTool& call) {
    os::Clock& clock = context_.dependencies.clock;
    const os::Time began = clock.now();
    tool::Outcome outcome;
    if (context_.cancellation.requested()) {
      outcome = tool::error_outcome(
          fmt::format("Not run: the invocation was stopped ({}).", context_.cancellation.reason()));
    } else {
      try {
        outcome = co_await run_tool(call);
      } catch (const std::exception& exception) {
        os::log(os::Level::kError, "harness.tool.bug", {{"tool", call.use.name}, {"what", exception.what()}});
        outcome = tool::error_outcome(fmt::format("The tool failed inside soma: {}", exception.what()));
      }
    }
    // A shutdown must not write an end for a call that the next process decides about.
    if (context_.cancellation.requested() && context_.cancellation.reason() == kStopShutdown) co_return;
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began).count();
    record_result(call, std::move(outcome), elapsed);
    // A result goes to the disk and to followers now, not when the slowest call is done. The last one goes
    // with the next model call's intent, in one transaction: the journal's order is what a resume needs.
    if (--calls_left_ > 0) context_.writer.send_soon();
  }

  net::Task<tool::Outcome> run_tool(PendingTool& call) {
    BenchTool* found = context_.bench.find(call.use.name);
    if (!found)
      co_return tool::error_outcome(
          fmt::format("There is no tool named '{}'. Tools: {}.", call.use.name, tool_names()));
    if (call.use.input.has("_malformed"))
      co_return tool::error_outcome(fmt::format("The input of this call is no JSON object: {}",
                                                call.use.input.get("_malformed").string_or("")));
    const auto violations = found->input_schema.validate(call.use.input);
    if (!violations.empty()) co_return tool::error_outcome(describe(violations));
    tool::Context tool_context{call.use.id, context_.deadline, context_.cancellation, {}};
    const bool rerun = call.block_started;
    tool_context.emit = [this, &call, rerun](std::string_view text) {
      if (!rerun && !text.empty()) emit(call, text);
    };
    co_return co_await found->tool->run(call.use.input, tool_context);
  }

  void emit(PendingTool& call, std::string_view text) {
    if (!call.block_started) {
      call.block_started = true;
      recorder_.stream(model::ContentBlockStart{call.index, model::ToolResultStart{call.use.id}});
    }
    call.streamed += text;
    recorder_.stream(
        model::ContentBlockDelta{call.index, model::ToolResultDelta{{model::Text{std::string(text)}}}});
  }

  void record_result(PendingTool& call, tool::Outcome outcome, int64_t elapsed_ms) {
    json::Value body = json::object({{"toolUseId", call.use.id},
                                     {"name", call.use.name},
                                     {"index", call.index},
                                     {"status", outcome.error ? "error" : "success"}});
    if (call.block_started) {
      body.set("tail", contents_json(outcome.content));
      join_streamed(call, outcome);
    }
    for (model::ResultContent& content : outcome.content)
      if (auto* text = std::get_if<model::Text>(&content); text && !context_.dependencies.wrap_tool)
        text->text = cut_middle(std::move(text->text));
    body.set("content", contents_json(outcome.content));
    body.set("latencyMs", elapsed_ms);
    recorder_.record(event::kToolResult, body);
  }

  // The whole result: what was streamed, then what the tool returned.
  static void join_streamed(const PendingTool& call, tool::Outcome& outcome) {
    if (call.streamed.empty()) return;
    auto* first = outcome.content.empty() ? nullptr : std::get_if<model::Text>(&outcome.content.front());
    if (first) {
      first->text.insert(0, call.streamed);
    } else {
      outcome.content.insert(outcome.content.begin(), model::Text{call.streamed});
    }
  }

  static std::string describe(const std::vector<json::Violation>& violations) {
    std::string text = "The input does not fit the tool's schema:";
    for (const json::Violation& violation : violations)
      text += fmt::format("\n- {}: {}", violation.pointer.empty() ? "(input)" : violation.pointer,
                          violation.message);
    return text;
  }

  std::string tool_names() const {
    std::vector<std::string> names;
    for (const model::ToolSpec& spec : context_.bench.specs()) names.push_back(spec.name);
    return names.empty() ? "none" : os::join(names, ", ");
  }

  InvocationContext& context_;
  Recorder& recorder_;
  net::Notifier idle_;
  std::vector<PendingTool> unknown_;
  std::vector<Lane> lanes_;
  size_t next_lane_ = 0, lanes_running_ = 0, calls_left_ = 0;
};

}  // namespace

net::Task<Result<>> run_tools(InvocationContext& context, Recorder& recorder) {
  ToolPhase phase(context, recorder);
  co_return co_await phase.run();
}

}  // namespace soma::harness
