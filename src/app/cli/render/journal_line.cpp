#include "app/cli/render/journal_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/render/figures.h"
#include "app/cli/render/one_line.h"

namespace soma::cli {
namespace {

using json::Value;

std::string text_of(const Value& content) {
  std::string out;
  for (size_t index = 0; index < content.size(); ++index) {
    const Value& block = content.at(index);
    const Value& image_file = block.get("image").get("source").get("file");
    std::string piece;
    if (block.get("text").is_string())
      piece = block.get("text").as_string();
    else if (block.has("json"))
      piece = json::write(block.get("json"));
    else if (image_file.is_string())
      piece = "[" + image_file.as_string() + "]";
    else if (block.has("toolUse"))
      piece = fmt::format("[calls {}]", block.get("toolUse").get("name").string_or("?"));
    if (piece.empty()) continue;
    if (!out.empty()) out += ' ';
    out += piece;
  }
  return out;
}

std::string tokens(const Value& usage) {
  return fmt::format("{} in · {} out", usage.get("inputTokens").int_or(0),
                     usage.get("outputTokens").int_or(0));
}

std::string seconds(const Value& body) {
  return fmt::format("{:.1f}s", body.get("latencyMs").double_or(0) / 1000.0);
}

std::string_view word(const Value& body, std::string_view key) {
  return body.get(key).string_or("?");
}

// ", $0.0123" where there is a cost.
std::string cost(const Value& body) {
  const double usd = body.get("costUsd").double_or(0);
  return usd > 0 ? ", " + dollars(usd) : "";
}

// ": why", where there is one.
std::string because(const Value& body, std::string_view key) {
  const std::string_view reason = body.get(key).string_or("");
  return reason.empty() ? "" : fmt::format(": {}", reason);
}

std::string started(const Value& body) {
  std::string prompt;
  const Value& messages = body.get("messages");
  if (!messages.empty()) prompt = text_of(messages.at(messages.size() - 1).get("content"));
  return fmt::format("{}/{} version {}: {}", word(body.get("model"), "provider"),
                     word(body.get("model"), "modelId"), word(body, "harnessVersion"), prompt);
}

std::string finished(const Value& body) {
  std::string line = fmt::format("{}, {} iterations, {} tool calls, {}, {}{}", word(body, "stopReason"),
                                 body.get("iterations").int_or(0), body.get("toolCalls").int_or(0),
                                 tokens(body.get("usage")), seconds(body), cost(body));
  const size_t pending = body.get("pending").size();
  if (pending > 0) line += fmt::format(", {} for the client to answer", pending);
  if (body.get("error").is_object()) line += fmt::format(": {}", word(body.get("error"), "message"));
  return line;
}

std::string session_created(const Value& body) {
  return fmt::format("{}, session {}", word(body, "harnessName"), word(body, "sessionId"));
}
std::string why(const Value& body) {
  return std::string(word(body, "reason"));
}
std::string waiting(const Value&) {
  return "for an approval";
}
std::string model_intent(const Value& body) {
  return fmt::format("{}/{}, iteration {}", word(body, "provider"), word(body, "modelId"),
                     body.get("iteration").int_or(0));
}
std::string model_result(const Value& body) {
  return fmt::format("{}, {}, {}{}: {}", word(body, "stopReason"), tokens(body.get("usage")), seconds(body),
                     cost(body), text_of(body.get("message").get("content")));
}
std::string tool_intent(const Value& body) {
  return fmt::format("{} {}", word(body, "name"), json::write(body.get("input")));
}
std::string tool_result(const Value& body) {
  return fmt::format("{} {}, {}{}: {}", word(body, "name"), word(body, "status"), seconds(body), cost(body),
                     text_of(body.get("content")));
}
std::string approval_requested(const Value& body) {
  return fmt::format("{} {} {} ({}){}", word(body, "approvalId"), word(body, "name"),
                     json::write(body.get("input")), word(body, "rule"), because(body, "reason"));
}
std::string approval_answered(const Value& body) {
  return fmt::format("{} {}, by {}{}", word(body, "approvalId"), word(body, "decision"), word(body, "by"),
                     because(body, "reason"));
}
std::string hook_started(const Value& body) {
  return fmt::format("{} {}", word(body, "name"), word(body, "type"));
}
std::string hook_finished(const Value& body) {
  const std::string_view decision = body.get("decision").string_or("");
  return fmt::format("{} {}{}{}, {}{}{}", word(body, "name"), word(body, "type"),
                     decision.empty() ? "" : ", ", decision, seconds(body), because(body, "reason"),
                     because(body, "error"));
}
std::string subagent_started(const Value& body) {
  const Value& budget = body.get("budgetUsd");
  return fmt::format("{}, session {}{}{}", word(body, "harnessName"), word(body, "sessionId"),
                     budget.is_number() ? ", at most " : "",
                     budget.is_number() ? dollars(budget.double_or(0)) : "");
}
std::string context_compacting(const Value& body) {
  return std::string(word(body, "strategy"));
}
std::string context_compacted(const Value& body) {
  return fmt::format("{}, {} messages removed, {} → {} tokens{}{}", word(body, "strategy"),
                     body.get("removed").int_or(0), body.get("tokensBefore").int_or(0),
                     body.get("tokensAfter").int_or(0), cost(body), because(body, "summary"));
}
std::string output_rejected(const Value& body) {
  std::string line = fmt::format("attempt {}", body.get("attempt").int_or(0));
  const Value& violations = body.get("violations");
  for (size_t index = 0; index < violations.size(); ++index)
    line += fmt::format("{} {}", index == 0 ? ":" : ";", violations.at(index).string_or("?"));
  return line;
}
std::string output_accepted(const Value& body) {
  return json::write(body.get("value"));
}

struct Summary {
  std::string_view type;
  std::string (*of)(const Value& body);
};
constexpr Summary kSummaries[] = {{"session.created", session_created},
                                  {"session.ended", why},
                                  {"invocation.started", started},
                                  {"invocation.resumed", why},
                                  {"invocation.waiting", waiting},
                                  {"invocation.finished", finished},
                                  {"model.intent", model_intent},
                                  {"model.result", model_result},
                                  {"tool.intent", tool_intent},
                                  {"tool.result", tool_result},
                                  {"approval.requested", approval_requested},
                                  {"approval.answered", approval_answered},
                                  {"subagent.asks", approval_requested},
                                  {"subagent.heard", approval_answered},
                                  {"hook.started", hook_started},
                                  {"hook.finished", hook_finished},
                                  {"subagent.started", subagent_started},
                                  {"context.compacting", context_compacting},
                                  {"context.compacted", context_compacted},
                                  {"output.rejected", output_rejected},
                                  {"output.accepted", output_accepted}};

// A type that is not known here is shown as it stands.
std::string summary(std::string_view type, const Value& body) {
  const auto* const known = std::ranges::find(kSummaries, type, &Summary::type);
  return known != std::end(kSummaries) ? known->of(body) : json::write(body);
}

// "2026-01-31T23:59:59.123Z" to "23:59:59.123".
std::string_view time_of_day(std::string_view at) {
  constexpr size_t kDateBytes = 11, kTimeBytes = 12;
  return at.size() < kDateBytes + kTimeBytes ? at : at.substr(kDateBytes, kTimeBytes);
}

}  // namespace

std::optional<std::string> journal_line(const Value& event) {
  const std::string_view type = event.get("type").string_or("?");
  if (type == "stream") return std::nullopt;
  return fmt::format("{}  #{:<4} {:<19}  {}", time_of_day(event.get("at").string_or("")),
                     event.get("seq").int_or(0), type,
                     one_line(summary(type, event.get("body")), kMaxJournalLineBytes));
}

}  // namespace soma::cli
