#include "services/harness/events.h"

#include <fmt/format.h>

#include <algorithm>

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

model::Usage usage_from_json(const Value& value) {
  return {.input_tokens = value.get("inputTokens").int_or(0),
          .output_tokens = value.get("outputTokens").int_or(0),
          .cache_read_input_tokens = value.get("cacheReadInputTokens").int_or(0),
          .cache_write_input_tokens = value.get("cacheWriteInputTokens").int_or(0)};
}

Result<> started(SessionHistory& history, const Head& head, const Value& body) {
  if (history.running) return std::unexpected(corrupt(head, "the last invocation has not finished"));
  RunningInvocation running;
  running.id = body.get("invocationId").string_or("");
  running.client_token = body.get("clientToken").string_or("");
  running.first_seq = head.seq;
  running.started = head.at;
  SOMA_ASSIGN(running.config, config_from_json(body.get("config"), "", ""));
  for (const Value& entry : body.get("messages").as_array()) {
    SOMA_ASSIGN(model::Message message, model::message_from_json(entry));
    push_message(history.messages, std::move(message));
  }
  ++history.invocations;
  history.last_invocation = running.id;
  history.last_client_token = running.client_token;
  history.last_first_seq = head.seq;
  history.running = std::move(running);
  return {};
}

Result<> model_result(SessionHistory& history, const Value& body) {
  RunningInvocation& running = *history.running;
  SOMA_ASSIGN(model::Message message, model::message_from_json(body.get("message")));
  SOMA_ASSIGN(const model::StopReason stop, model::parse_stop_reason(body.get("stopReason").string_or("")));
  running.usage += usage_from_json(body.get("usage"));
  history.usage += usage_from_json(body.get("usage"));
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
}

PendingTool* find_tool(RunningInvocation& running, std::string_view tool_use_id) {
  const auto tool =
      std::ranges::find_if(running.tools, [&](const PendingTool& t) { return t.use.id == tool_use_id; });
  return tool == running.tools.end() ? nullptr : &*tool;
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
  ++running.tool_calls;
  if (std::ranges::all_of(running.tools, [](const PendingTool& t) { return t.result.has_value(); })) {
    close_tools(history, "");
  }
  return {};
}

Result<> apply_running(SessionHistory& history, const Head& head, const Value& body) {
  RunningInvocation& running = *history.running;
  if (head.type == event::kModelIntent) {
    if (!running.open_call) ++running.iterations;
    running.open_call = body.get("callId").string_or("");
    ++running.open_call_attempts;
    running.open_stream = {};
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
  if (head.type == event::kInvocationFinished) {
    close_tools(history, fmt::format("the turn ended ({})", body.get("stopReason").string_or("")));
    history.running.reset();
  }
  return {};
}

}  // namespace

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
    if (type == event::kSessionCreated) created = at;
    environment_started = at;
    ended = false;
  } else if (type == event::kSessionEnded) {
    ended = true;
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

Result<SessionHistory> read_history(journal::Journal& journal, std::string_view run) {
  SessionHistory history;
  while (true) {
    SOMA_ASSIGN(const std::vector<journal::Event> events,
                journal.read(run, history.last_seq + 1, journal::kMaxReadEvents));
    if (events.empty()) return history;
    for (const journal::Event& event : events) SOMA_TRY(history.apply(event));
  }
}

}  // namespace soma::harness
