#include "services/harness/loop/tool_phase.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <exception>

#include "core/model/prices.h"
#include "services/harness/loop/oversized_result.h"
#include "services/harness/loop/stand_in.h"
#include "services/harness/loop/tool_gate.h"

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

json::Value contents_json(const std::vector<model::ResultContent>& contents) {
  json::Value out = json::Array{};
  for (const model::ResultContent& content : contents) out.push_back(model::to_json(content));
  return out;
}

// The calls of one turn, at work. Lives on run_tools()'s frame.
class ToolPhase {
 public:
  ToolPhase(InvocationContext& context, Recorder& recorder)
      : context_(context), recorder_(recorder), idle_(context.executor) {
    for (const PendingTool& call : running().tools)
      if (call.budget_pico && !call.result) reserved_pico_ += *call.budget_pico;
  }

  // Rounds of: what may run now? run it. Answers that come meanwhile let more run.
  net::Task<Result<TurnState>> run() {
    while (true) {
      SOMA_CO_ASSIGN(Gate gate, co_await pass_gate(context_, recorder_));
      const bool idle = gate.runnable.empty() && gate.refused.empty() && gate.client_answered.empty();
      if (idle) {
        SOMA_CO_TRY(co_await finish_hooks());
        if (running().hook_stop) co_return stopped();
        if (running().tools.empty()) co_return done();
        if (!gate.handed_over.empty()) co_return handed_over();
        if (gate.waiting) co_return TurnState::kWaiting;
        continue;
      }
      SOMA_CO_TRY(co_await run_round(std::move(gate)));
      if (running().hook_stop) co_return stopped();
      if (running().tools.empty()) co_return done();
    }
  }

 private:
  // Calls of one lane run one after the other: those of a tool that keeps state between calls.
  struct Lane {
    const BenchTool* tool = nullptr;
    std::deque<PendingTool> calls;
  };

  RunningInvocation& running() { return *context_.history.running; }

  net::Task<Result<>> run_round(Gate gate) {
    lanes_.clear();
    next_lane_ = 0;
    calls_left_ = gate.runnable.size();
    for (PendingTool& call : gate.runnable) {
      if (!call.intended) record_intent(call);
      queue(call);
    }
    if (!gate.runnable.empty() || !gate.refused.empty()) open_results();
    SOMA_CO_TRY(co_await context_.writer.flush());
    for (PendingTool& call : gate.client_answered) {
      record_client_answer(call);
      SOMA_CO_TRY(co_await ask_tool_hooks(context_, recorder_, HookType::kAfterToolCall, call.use.id));
    }
    for (Refusal& refusal : gate.refused) {
      CallEnd end{tool::error_outcome((refusal.call.streamed.empty() ? "" : "\n") + refusal.text),
                  0,
                  refusal.why_not,
                  {}};
      co_await record_result(refusal.call, std::move(end));
      SOMA_CO_TRY(
          co_await ask_tool_hooks(context_, recorder_, HookType::kAfterToolCall, refusal.call.use.id));
    }
    start_lanes();
    while (lanes_running_ > 0) co_await idle_.wait();
    if (bug_) std::rethrow_exception(bug_);
    if (failure_) co_return std::unexpected(std::move(*failure_));
    if (shutting_down()) co_return os::fail(Code::kCancelled, "soma is shutting down");
    co_return Result<>{};
  }

  // Results whose hooks a crash left unasked.
  net::Task<Result<>> finish_hooks() {
    std::vector<std::string> ids;
    for (const PendingTool& tool : running().tools)
      if (tool.result) ids.push_back(tool.use.id);
    for (const std::string& id : ids)
      SOMA_CO_TRY(co_await ask_tool_hooks(context_, recorder_, HookType::kAfterToolCall, id));
    co_return Result<>{};
  }

  bool shutting_down() const {
    return context_.cancellation.requested() && context_.cancellation.reason() == kStopShutdown;
  }

  void open_results() {
    if (!running().results_message_open) recorder_.stream(model::MessageStart{model::Role::kUser});
  }
  void close_results() {
    if (running().results_message_open) recorder_.stream(model::MessageStop{model::StopReason::kToolResult});
  }
  TurnState done() {
    close_results();
    return TurnState::kDone;
  }
  TurnState handed_over() {
    close_results();
    return TurnState::kHandedOver;
  }
  TurnState stopped() {
    close_results();
    return TurnState::kStopped;
  }

  void record_intent(PendingTool& call) {
    const BenchTool* found = context_.bench.find(call.use.name);
    call.repeatable = found && found->repeatable(call.use.input);
    recorder_.record(event::kToolIntent, json::object({{"toolUseId", call.use.id},
                                                       {"name", call.use.name},
                                                       {"input", call.use.input},
                                                       {"repeatable", call.repeatable},
                                                       {"index", call.index}}));
    if (found && found->sub_agent) record_sub_agent(call, *found->sub_agent);
  }

