#include "services/harness/loop/approvals.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/aws/aws.h"
#include "base/json/canonical.h"
#include "services/harness/config.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr struct {
  Decision decision;
  std::string_view name;
} kDecisions[] = {{Decision::kAllow, "allow"}, {Decision::kAsk, "ask"}, {Decision::kDeny, "deny"}};

constexpr struct {
  Answer answer;
  std::string_view name;
} kAnswers[] = {{Answer::kApprove, "approve"},
                {Answer::kDeny, "deny"},
                {Answer::kExpired, "expired"},
                {Answer::kCancelled, "cancelled"}};

std::string_view decision_name(Decision decision) {
  return std::ranges::find(kDecisions, decision, [](const auto& entry) { return entry.decision; })->name;
}

// `value` fits the schema: it is one of the names.
Decision decision_of(const Value& value) {
  return std::ranges::find(kDecisions, value.as_string(), [](const auto& entry) { return entry.name; })
      ->decision;
}

re2::RE2::Options regex_options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  return options;
}

bool fits(const Value& pattern, const Value& argument) {
  if (argument.is_null()) return false;
  if (pattern.has("equals")) return pattern.get("equals") == argument;
  const std::string text = argument.is_string() ? argument.as_string() : json::write(argument);
  if (pattern.is_string()) return os::glob_match(pattern.as_string(), text);
  return re2::RE2::FullMatch(text, re2::RE2(pattern.get("regex").as_string(), regex_options()));
}

bool fits(const ApprovalRule& rule, std::string_view tool_name, std::string_view server, const Value& input) {
  if (!tool_allowed({rule.tool}, tool_name, server)) return false;
  return std::ranges::all_of(rule.arguments, [&](const ArgumentPattern& wanted) {
    return fits(wanted.pattern, input.get(wanted.argument));
  });
}

std::string describe(const ApprovalRule& rule, size_t index) {
  std::string text = fmt::format("approvals/rules/{} ({}", index, rule.tool);
  for (const ArgumentPattern& wanted : rule.arguments)
    text +=
        fmt::format("; {}: {}", wanted.argument,
                    wanted.pattern.is_string() ? wanted.pattern.as_string() : json::write(wanted.pattern));
  return text + ")";
}

}  // namespace

std::string_view approvals_schema_text() {
  return R"json({
    "type": "object",
    "additionalProperties": false,
    "description": "Which tool calls need a person's approval. The first rule that fits decides.",
    "properties": {
      "rules": {
        "type": "array",
        "maxItems": 100,
        "items": {
          "type": "object",
          "required": ["tool", "decision"],
          "additionalProperties": false,
          "properties": {
            "tool": {"type": "string", "minLength": 1, "maxLength": 128, "description": "A glob over the tool's name, or @builtin, @builtin/x."},
            "arguments": {
              "type": "object",
              "maxProperties": 32,
              "additionalProperties": {
                "anyOf": [
                  {"type": "string", "maxLength": 4096},
                  {"type": "object", "required": ["regex"], "additionalProperties": false, "properties": {"regex": {"type": "string", "maxLength": 4096}}},
                  {"type": "object", "required": ["equals"], "additionalProperties": false, "properties": {"equals": {}}}
                ]
              }
            },
            "decision": {"enum": ["allow", "ask", "deny"]},
            "reason": {"type": "string", "maxLength": 1024}
          }
        }
      },
      "default": {"enum": ["allow", "ask", "deny"], "default": "allow"},
      "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 2592000, "description": "An approval that nobody answers in this time is denied. Absent: it waits for ever."}
    }
  })json";
}

Result<Approvals> approvals_from_json(const Value& value) {
  Approvals out;
  const Value& rules = value.get("rules");
  for (size_t index = 0; index < rules.size(); ++index) {
    const Value& entry = rules.at(index);
    ApprovalRule rule{entry.get("tool").as_string(),
                      {},
                      decision_of(entry.get("decision")),
                      std::string(entry.get("reason").string_or(""))};
    if (entry.has("arguments"))
      for (const auto& [argument, pattern] : entry.get("arguments").as_object()) {
        if (pattern.has("regex")) {
          const re2::RE2 regex(pattern.get("regex").as_string(), regex_options());
          if (!regex.ok())
            return os::fail(
                Code::kInvalidArgument,
                fmt::format("/approvals/rules/{}/arguments/{}/regex: {}", index, argument, regex.error()),
                "a regular expression as RE2 reads it; it must match the argument's whole text");
        }
        rule.arguments.push_back({argument, pattern});
      }
    out.rules.push_back(std::move(rule));
  }
  if (value.has("default")) out.otherwise = decision_of(value.get("default"));
  if (value.has("timeoutSeconds")) out.timeout_seconds = value.get("timeoutSeconds").as_int();
  return out;
}

Value to_json(const Approvals& approvals) {
  Value rules = json::Array{};
  for (const ApprovalRule& rule : approvals.rules) {
    Value entry = json::object({{"tool", rule.tool}});
    for (const ArgumentPattern& wanted : rule.arguments) {
      if (!entry.has("arguments")) entry.set("arguments", json::Object{});
      entry.find("arguments")->set(wanted.argument, wanted.pattern);
    }
    entry.set("decision", decision_name(rule.decision));
    if (!rule.reason.empty()) entry.set("reason", rule.reason);
    rules.push_back(std::move(entry));
  }
  Value out = json::object({{"rules", std::move(rules)}, {"default", decision_name(approvals.otherwise)}});
  if (approvals.timeout_seconds) out.set("timeoutSeconds", *approvals.timeout_seconds);
  return out;
}

Verdict decide(const Approvals& approvals, std::string_view tool_name, std::string_view server,
               const Value& input) {
  for (size_t index = 0; index < approvals.rules.size(); ++index) {
    const ApprovalRule& rule = approvals.rules[index];
    if (fits(rule, tool_name, server, input)) return {rule.decision, describe(rule, index), rule.reason};
  }
  return {approvals.otherwise, "approvals/default", ""};
}

std::string input_hash(std::string_view tool_name, const Value& input) {
  return aws::sha256_hex(json::canonical_text(json::array({tool_name, input})));
}

std::string_view answer_name(Answer answer) {
  return std::ranges::find(kAnswers, answer, [](const auto& entry) { return entry.answer; })->name;
}

Result<Answer> parse_answer(std::string_view name) {
  const auto* const found = std::ranges::find(kAnswers, name, [](const auto& entry) { return entry.name; });
  if (found == std::end(kAnswers))
    return os::fail(Code::kInvalidArgument, fmt::format("'{}' is no decision", name), "approve or deny");
  return found->answer;
}

std::optional<Permit> permit_for(const model::ToolUse& call, const Verdict& verdict,
                                 const std::optional<Approval>& approval) {
  if (verdict.decision == Decision::kAllow) return Permit(call);
  if (verdict.decision == Decision::kDeny || !approval || approval->answer != Answer::kApprove)
    return std::nullopt;
  const std::string hash = input_hash(call.name, call.input);
  if (approval->tool_use_id != call.id || approval->input_hash != hash || approval->answered_hash != hash)
    return std::nullopt;
  return Permit(call);
}

}  // namespace soma::harness
