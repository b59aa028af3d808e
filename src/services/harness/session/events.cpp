#include "services/harness/session/events.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/model/prices.h"
#include "services/harness/context/context_window.h"
#include "services/harness/loop/harness_tools.h"
#include "services/harness/loop/structured_output.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

// The event that is applied, for errors and times.
struct Head {
  std::string_view type;
  os::Time at;
  uint64_t seq;
};

os::Error corrupt(const Head& head, std::string_view what) {
  return os::Error{Code::kCorrupt, fmt::format("event {} ({}): {}", head.seq, head.type, what), ""};
}

std::optional<Lineage> lineage_from_json(const Value& value) {
  if (!value.is_object()) return std::nullopt;
  return Lineage{.parent_run = std::string(value.get("run").string_or("")),
                 .root_run = std::string(value.get("root").string_or("")),
                 .tool_use_id = std::string(value.get("toolUseId").string_or("")),
                 .depth = value.get("depth").int_or(0)};
}

model::Usage usage_from_json(const Value& value) {
  return {.input_tokens = value.get("inputTokens").int_or(0),
          .output_tokens = value.get("outputTokens").int_or(0),
          .cache_read_input_tokens = value.get("cacheReadInputTokens").int_or(0),
          .cache_write_input_tokens = value.get("cacheWriteInputTokens").int_or(0)};
}

// The first words of the running invocation: its task, which no compaction drops.
void push_task(SessionHistory& history, std::vector<model::Message> messages) {
  if (messages.empty()) return;
  MessageRange& task = history.running->task;
  task.begin = history.messages.size();
  for (model::Message& message : messages) push_message(history.messages, std::move(message));
  task.end = history.messages.size();
  // A message that was joined to the one before it is that one.
  task.begin = std::min(task.begin, task.end - 1);
}

// Every tool use needs its result before the next message, else no model takes the history.
void close_tools(SessionHistory& history, std::string_view why_not_run) {
  RunningInvocation& running = *history.running;
  if (running.tools.empty()) return;
  model::Message results{model::Role::kUser, {}};
  for (PendingTool& tool : running.tools)
    results.content.emplace_back(tool.result.value_or(model::ToolResult{
        tool.use.id, true, {model::Text{fmt::format("This call was not run: {}.", why_not_run)}}}));
  running.tools.clear();
  push_message(history.messages, std::move(results));
  push_task(history, std::exchange(running.after_results, {}));
}

PendingTool* find_tool(RunningInvocation& running, std::string_view tool_use_id) {
  const auto tool =
      std::ranges::find_if(running.tools, [&](const PendingTool& t) { return t.use.id == tool_use_id; });
  return tool == running.tools.end() ? nullptr : &*tool;
}

// What the client says to the calls that the last invocation handed over to it: its answers go to those
// calls, the rest of its words comes after all results. A repeated turn of the model (clients of the managed
// service send it back) is left out; a client that answers nothing leaves its calls without an answer.
void take_client_answers(SessionHistory& history, std::vector<model::Message>& messages) {
  RunningInvocation& running = *history.running;
  running.tools = std::exchange(history.handed_over, {});
  running.after_results = std::exchange(history.handed_over_after, {});
  bool answered = false;
  for (model::Message& message : messages) {
    std::erase_if(message.content, [&](model::Block& block) {
      if (const auto* use = std::get_if<model::ToolUse>(&block))
        return find_tool(running, use->id) != nullptr;
      auto* result = std::get_if<model::ToolResult>(&block);
      PendingTool* tool = result ? find_tool(running, result->tool_use_id) : nullptr;
      if (!tool) return false;
      answered = true;
      tool->client_answer = std::move(*result);
      return true;
    });
    if (message.role == model::Role::kUser && !message.content.empty())
      push_message(running.after_results, std::move(message));
  }
  messages.clear();
  running.last_stop = model::StopReason::kToolUse;
  if (!answered) close_tools(history, "the client did not answer it");
}