  // Where the sub-agent is to be found, before it is there; and its share of the money that is left, which
  // the next sub-agent of this turn does not get.
  void record_sub_agent(PendingTool& call, const SubAgent& sub_agent) {
    const SubAgentCall asked = sub_agent_call(call, sub_agent);
    const auto place = context_.dependencies.sub_agents->place(asked);
    if (!place) return;  // asking it says why
    const Config& config = running().config;
    if (config.max_cost_pico) {
      const int64_t left =
          std::max<int64_t>(0, *config.max_cost_pico - running().spent.pico - reserved_pico_);
      call.budget_pico = static_cast<int64_t>(static_cast<double>(left) * sub_agent.budget_share());
      reserved_pico_ += *call.budget_pico;
    }
    json::Value body =
        json::object({{"toolUseId", call.use.id},
                      {"harnessName", place->harness_name},
                      {"harnessId", place->harness_id},
                      {"sessionId", place->session_id},
                      {"runId", place->run},
                      {"deadline", os::format_time(context_.dependencies.clock.now() +
                                                   std::chrono::seconds(asked.timeout_seconds))}});
    if (call.budget_pico) body.set("budgetUsd", model::usd(*call.budget_pico));
    recorder_.record(event::kSubAgentStarted, body);
  }

  SubAgentCall sub_agent_call(const PendingTool& call, const SubAgent& sub_agent) const {
    SubAgentCall asked = sub_agent.call_for(call.use.input);
    const std::optional<Lineage>& lineage = context_.history.lineage;
    asked.parent_run = context_.key.run();
    asked.root_run = lineage ? lineage->root_run : asked.parent_run;
    asked.depth = lineage ? lineage->depth + 1 : 1;
    asked.tool_use_id = call.use.id;
    asked.turn = fmt::format("{} {}", context_.history.running->id, context_.history.running->iterations);
    asked.budget_pico = call.budget_pico;
    asked.user = context_.history.user;
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(context_.deadline -
                                                                       context_.dependencies.clock.now());
    asked.timeout_seconds = std::max<int64_t>(1, std::min<int64_t>(asked.timeout_seconds, left.count()));
    return asked;
  }

  void queue(const PendingTool& call) {
    const BenchTool* found = context_.bench.find(call.use.name);
    if (found && !found->concurrent()) {
      const auto same = std::ranges::find(lanes_, found, &Lane::tool);
      if (same != lanes_.end()) {
        same->calls.push_back(call);
        return;
      }
    }
    lanes_.push_back({found, {call}});
  }

  void start_lanes() {
    const size_t workers = std::min(lanes_.size(), kMaxParallelTools);
    lanes_running_ = workers;
    for (size_t worker = 0; worker < workers; ++worker) net::spawn(context_.executor, work(), "harness.tool");
  }

  net::Task<> work() {
    while (next_lane_ < lanes_.size()) {
      Lane& lane = lanes_[next_lane_++];
      for (PendingTool& call : lane.calls) {
        try {
          const Result<> ran = co_await run_call(call);
          if (!ran && !failure_) failure_ = ran.error();
        } catch (const std::exception&) {
          // Thrown again where the lanes are waited for: it ends the invocation, where an error would only
          // suspend it.
          if (!bug_) bug_ = std::current_exception();
        }
      }
    }
    --lanes_running_;
    idle_.notify();
  }

