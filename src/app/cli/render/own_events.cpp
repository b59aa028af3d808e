#include "app/cli/render/own_events.h"

#include <fmt/format.h>

#include "app/cli/render/one_line.h"

namespace soma::cli {
namespace {

using json::Value;

std::string text(const Value& body, std::string_view key) {
  return one_line(body.get(key).string_or(""), kMaxOneLineBytes);
}

// ": why", or nothing.
std::string because(const Value& body) {
  const std::string reason = text(body, "reason");
  return reason.empty() ? "" : ": " + reason;
}

std::string asked(const Value& body) {
  const std::string who = body.has("harnessName") ? text(body, "harnessName") + " asks" : "Asks";
  return fmt::format("✋ {}: {} {} ({}{})\n   soma approve {} · soma deny {}", who, text(body, "name"),
                     one_line(json::write(body.get("input")), kMaxOneLineBytes), text(body, "rule"),
                     because(body), text(body, "approvalId"), text(body, "approvalId"));
}

std::string answered(const Value& body, const Value& approvals) {
  std::string tool = text(body, "approvalId");
  for (const Value& approval : approvals.as_array())
    if (approval.get("approvalId") == body.get("approvalId")) tool = text(approval, "tool");
  const std::string decision = text(body, "decision");
  if (decision != "approve" && decision != "deny")
    return fmt::format("✋ {} {}{}", decision, tool, because(body));
  return fmt::format("✋ {} {} by {}{}", tool, decision == "approve" ? "approved" : "denied",
                     text(body, "by"), because(body));
}

std::string compacted(const Value& body) {
  return fmt::format("✂ Context: removed {} messages, {} → {} tokens", body.get("removed").int_or(0),
                     body.get("tokensBefore").int_or(0), body.get("tokensAfter").int_or(0));
}

std::string rejected(const Value& body) {
  std::string out = fmt::format("↻ Output {} does not fit", body.get("attempt").int_or(0));
  const Value& violations = body.get("violations");
  for (size_t index = 0; index < violations.size(); ++index)
    out += fmt::format("{} {}", index == 0 ? ":" : ";", violations.at(index).string_or(""));
  return one_line(out, kMaxOneLineBytes);
}

Value without(Value object, std::string_view key) {
  object.erase(key);
  return object;
}

}  // namespace

void OwnEvents::add(const Value& wire_event) {
  const auto& [name, body] = wire_event.as_object().front();
  if (name == "approvalRequested") {
    Value approval = without(body, "name");
    approval.set("tool", body.get("name"));
    approvals_.push_back(std::move(approval));
  } else if (name == "approvalAnswered") {
    for (Value& approval : approvals_.as_array())
      if (approval.get("approvalId") == body.get("approvalId"))
        for (const char* key : {"decision", "by", "reason"}) approval.set(key, body.get(key));
  } else if (name == "subagentStarted") {
    sub_agents_.push_back(body);
  } else if (name == "contextCompacted") {
    compactions_.push_back(body);
  } else if (name == "hookEvent") {
    if (body.get("decision").string_or("") == "deny") denials_.push_back(body);
  } else if (name == "outputRejected") {
    rejections_.push_back(body);
  } else if (name == "invocationFinished") {
    end_ = body;
  }
}

std::optional<std::string> OwnEvents::line(const Value& wire_event) const {
  const auto& [name, body] = wire_event.as_object().front();
  if (name == "approvalRequested") return asked(body);
  if (name == "approvalAnswered") return answered(body, approvals_);
  if (name == "subagentStarted")
    return fmt::format("🤖 Sub-agent: {}, session {}", text(body, "harnessName"), text(body, "sessionId"));
  if (name == "contextCompacted") return compacted(body);
  if (name == "hookEvent" && body.get("decision").string_or("") == "deny")
    return fmt::format("⛔ Hook {} denied{}", text(body, "name"), because(body));
  if (name == "outputRejected") return rejected(body);
  return std::nullopt;
}

std::optional<double> OwnEvents::cost_usd() const {
  const Value& cost = end_.get("costUsd");
  return cost.is_number() ? std::optional(cost.double_or(0)) : std::nullopt;
}

size_t OwnEvents::waiting() const {
  size_t count = 0;
  for (const Value& approval : approvals_.as_array()) count += approval.has("decision") ? 0 : 1;
  return count;
}

void OwnEvents::add_to(Value& object) const {
  const std::pair<const char*, const Value*> members[] = {{"approvals", &approvals_},
                                                          {"subAgents", &sub_agents_},
                                                          {"compactions", &compactions_},
                                                          {"hookDenials", &denials_},
                                                          {"outputRejections", &rejections_}};
  for (const auto& [name, list] : members)
    if (!list->empty()) object.set(name, *list);
}

}  // namespace soma::cli