Result<> started(SessionHistory& history, const Head& head, const Value& body) {
  if (history.running) return std::unexpected(corrupt(head, "the last invocation has not finished"));
  RunningInvocation running;
  running.id = body.get("invocationId").string_or("");
  running.client_token = body.get("clientToken").string_or("");
  running.first_seq = head.seq;
  running.started = head.at;
  SOMA_ASSIGN(running.config, config_from_json(body.get("config"), "", ""));
  running.skills = skills_from_json(body.get("skills"));
  running.actor_id = body.get("actorId").string_or("");
  history.running = std::move(running);
  std::vector<model::Message> messages;
  for (const Value& entry : body.get("messages").as_array()) {
    SOMA_ASSIGN(model::Message message, model::message_from_json(entry));
    messages.push_back(std::move(message));
  }
  history.running->own_begin = history.messages.size();
  if (!history.handed_over.empty()) take_client_answers(history, messages);
  push_task(history, std::move(messages));
  ++history.invocations;
  history.last_invocation = history.running->id;
  history.last_client_token = history.running->client_token;
  history.last_first_seq = head.seq;
  return {};
}

// How many tokens the provider counted for what was estimated; the last scale when either is not known.
double measured_scale(const RunningInvocation& running, const Value& usage_json, double last) {
  const model::Usage usage = usage_from_json(usage_json);
  const bool known = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_write_input_tokens > 0;
  return known && running.estimated_tokens > 0 ? calibrated_scale(running.estimated_tokens, usage) : last;
}

Result<> model_result(SessionHistory& history, const Value& body) {
  RunningInvocation& running = *history.running;
  SOMA_ASSIGN(model::Message message, model::message_from_json(body.get("message")));
  SOMA_ASSIGN(const model::StopReason stop, model::parse_stop_reason(body.get("stopReason").string_or("")));
  running.usage += usage_from_json(body.get("usage"));
  history.usage += usage_from_json(body.get("usage"));
  running.spent.add(body);
  history.spent.add(body);
  history.token_scale = measured_scale(running, body.get("usage"), history.token_scale);
  running.compactions = 0;
  running.open_call.reset();
  running.open_call_attempts = 0;
  running.open_stream = {};
  running.last_stop = stop;
  running.tools.clear();
  // Calls with an origin were run by the provider itself.
  for (const model::Block& block : message.content)
    if (const auto* use = std::get_if<model::ToolUse>(&block); use != nullptr && use->origin.empty())
      running.tools.push_back({.use = *use, .index = static_cast<int>(running.tools.size())});
  push_message(history.messages, std::move(message));
  return {};
}

// A turn is complete when every call has its result, and every hook has been asked about it.
void close_complete_turn(SessionHistory& history) {
  RunningInvocation& running = *history.running;
  const bool complete = std::ranges::all_of(running.tools, [&](const PendingTool& tool) {
    return tool.result.has_value() &&
           next_tool_hook(running.config, tool, HookType::kAfterToolCall) == nullptr;
  });
  if (complete) close_tools(history, "");
}

Result<> tool_result(SessionHistory& history, const Head& head, const Value& body) {
  RunningInvocation& running = *history.running;
  PendingTool* tool = find_tool(running, body.get("toolUseId").string_or(""));
  if (!tool) return std::unexpected(corrupt(head, "a result without its call"));
  model::ToolResult result{tool->use.id, body.get("status").string_or("") == "error", {}};
  for (const Value& entry : body.get("content").as_array()) {
    SOMA_ASSIGN(model::ResultContent content, model::result_content_from_json(entry));
    result.content.push_back(std::move(content));
  }
  tool->result = std::move(result);
  const std::string_view not_run = body.get("notRun").string_or("");
  tool->refused = !not_run.empty() && not_run != "unknown";
  if (not_run.empty() && !body.get("client").bool_or(false)) ++running.tool_calls;
  if (not_run == "limit") running.tool_limit_met = true;
  // A sub-agent that answered without a price has cost something that nobody knows.
  if (body.has("costUsd") || (tool->sub_agent && not_run.empty())) {
    running.spent.add(body);
    history.spent.add(body);
  }
  close_complete_turn(history);
  return {};
}

Result<> approval_requested(RunningInvocation& running, const Head& head, const Value& body) {
  PendingTool* tool = find_tool(running, body.get("toolUseId").string_or(""));
  if (!tool) return std::unexpected(corrupt(head, "an approval without its call"));
  Approval approval{.id = std::string(body.get("approvalId").string_or("")),
                    .tool_use_id = tool->use.id,
                    .tool = tool->use.name,
                    .input = body.get("input"),
                    .input_hash = std::string(body.get("inputHash").string_or("")),
                    .rule = std::string(body.get("rule").string_or("")),
                    .requested = head.at};
  if (body.has("expiresAt")) {
    SOMA_ASSIGN(approval.expires, os::parse_time(body.get("expiresAt").string_or("")));
  }
  tool->approval = std::move(approval);
  return {};
}

