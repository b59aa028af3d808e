// A session's journal, told as a cassette: the events are folded as a resume folds them, and at each model
// call the fold says what the model was shown.
#include <fmt/format.h>

#include <algorithm>

#include "base/os/version.h"
#include "services/harness/cassette/cassette.h"
#include "services/harness/session/events.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

// What a replay does not do again, because the recorded results already say how it went.
constexpr std::string_view kNotComparedPrefixes[] = {"session.", "exec.", "hook.", "approval.", "subagent."};
constexpr std::string_view kNotCompared[] = {event::kStream, event::kInvocationResumed, "invocation.waiting"};

Value without_values(Value config) {
  Value* variables = config.find("environmentVariables");
  if (variables == nullptr || !variables->is_object()) return config;
  for (auto& [name, value] : variables->as_object()) value = "";
  return config;
}

// The named members of an event's body that are there.
Value picked(const Value& body, std::initializer_list<std::string_view> names) {
  Value out = json::Object{};
  for (const std::string_view name : names)
    if (const Value* member = body.find(name)) out.set(name, *member);
  return out;
}

class Listener {
 public:
  explicit Listener(const RecordOptions& options) : options_(options) {}

  Result<> take(const journal::Event& event) {
    // Streamed text is repeated in the results.
    if (event.type == event::kStream) return {};
    SOMA_ASSIGN(const Value body, json::parse(event.body));
    if (event.type == event::kInvocationStarted) SOMA_TRY(start(body));
    if (open_) SOMA_TRY(take_inside(event.type, body));
    SOMA_TRY(history_.apply(event.type, body, event.at, event.seq));
    if (event.type == event::kInvocationFinished) open_ = false;
    return {};
  }

  Result<Cassette> finish(std::string_view run) && {
    if (open_)
      return os::fail(Code::kFailedPrecondition, fmt::format("an invocation of {} has not finished", run),
                      "wait until it has, or cancel it");
    if (cassette_.invocations.empty())
      return os::fail(Code::kFailedPrecondition, fmt::format("nothing was invoked in {}", run),
                      "a cassette begins with an invocation");
    cassette_.recorded = options_.now;
    cassette_.soma = os::kVersion;
    return std::move(cassette_);
  }

 private:
  Result<> start(const Value& body) {
    if (cassette_.invocations.size() == kMaxCassetteInvocations)
      return os::fail(Code::kLimitExceeded, fmt::format("the session has more than {} invocations "
                                                        "(kMaxCassetteInvocations)",
                                                        kMaxCassetteInvocations));
    RecordedInvocation invocation;
    for (const Value& entry : body.get("messages").as_array()) {
      SOMA_ASSIGN(model::Message message, model::message_from_json(entry));
      invocation.messages.push_back(std::move(message));
    }
    Value config = body.get("config");
    if (!options_.with_environment) config = without_values(std::move(config));
    if (cassette_.invocations.empty()) {
      cassette_.harness = std::move(config);
    } else if (config != cassette_.harness) {
      invocation.config = std::move(config);
    }
    cassette_.invocations.push_back(std::move(invocation));
    open_ = true;
    open_call_.clear();
    return {};
  }

  Result<> take_inside(std::string_view type, const Value& body) {
    RecordedInvocation& invocation = cassette_.invocations.back();
    const std::string_view call = body.get("callId").string_or("");
    const bool repeated = type == event::kModelIntent && !call.empty() && call == open_call_;
    if (is_compared(type) && !repeated) invocation.events.emplace_back(type);
    if (type == event::kModelIntent && !repeated) return model_intent(invocation, call);
    if (type == event::kModelResult) return model_result(invocation, body);
    if (type == event::kToolResult) return tool_result(body);
    if (type == event::kInvocationFinished) finished(invocation, body);
    if (type == "approval.answered") invocation.approvals.push_back(picked(body, {"toolUseId", "decision"}));
    if (type == "hook.finished")
      invocation.hooks.push_back(picked(body, {"name", "type", "toolUseId", "decision", "reason"}));
    return {};
  }

  Result<> model_intent(RecordedInvocation& invocation, std::string_view call) {
    if (++turns_ > kMaxCassetteTurns)
      return os::fail(Code::kLimitExceeded, fmt::format("the session has more than {} model calls "
                                                        "(kMaxCassetteTurns)",
                                                        kMaxCassetteTurns));
    open_call_ = call;
    invocation.turns.push_back({.request = shown_messages(history_.messages, shown_)});
    return {};
  }

