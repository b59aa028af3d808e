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

constexpr std::string_view kNotComparedPrefixes[] = {"session.",  "exec.",     "shell.", "hook.",
                                                     "approval.", "subagent.", "tools."};
constexpr std::string_view kNotCompared[] = {event::kStream, event::kInvocationResumed,
                                             event::kInvocationWaiting};
// The journal does not keep what a provider said when it refused a request as too long.
constexpr std::string_view kTooLong = "the prompt is too long for the model (its own words are not recorded)";

Value without_values(Value config) {
  Value* variables = config.find("environmentVariables");
  if (variables == nullptr || !variables->is_object()) return config;
  for (auto& [name, value] : variables->as_object()) value = "";
  return config;
}

std::string text_of(const Value& body, std::string_view member) {
  return std::string(body.get(member).string_or(""));
}

RecordedApproval approval_of(const Value& body) {
  return {text_of(body, "toolUseId"), text_of(body, "decision"), text_of(body, "by"),
          text_of(body, "reason")};
}

// Of hook.started and hook.finished.
RecordedHook hook_of(const Value& body) {
  RecordedHook hook{text_of(body, "name"), text_of(body, "type"), text_of(body, "toolUseId")};
  if (body.has("decision")) hook.allowed = body.get("decision").string_or("") == "allow";
  hook.reason = text_of(body, "reason");
  if (body.has("error")) hook.error = text_of(body, "error");
  return hook;
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
    if (event.type == event::kInvocationFinished) close();
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
    if (!prices_.empty()) cassette_.prices = prices_json(prices_, options_.prices.date());
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
    invocation.skills = skills_from_json(body.get("skills"));
    take_price(config_of(invocation));
    cassette_.invocations.push_back(std::move(invocation));
    open_ = true;
    open_call_.clear();
    compacting_ = false;
    return {};
  }

  const Value& config_of(const RecordedInvocation& invocation) const {
    return invocation.config.is_null() ? cassette_.harness : invocation.config;
  }

  void take_price(const Value& config) {
    const std::string provider = text_of(config.get("model"), "provider");
    const std::string model_id = text_of(config.get("model"), "modelId");
    const bool known = std::ranges::any_of(prices_, [&](const model::PricedModel& priced) {
      return priced.provider == provider && priced.model_id == model_id;
    });
    if (const auto price = options_.prices.find(provider, model_id); price && !known)
      prices_.push_back({provider, model_id, *price, "the table of the server that recorded this"});
  }

  void close() {
    open_ = false;
    for (const auto& [source, body] : history_.listed) cassette_.invocations.back().sources.push_back(body);
    for (const Value& body : open_hooks_) {
      cassette_.invocations.back().hooks.push_back(hook_of(body));
      cassette_.invocations.back().hooks.back().cut = true;
    }
    open_hooks_.clear();
  }

  Result<> take_inside(std::string_view type, const Value& body) {
    RecordedInvocation& invocation = cassette_.invocations.back();
    const std::string_view call = body.get("callId").string_or("");
    // A crash lets a call and a compaction begin again. A call that begins again behind a compaction had been
    // refused as too long.
    const bool again = type == event::kModelIntent && !call.empty() && call == open_call_;
    const bool too_long = again && invocation.events.back() == event::kContextCompacted;
    const bool repeated = (again && !too_long) || (type == event::kContextCompacting && compacting_);
    if (is_compared(type) && !repeated) invocation.events.emplace_back(type);
    if (too_long)
      invocation.turns.back().error = os::Error{Code::kInvalidArgument, std::string(kTooLong), ""};
    if (type == event::kModelIntent && !repeated) return model_intent(invocation, call);
    if (type == event::kModelResult) return model_result(invocation, body);
    if (type == event::kToolResult) return tool_result(body);
    if (type == event::kContextCompacting) compacting_ = true;
    if (type == event::kContextCompacted) return compacted(invocation, body);
    if (type == event::kInvocationFinished) finished(invocation, body);
    if (type == event::kApprovalAnswered) invocation.approvals.push_back(approval_of(body));
    if (type == event::kHookStarted) open_hooks_.push_back(body);
    if (type == event::kHookFinished) {
      std::erase_if(open_hooks_,
                    [&](const Value& open) { return open.get("hookEventId") == body.get("hookEventId"); });
      invocation.hooks.push_back(hook_of(body));
    }
    return {};
  }

  Result<> compacted(RecordedInvocation& invocation, const Value& body) {
    compacting_ = false;
    if (!body.has("summary")) return {};
    RecordedSummary summary{text_of(body, "summary")};
    if (body.has("usage")) {
      SOMA_ASSIGN(summary.usage, recorded_usage(body.get("usage")));
    }
    invocation.summaries.push_back(std::move(summary));
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
    RecordedTool tool{.id = text_of(body, "toolUseId"),
                      .name = text_of(body, "name"),
                      .input = {},
                      .error = body.get("status").string_or("") == "error",
                      .latency_ms = body.get("latencyMs").int_or(0)};
    for (const Value& entry : body.get("content").as_array()) {
      SOMA_ASSIGN(model::ResultContent content, model::result_content_from_json(entry));
      tool.content.push_back(std::move(content));
    }
    tool.not_run = text_of(body, "notRun");
    if (body.has("costUsd")) tool.cost_usd = body.get("costUsd").double_or(0);
    tool.client = body.get("client").bool_or(false);
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
  std::vector<std::string> shown_;          // digests of what the last request showed
  std::vector<model::PricedModel> prices_;  // of the models that were asked
  std::string open_call_;
  std::vector<Value> open_hooks_;  // hook.started events without their hook.finished
  size_t turns_ = 0;
  bool open_ = false, compacting_ = false;
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