Result<> approval_answered(SessionHistory& history, const Head& head, const Value& body) {
  RunningInvocation& running = *history.running;
  PendingTool* tool = find_tool(running, body.get("toolUseId").string_or(""));
  if (!tool || !tool->approval || tool->approval->id != body.get("approvalId").string_or(""))
    return std::unexpected(corrupt(head, "an answer without its approval"));
  Approval& approval = *tool->approval;
  if (approval.answer) return std::unexpected(corrupt(head, "an approval was answered twice"));
  SOMA_ASSIGN(approval.answer, parse_answer(body.get("decision").string_or("")));
  approval.answered_hash = body.get("inputHash").string_or("");
  approval.by = body.get("by").string_or("");
  approval.reason = body.get("reason").string_or("");
  approval.answered = head.at;
  if (running.waiting_since) {
    running.waited += head.at - *running.waiting_since;
    running.waiting_since.reset();
    // What ran before the wait may be gone: the environment's life begins anew.
    history.environment_started = head.at;
  }
  return {};
}

std::string hook_key(const Value& body) {
  return fmt::format("{}\n{}\n{}", body.get("type").string_or(""), body.get("name").string_or(""),
                     body.get("toolUseId").string_or(""));
}

Result<> hook_finished(SessionHistory& history, const Head& head, const Value& body) {
  RunningInvocation& running = *history.running;
  running.open_hooks.erase(hook_key(body));
  const std::string name(body.get("name").string_or(""));
  const std::string_view type = body.get("type").string_or("");
  const bool denied = body.get("decision").string_or("") == "deny";
  std::string reason(body.get("reason").string_or(""));
  if (!body.has("toolUseId")) {
    running.hooks.push_back(name);
    if (denied && type == hook_type_name(HookType::kBeforeInvocation)) running.hook_stop = std::move(reason);
    return {};
  }
  PendingTool* tool = find_tool(running, body.get("toolUseId").string_or(""));
  const bool after = type == hook_type_name(HookType::kAfterToolCall);
  // Journals of before are read too: then hooks were told of refused calls, which end their turn without them
  // now.
  if (!tool && after) {
    if (denied) running.hook_stop = std::move(reason);
    return {};
  }
  if (!tool) return std::unexpected(corrupt(head, "a hook's answer without its call"));
  if (!after) {
    tool->hooks_before.push_back(name);
    if (denied) tool->refusal = std::move(reason);
    return {};
  }
  tool->hooks_after.push_back(name);
  if (denied) running.hook_stop = std::move(reason);
  close_complete_turn(history);
  return {};
}

Result<> context_compacted(SessionHistory& history, const Value& body) {
  RunningInvocation& running = *history.running;
  running.compaction_attempts = 0;
  ++running.compactions;
  if (body.has("usage")) {
    running.usage += usage_from_json(body.get("usage"));
    history.usage += usage_from_json(body.get("usage"));
    running.spent.add(body);
    history.spent.add(body);
  }
  if (history.keep_all) return {};
  SOMA_ASSIGN(const Compaction plan, compaction_from_json(body));
  std::optional<std::string> summary;
  if (body.has("summary")) summary = body.get("summary").string_or("");
  SOMA_ASSIGN(std::vector<model::Message> compacted, apply_compaction(history.messages, plan, summary));
  const MessageRange own{running.own_begin, history.messages.size()};
  running.own_begin = range_after(own, plan, history.messages.size(), compacted.size()).begin;
  running.task = range_after(running.task, plan, history.messages.size(), compacted.size());
  history.messages = std::move(compacted);
  return {};
}

Result<> output_judged(SessionHistory& history, const Head& head, const Value& body) {
  RunningInvocation& running = *history.running;
  if (head.type == event::kOutputAccepted) {
    running.output = body.get("value");
    return {};
  }
  ++running.output_attempts;
  running.last_stop.reset();
  push_message(history.messages, {model::Role::kUser, {model::Text{repair_prompt(body.get("violations"))}}});
  return {};
}