  net::Task<Result<>> run_call(PendingTool& call) {
    os::Clock& clock = context_.dependencies.clock;
    const os::Time began = clock.now();
    CallEnd end;
    if (context_.cancellation.requested()) {
      end.outcome = tool::error_outcome(
          fmt::format("Not run: the invocation was stopped ({}).", context_.cancellation.reason()));
    } else if (const std::optional<Permit> permit = permit_to_run(context_, call)) {
      try {
        end = co_await run_permitted(*permit, call);
      } catch (const std::exception& exception) {
        os::log(os::Level::kError, "harness.tool.bug", {{"tool", call.use.name}, {"what", exception.what()}});
        end.outcome = tool::error_outcome(fmt::format("The tool failed inside soma: {}", exception.what()));
      }
    } else {
      end.outcome = tool::error_outcome("This call was not run: it has no permission.");
      end.not_run = "policy";
    }
    // A shutdown must not write an end for a call that the next process decides about.
    if (shutting_down()) co_return Result<>{};
    end.elapsed_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began).count();
    co_await record_result(call, std::move(end));
    // A result goes to the disk and to followers now, not when the slowest call is done. The last one goes
    // with the next model call's intent, in one transaction: the journal's order is what a resume needs.
    if (--calls_left_ > 0) context_.writer.send_soon();
    co_return co_await ask_tool_hooks(context_, recorder_, HookType::kAfterToolCall, call.use.id);
  }

  net::Task<CallEnd> run_permitted(Permit permit, PendingTool& call) {
    BenchTool* found = context_.bench.find(permit.call().name);
    if (!found) co_return CallEnd{tool::error_outcome("This tool is not there any more."), 0, "invalid", {}};
    StandIn* stand_in = context_.dependencies.stand_in;
    if (found->sub_agent && !stand_in) co_return co_await ask_sub_agent(call, *found->sub_agent);
    tool::Context tool_context{
        result_name(call), context_.deadline, context_.cancellation, {}, result_limit(call)};
    const bool rerun = call.block_started;
    tool_context.emit = [this, &call, rerun](std::string_view text) {
      if (!rerun && !text.empty()) emit(call, text);
    };
    if (stand_in) co_return co_await stand_in->run_call(permit.call(), tool_context);
    tool::Outcome outcome = co_await found->tool->run(permit.call().input, tool_context);
    co_return CallEnd{std::move(outcome), 0, {}, {}};
  }

  net::Task<CallEnd> ask_sub_agent(const PendingTool& call, const SubAgent& sub_agent) {
    SubAgentCall asked = sub_agent_call(call, sub_agent);
    auto place = context_.dependencies.sub_agents->place(asked);
    if (!place) co_return CallEnd{tool::error_outcome(place.error().to_string()), 0, "invalid", {}};
    SubAgentNews news = [this](std::string_view type, json::Value body) { tell(type, body); };
    auto ended = co_await context_.dependencies.sub_agents->ask(std::move(asked), std::move(*place),
                                                                std::move(news), context_.cancellation);
    reserved_pico_ -= call.budget_pico.value_or(0);
    // What could not be asked has cost nothing.
    if (!ended) co_return CallEnd{tool::error_outcome(ended.error().to_string()), 0, {}, 0};
    tool::Outcome outcome = ended->error ? tool::error_outcome(std::move(ended->text))
                                         : tool::text_outcome(std::move(ended->text));
    co_return CallEnd{std::move(outcome), 0, {}, ended->cost_pico};
  }

  // What a sub-agent waits for is told to whoever follows this session, once: they can answer it where it
  // waits.
  void tell(std::string_view type, const json::Value& body) {
    const std::string id(body.get("approvalId").string_or(""));
    const auto call =
        std::ranges::find(running().tools, body.get("toolUseId").string_or(""),
                          [](const PendingTool& tool) { return std::string_view(tool.use.id); });
    if (call == running().tools.end()) return;
    if ((type == event::kSubAgentAsks ? call->sub_asks : call->sub_heard).contains(id)) return;
    recorder_.record(type, body);
    context_.writer.send_soon();
  }

  // By its place: some models number the calls of each answer anew, so that an id names many calls of a
  // session.
  std::string result_name(const PendingTool& call) const {
    return fmt::format("{}-{}-{}", context_.history.invocations, context_.history.running->iterations,
                       call.use.id);
  }

  size_t result_limit(const PendingTool& call) {
    const BenchTool* found = context_.bench.find(call.use.name);
    const size_t limit = running().config.max_tool_result_bytes;
    return found && found->sub_agent ? found->sub_agent->max_result_bytes().value_or(limit) : limit;
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

  json::Value result_head(const PendingTool& call, bool error) {
    return json::object({{"toolUseId", call.use.id},
                         {"name", call.use.name},
                         {"index", call.index},
                         {"status", error ? "error" : "success"}});
  }

  net::Task<> record_result(const PendingTool& call, CallEnd end) {
    const bool error = end.outcome.error;
    BoundedResult bounded;
    if (end.bounded) {
      bounded.for_model = bounded.for_client = std::move(end.outcome.content);
    } else {
      tool::ResultStore store{context_.bench.workspace(), context_.bench.sandbox()};
      bounded = co_await bound_result(std::move(store), result_name(call), call.streamed,
                                      std::move(end.outcome), result_limit(call));
    }
    json::Value body = result_head(call, error);
    if (call.block_started) body.set("tail", contents_json(bounded.for_client));
    body.set("content", contents_json(bounded.for_model));
    body.set("latencyMs", end.elapsed_ms);
    if (!end.not_run.empty()) body.set("notRun", end.not_run);
    if (end.cost_pico) body.set("costUsd", model::usd(*end.cost_pico));
    recorder_.record(event::kToolResult, body);
  }

  // The client has seen its own answer: it is recorded, not streamed.
  void record_client_answer(const PendingTool& call) {
    json::Value body = result_head(call, call.client_answer->error);
    body.set("content", contents_json(call.client_answer->content));
    body.set("client", true);
    recorder_.record(event::kToolResult, body);
  }

  InvocationContext& context_;
  Recorder& recorder_;
  net::Notifier idle_;
  std::vector<Lane> lanes_;
  size_t next_lane_ = 0, lanes_running_ = 0, calls_left_ = 0;
  int64_t reserved_pico_ = 0;
  std::optional<os::Error> failure_;
  std::exception_ptr bug_;
};

}  // namespace

net::Task<Result<TurnState>> run_tools(InvocationContext& context, Recorder& recorder) {
  ToolPhase phase(context, recorder);
  co_return co_await phase.run();
}

}  // namespace soma::harness