  Result<> model_result(RecordedInvocation& invocation, const Value& body) {
    open_call_.clear();
    if (invocation.turns.empty())
      return os::fail(Code::kCorrupt, "a model's answer comes before its question");
    RecordedAnswer answer;
    SOMA_ASSIGN(answer.message, model::message_from_json(body.get("message")));
    SOMA_ASSIGN(answer.stop, model::parse_stop_reason(body.get("stopReason").string_or("")));
    SOMA_ASSIGN(answer.usage, recorded_usage(body.get("usage")));
    const std::string text = model::text_of(answer.message);
    if (!text.empty()) invocation.answer = text;
    invocation.turns.back().answer = std::move(answer);
    return {};
  }

  // The turn that asked for a call: the last one, also of the invocation before when the client answered it.
  RecordedTurn* turn_of(std::string_view tool_use_id) {
    size_t looked_at = 0;
    for (auto invocation = cassette_.invocations.rbegin();
         invocation != cassette_.invocations.rend() && looked_at < 2; ++invocation) {
      if (invocation->turns.empty()) continue;
      ++looked_at;
      RecordedTurn& turn = invocation->turns.back();
      if (!turn.answer) continue;
      const auto calls = calls_of(turn.answer->message);
      if (std::ranges::any_of(calls, [&](const model::ToolUse* use) { return use->id == tool_use_id; }))
        return &turn;
    }
    return nullptr;
  }

  Result<> tool_result(const Value& body) {
    RecordedTool tool{.id = std::string(body.get("toolUseId").string_or("")),
                      .name = std::string(body.get("name").string_or("")),
                      .input = {},
                      .error = body.get("status").string_or("") == "error",
                      .latency_ms = body.get("latencyMs").int_or(0)};
    for (const Value& entry : body.get("content").as_array()) {
      SOMA_ASSIGN(model::ResultContent content, model::result_content_from_json(entry));
      tool.content.push_back(std::move(content));
    }
    RecordedTurn* turn = turn_of(tool.id);
    if (!turn) return os::fail(Code::kCorrupt, fmt::format("tool result {} comes without its call", tool.id));
    const auto calls = calls_of(turn->answer->message);
    const auto place_of = [&](const std::string& id) {
      return std::ranges::find(calls, id, [](const model::ToolUse* use) { return use->id; }) - calls.begin();
    };
    const auto place = place_of(tool.id);
    tool.input = calls[static_cast<size_t>(place)]->input;
    const auto after = std::ranges::find_if(
        turn->tools, [&](const RecordedTool& other) { return place_of(other.id) > place; });
    turn->tools.insert(after, std::move(tool));
    return {};
  }

  static void finished(RecordedInvocation& invocation, const Value& body) {
    invocation.stop_reason = body.get("stopReason").string_or("");
    if (body.get("costUsd").is_number()) invocation.cost_usd = body.get("costUsd").as_double();
    const Value& error = body.get("error");
    if (!error.is_object() || invocation.turns.empty() || invocation.turns.back().answer) return;
    invocation.turns.back().error = os::Error{code_named(error.get("code").string_or("")),
                                              std::string(error.get("message").string_or("")),
                                              std::string(error.get("hint").string_or(""))};
  }

  const RecordOptions& options_;
  Cassette cassette_;
  SessionHistory history_;
  std::vector<std::string> shown_;  // digests of what the last request showed
  std::string open_call_;
  size_t turns_ = 0;
  bool open_ = false;
};

}  // namespace

bool is_compared(std::string_view event_type) {
  return std::ranges::find(kNotCompared, event_type) == std::end(kNotCompared) &&
         std::ranges::none_of(kNotComparedPrefixes,
                              [&](std::string_view prefix) { return event_type.starts_with(prefix); });
}

Result<Cassette> record(journal::Journal& journal, std::string_view run, const RecordOptions& options) {
  SOMA_TRY(journal.get(run));
  Listener listener(options);
  uint64_t next = 1;
  while (true) {
    SOMA_ASSIGN(const std::vector<journal::Event> events, journal.read(run, next, journal::kMaxReadEvents));
    if (events.empty()) return std::move(listener).finish(run);
    for (const journal::Event& event : events) SOMA_TRY(listener.take(event));
    next = events.back().seq + 1;
  }
}

}  // namespace soma::harness