Result<> finished(SessionHistory& history, const Value& body) {
  RunningInvocation& running = *history.running;
  if (body.has("pending")) {
    history.handed_over = std::move(running.tools);
    history.handed_over_after = std::move(running.after_results);
  } else {
    close_tools(history, fmt::format("the turn ended ({})", body.get("stopReason").string_or("")));
  }
  history.running.reset();
  return {};
}

Result<> sub_agent_started(RunningInvocation& running, const Head& head, const Value& body) {
  PendingTool* tool = find_tool(running, body.get("toolUseId").string_or(""));
  if (!tool) return std::unexpected(corrupt(head, "a sub-agent without its call"));
  tool->sub_agent = true;
  if (body.has("budgetUsd")) tool->budget_pico = model::pico(body.get("budgetUsd").double_or(0));
  return {};
}

// Of an approval that a sub-agent's session waits for: only that it was told of.
Result<> sub_agent_approval(RunningInvocation& running, const Head& head, const Value& body) {
  PendingTool* tool = find_tool(running, body.get("toolUseId").string_or(""));
  if (!tool) return std::unexpected(corrupt(head, "a sub-agent's approval without its call"));
  const std::string id(body.get("approvalId").string_or(""));
  (head.type == event::kSubAgentAsks ? tool->sub_asks : tool->sub_heard).insert(id);
  return {};
}

Result<> apply_running(SessionHistory& history, const Head& head, const Value& body) {
  RunningInvocation& running = *history.running;
  if (head.type == event::kModelIntent) {
    if (!running.open_call) ++running.iterations;
    running.open_call = body.get("callId").string_or("");
    ++running.open_call_attempts;
    running.open_stream = {};
    running.estimated_tokens = body.get("estimatedTokens").int_or(0);
    return {};
  }
  if (head.type == event::kStream) {
    for (const Value& entry : body.as_array()) {
      SOMA_ASSIGN(const model::StreamEvent streamed, model::event_from_json(entry));
      SOMA_TRY(history.apply_stream(streamed));
    }
    return {};
  }
  if (head.type == event::kModelResult) return model_result(history, body);
  if (head.type == event::kToolResult) return tool_result(history, head, body);
  if (head.type == event::kToolIntent) {
    PendingTool* tool = find_tool(running, body.get("toolUseId").string_or(""));
    if (!tool) return std::unexpected(corrupt(head, "an intent without its call"));
    tool->intended = true;
    tool->repeatable = body.get("repeatable").bool_or(false);
    return {};
  }
  if (head.type == event::kApprovalRequested) return approval_requested(running, head, body);
  if (head.type == event::kApprovalAnswered) return approval_answered(history, head, body);
  if (head.type == event::kHookStarted)
    running.open_hooks[hook_key(body)] = body.get("hookEventId").string_or("");
  if (head.type == event::kHookFinished) return hook_finished(history, head, body);
  if (head.type == event::kSubAgentStarted) return sub_agent_started(running, head, body);
  if (head.type == event::kSubAgentAsks || head.type == event::kSubAgentHeard)
    return sub_agent_approval(running, head, body);
  if (head.type == event::kOutputRejected || head.type == event::kOutputAccepted)
    return output_judged(history, head, body);
  if (head.type == event::kContextCompacting) ++running.compaction_attempts;
  if (head.type == event::kContextCompacted) return context_compacted(history, body);
  if (head.type == event::kMemoryRecalled) running.recalled = body.get("text").string_or("");
  if (head.type == event::kMemoryRecalled || head.type == event::kMemoryFailed) running.memory_asked = true;
  if (head.type == event::kMemoryKept ||
      (head.type == event::kMemoryFailed && body.get("what").string_or("") == "keep"))
    running.memory_kept = true;
  if (head.type == event::kInvocationWaiting) running.waiting_since = head.at;
  if (head.type == event::kInvocationFinished) return finished(history, body);
  return {};
}

}  // namespace

SessionKey key_of(const journal::Run& run) {
  return {std::string(run.label("harnessId")), std::string(run.label("harnessName")),
          std::string(run.label("sessionId"))};
}

void push_message(std::vector<model::Message>& messages, model::Message message) {
  if (messages.empty() || messages.back().role != message.role) {
    messages.push_back(std::move(message));
    return;
  }
  std::ranges::move(message.content, std::back_inserter(messages.back().content));
}

