#include "services/harness/loop/hook_calls.h"

#include <algorithm>

#include "services/harness/loop/harness_tools.h"
#include "services/harness/loop/stand_in.h"

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

PendingTool* find_call(RunningInvocation& running, std::string_view tool_use_id) {
  const auto found =
      std::ranges::find(running.tools, tool_use_id, [](const PendingTool& t) { return t.use.id; });
  return found == running.tools.end() ? nullptr : &*found;
}

json::Value head_of(const Hook& hook, const std::string& event_id, const std::string& tool_use_id) {
  json::Value body =
      json::object({{"hookEventId", event_id}, {"name", hook.name}, {"type", hook_type_name(hook.type)}});
  if (!tool_use_id.empty()) body.set("toolUseId", tool_use_id);
  return body;
}

// One call: recorded, made, recorded. A call that a crash cut off is made again under its first id.
net::Task<Result<>> call_hook(InvocationContext& context, Recorder& recorder, const Hook& hook,
                              std::string tool_use_id, json::Value hook_context) {
  RunningInvocation& running = *context.history.running;
  const std::string key = std::string(hook_type_name(hook.type)) + "\n" + hook.name + "\n" + tool_use_id;
  const auto open = running.open_hooks.find(key);
  HookCall call{.event_id = open == running.open_hooks.end() ? context.dependencies.ids.uuid() : open->second,
                .hook = &hook,
                .context = std::move(hook_context),
                .session_id = context.key.session_id,
                .harness_name = context.key.harness_name,
                .harness_id = context.key.harness_id,
                .invocation_id = running.id,
                .at = context.dependencies.clock.now()};
  json::Value body = head_of(hook, call.event_id, tool_use_id);
  recorder.record(event::kHookStarted, body);
  SOMA_CO_TRY(co_await context.writer.flush());
  // What follows an invocation is told of its end however it ended; only a shutdown leaves it to the next
  // process.
  net::Cancellation cancellation;
  const bool last = hook.type == HookType::kAfterInvocation;
  const auto forward = context.cancellation.on_request([cancellation, last, &context]() mutable {
    if (!last || context.cancellation.reason() == kStopShutdown)
      cancellation.request(context.cancellation.reason());
  });
  HookOutcome outcome;
  if (StandIn* stand_in = context.dependencies.stand_in) {
    outcome = co_await stand_in->answer_hook(call, cancellation);
  } else {
    outcome = co_await context.hooks.run(std::move(call), cancellation);
  }
  if (outcome.cancelled) co_return os::fail(Code::kCancelled, context.cancellation.reason());
  if (outcome.allowed) body.set("decision", *outcome.allowed ? "allow" : "deny");
  if (!outcome.reason.empty()) body.set("reason", outcome.reason);
  if (outcome.error) body.set("error", *outcome.error);
  body.set("latencyMs", outcome.latency_ms);
  recorder.record(event::kHookFinished, body);
  context.writer.send_soon();
  co_return Result<>{};
}

json::Value tool_context(const InvocationContext& context, const PendingTool& tool, HookType type) {
  const tool::ToolConfig* configured = configured_tool(context.history.running->config, tool.use.name);
  json::Value before = before_tool_call_context(tool.use.name, configured ? configured->type : tool.use.name,
                                                tool.use.id, tool.use.input);
  if (type == HookType::kBeforeToolCall) return before;
  json::Value contents = json::Array{};
  std::optional<std::string> error;
  for (const model::ResultContent& content : tool.result->content) {
    contents.push_back(model::to_json(content));
    const auto* text = std::get_if<model::Text>(&content);
    if (tool.result->error && text && !error) error = text->text;
  }
  return after_tool_call_context(std::move(before), std::move(contents), error);
}

}  // namespace

net::Task<Result<>> ask_invocation_hooks(InvocationContext& context, Recorder& recorder, HookType type,
                                         json::Value hook_context) {
  const RunningInvocation& running = *context.history.running;
  const std::vector<Hook> hooks = running.config.hooks;
  for (const Hook& hook : hooks) {
    if (hook.type != type || std::ranges::find(running.hooks, hook.name) != running.hooks.end()) continue;
    if (type == HookType::kBeforeInvocation && running.hook_stop) break;
    json::Value copy = hook_context;
    SOMA_CO_TRY(co_await call_hook(context, recorder, hook, "", std::move(copy)));
  }
  co_return Result<>{};
}

net::Task<Result<>> ask_tool_hooks(InvocationContext& context, Recorder& recorder, HookType type,
                                   std::string tool_use_id) {
  RunningInvocation& running = *context.history.running;
  while (true) {
    const PendingTool* tool = find_call(running, tool_use_id);
    if (!tool ||
        (type == HookType::kBeforeToolCall ? tool->refusal.has_value() : running.hook_stop.has_value()))
      co_return Result<>{};
    const Hook* next = next_tool_hook(running.config, *tool, type);
    if (!next) co_return Result<>{};
    const Hook hook = *next;
    json::Value hook_context = tool_context(context, *tool, type);
    SOMA_CO_TRY(co_await call_hook(context, recorder, hook, tool_use_id, std::move(hook_context)));
  }
}

}  // namespace soma::harness