Result<> SessionHistory::apply(const journal::Event& event) {
  if (event.seq != last_seq + 1)
    return std::unexpected(
        corrupt({event.type, event.at, event.seq}, fmt::format("expected event {}", last_seq + 1)));
  last_seq = event.seq;
  // Streamed text is repeated in the results: only a message still open needs it, and reading it all would
  // make long sessions slow.
  if (event.type == event::kStream && !running) return {};
  SOMA_ASSIGN(const Value body, json::parse(event.body));
  return apply(event.type, body, event.at, event.seq);
}

Result<> SessionHistory::apply(std::string_view type, const Value& body, os::Time at, uint64_t seq) {
  const Head head{type, at, seq};
  if (type == event::kSessionCreated || type == event::kSessionReopened) {
    if (type == event::kSessionCreated) {
      created = at;
      lineage = lineage_from_json(body.get("parent"));
      if (const Value& whose = body.get("user"); whose.is_object())
        user = auth::Identity{std::string(whose.get("issuer").string_or("")),
                              std::string(whose.get("subject").string_or(""))};
    }
    environment_started = at;
    ended = false;
  } else if (type == event::kSessionEnded) {
    ended = true;
  } else if (type == event::kToolsListed) {
    listed.insert_or_assign(std::string(body.get("source").string_or("")), body);
  } else if (type == event::kInvocationStarted) {
    return started(*this, head, body);
  } else if (running) {
    return apply_running(*this, head, body);
  }
  return {};
}

Result<> SessionHistory::apply_stream(const model::StreamEvent& event) {
  if (!running) return {};
  if (running->open_call) return running->open_stream.add(event);
  if (const auto* start = std::get_if<model::MessageStart>(&event))
    running->results_message_open = start->role == model::Role::kUser;
  if (std::holds_alternative<model::MessageStop>(event)) running->results_message_open = false;
  const auto of_index = [&](int index) -> PendingTool* {
    const auto tool = std::ranges::find(running->tools, index, &PendingTool::index);
    return tool == running->tools.end() ? nullptr : &*tool;
  };
  if (const auto* block = std::get_if<model::ContentBlockStart>(&event)) {
    if (PendingTool* tool = of_index(block->index)) tool->block_started = true;
  } else if (const auto* delta = std::get_if<model::ContentBlockDelta>(&event)) {
    PendingTool* tool = of_index(delta->index);
    const auto* result = std::get_if<model::ToolResultDelta>(&delta->delta);
    if (!tool || !result) return {};
    for (const model::ResultContent& content : result->content)
      if (const auto* text = std::get_if<model::Text>(&content)) tool->streamed += text->text;
  }
  return {};
}

const Hook* next_tool_hook(const Config& config, const PendingTool& tool, HookType type) {
  if (type == HookType::kAfterToolCall && tool.refused) return nullptr;
  const std::vector<std::string>& asked =
      type == HookType::kBeforeToolCall ? tool.hooks_before : tool.hooks_after;
  for (const Hook& hook : config.hooks)
    if (hook.type == type && is_about_tool(hook, tool.use.name, tool_server(config, tool.use.name)) &&
        std::ranges::find(asked, hook.name) == asked.end())
      return &hook;
  return nullptr;
}

bool waits_for_approval(const PendingTool& tool) {
  return tool.approval && !tool.approval->answer && !tool.result;
}

json::Value to_json(const Lineage& lineage) {
  return json::object({{"run", lineage.parent_run},
                       {"root", lineage.root_run},
                       {"toolUseId", lineage.tool_use_id},
                       {"depth", lineage.depth}});
}

void Spent::add(const json::Value& body) {
  if (const json::Value* usd = body.find("costUsd")) {
    pico = model::add_pico(pico, model::pico(usd->double_or(0)));
  } else {
    complete = false;
  }
}

Result<SessionHistory> read_history(journal::Journal& journal, std::string_view run, bool keep_all) {
  SessionHistory history;
  history.keep_all = keep_all;
  while (true) {
    SOMA_ASSIGN(const std::vector<journal::Event> events,
                journal.read(run, history.last_seq + 1, journal::kMaxReadEvents));
    if (events.empty()) return history;
    for (const journal::Event& event : events) SOMA_TRY(history.apply(event));
  }
}

}  // namespace soma::harness
