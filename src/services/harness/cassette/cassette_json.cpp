// The file's form: one JSON Schema says what may stand where; what fits it is then read into a Cassette.
#include <fmt/format.h>

#include <algorithm>

#include "base/aws/aws.h"
#include "base/json/canonical.h"
#include "base/json/schema.h"
#include "services/harness/cassette/cassette.h"
#include "services/harness/cassette/expectation.h"
#include "services/harness/config.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kSchema = R"json({
  "type": "object",
  "additionalProperties": false,
  "required": ["cassette", "harness", "invocations"],
  "properties": {
    "cassette": {"type": "integer"},
    "recordedAt": {"type": "string", "format": "date-time"},
    "soma": {"type": "string"},
    "harness": {"type": "object"},
    "prices": {"type": "object"},
    "invocations": {"type": "array", "minItems": 1, "maxItems": 10000, "items": {"$ref": "#/$defs/invocation"}},
    "expect": {"type": "array"}
  },
  "$defs": {
    "count": {"type": "integer", "minimum": 0},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "messages": {"type": "array", "items": {"type": "object"}},
    "invocation": {
      "type": "object",
      "additionalProperties": false,
      "required": ["messages", "turns", "stopReason"],
      "properties": {
        "messages": {"$ref": "#/$defs/messages", "minItems": 1},
        "config": {"type": "object"},
        "skills": {"type": "array", "items": {"$ref": "#/$defs/skill"}},
        "sources": {"type": "array", "items": {"$ref": "#/$defs/source"}},
        "turns": {"type": "array", "items": {"$ref": "#/$defs/turn"}},
        "approvals": {"type": "array", "items": {"$ref": "#/$defs/approval"}},
        "hooks": {"type": "array", "items": {"$ref": "#/$defs/hook"}},
        "summaries": {"type": "array", "items": {"$ref": "#/$defs/summary"}},
        "events": {"type": "array", "items": {"type": "string"}},
        "stopReason": {"type": "string"},
        "answer": {"type": "string"},
        "costUsd": {"type": "number"}
      }
    },
    "source": {
      "type": "object",
      "required": ["source", "tools"],
      "properties": {
        "source": {"type": "string"},
        "tools": {
          "type": "array",
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["name", "description", "inputSchema"],
            "properties": {
              "name": {"type": "string"},
              "description": {"type": "string"},
              "inputSchema": {"type": "object"},
              "repeatable": {"type": "boolean"}
            }
          }
        },
        "leftOut": {"type": "array", "items": {"type": "string"}}
      }
    },
    "skill": {
      "type": "object",
      "additionalProperties": false,
      "required": ["name", "description"],
      "properties": {"name": {"type": "string"}, "description": {"type": "string"}}
    },
    "approval": {
      "type": "object",
      "additionalProperties": false,
      "required": ["toolUseId", "decision"],
      "properties": {
        "toolUseId": {"type": "string"},
        "decision": {"enum": ["approve", "deny", "expired", "cancelled"]},
        "by": {"type": "string"},
        "reason": {"type": "string"}
      }
    },
    "hook": {
      "type": "object",
      "additionalProperties": false,
      "required": ["name", "type"],
      "properties": {
        "name": {"type": "string"},
        "type": {"enum": ["before_invocation", "after_invocation", "before_tool_call", "after_tool_call"]},
        "toolUseId": {"type": "string"},
        "decision": {"enum": ["allow", "deny"]},
        "reason": {"type": "string"},
        "error": {"type": "string"},
        "cut": {"type": "boolean"}
      }
    },
    "summary": {
      "type": "object",
      "additionalProperties": false,
      "required": ["text"],
      "properties": {"text": {"type": "string"}, "usage": {"type": "object"}}
    },
    "turn": {
      "type": "object",
      "additionalProperties": false,
      "required": ["request"],
      "properties": {
        "request": {
          "type": "object",
          "additionalProperties": false,
          "required": ["messages", "sha256"],
          "properties": {
            "messages": {"$ref": "#/$defs/count"},
            "sha256": {"$ref": "#/$defs/sha256"},
            "added": {"type": "array", "items": {"$ref": "#/$defs/sha256"}}
          }
        },
        "answer": {
          "type": "object",
          "additionalProperties": false,
          "required": ["message", "stopReason"],
          "properties": {
            "message": {"type": "object"},
            "stopReason": {"type": "string"},
            "usage": {"type": "object"}
          }
        },
        "error": {
          "type": "object",
          "additionalProperties": false,
          "required": ["code", "message"],
          "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "hint": {"type": "string"}}
        },
        "tools": {
          "type": "array",
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["toolUseId", "name", "input", "status", "content"],
            "properties": {
              "toolUseId": {"type": "string"},
              "name": {"type": "string"},
              "input": {},
              "status": {"enum": ["success", "error"]},
              "content": {"type": "array", "items": {"type": "object"}},
              "latencyMs": {"$ref": "#/$defs/count"},
              "notRun": {"type": "string"},
              "costUsd": {"type": "number", "minimum": 0},
              "client": {"type": "boolean"}
            }
          }
        }
      }
    }
  }
})json";

const json::Schema& schema() {
  static const json::Schema compiled = json::Schema::compile(json::parse(kSchema).value()).value();
  return compiled;
}

// Reads one file; errors get the file, the line and the pointer.
class Reader {
 public:
  Reader(std::string_view text, std::string_view source) : text_(text), source_(source) {}

  Result<Cassette> read(const Value& value) {
    const Value& version = value.get("cassette");
    if (version.is_integer() && version != Value(kCassetteVersion))
      return std::unexpected(at(
          "/cassette",
          fmt::format("is version {}; this program reads version {}", json::write(version), kCassetteVersion),
          "record it again", Code::kUnsupported));
    auto violations = schema().validate(value);
    if (!violations.empty()) return std::unexpected(json::violations_error(violations, text_, source_));
    Cassette cassette;
    if (value.has("recordedAt")) {
      SOMA_ASSIGN(cassette.recorded,
                  located("/recordedAt", os::parse_time(value.get("recordedAt").as_string())));
    }
    cassette.soma = value.get("soma").string_or("");
    SOMA_ASSIGN(cassette.harness, config(value.get("harness"), "/harness"));
    if (value.has("prices")) {
      cassette.prices = value.get("prices");
      SOMA_TRY(located("/prices", model::PriceTable::parse(json::write(cassette.prices), "")));
    }
    for (size_t index = 0; index < value.get("invocations").size(); ++index) {
      SOMA_ASSIGN(RecordedInvocation invocation,
                  read_invocation(value.get("invocations").at(index), fmt::format("/invocations/{}", index)));
      cassette.invocations.push_back(std::move(invocation));
    }
    if (turns_ > kMaxCassetteTurns)
      return std::unexpected(
          at("/invocations",
             fmt::format("has {} turns; the limit is {} (kMaxCassetteTurns)", turns_, kMaxCassetteTurns),
             "record a shorter session", Code::kLimitExceeded));
    if (value.has("expect")) cassette.expect = value.get("expect").as_array();
    SOMA_TRY(located("/expect", expectations_from_json(cassette.expect)));
    return cassette;
  }

 private:
  os::Error at(std::string_view pointer, std::string message, std::string hint, Code code) const {
    os::Error error =
        json::violations_error({{std::string(pointer), "", std::move(message)}}, text_, source_);
    error.hint = std::move(hint);
    error.code = code;
    return error;
  }

  // A part's own error says where inside the part: its pointer goes behind the part's.
  template <class T>
  Result<T> located(std::string_view pointer, Result<T> part) const {
    if (part) return part;
    const os::Error& inner = part.error();
    const auto detail =
        std::ranges::find(inner.details, "pointer", &std::pair<std::string, std::string>::first);
    std::string place(pointer);
    if (detail != inner.details.end() && detail->second.starts_with(pointer)) {
      place = detail->second;
    } else if (detail != inner.details.end()) {
      place += detail->second;
    }
    std::string_view message = inner.message;
    if (detail != inner.details.end() && message.starts_with(detail->second))
      message = os::trim(
          message.substr(detail->second.size()).substr(message.starts_with(detail->second + ":") ? 1 : 0));
    return std::unexpected(at(place, std::string(message), inner.hint, inner.code));
  }

  Result<Value> config(const Value& value, std::string_view pointer) const {
    SOMA_TRY(located(pointer, config_from_json(value, "", "")));
    return value;
  }

  Result<std::vector<model::Message>> messages(const Value& list, const std::string& pointer) const {
    std::vector<model::Message> out;
    for (size_t index = 0; index < list.size(); ++index) {
      const std::string place = fmt::format("{}/{}", pointer, index);
      SOMA_ASSIGN(model::Message message, located(place, model::message_from_json(list.at(index), place)));
      out.push_back(std::move(message));
    }
    return out;
  }

  Result<RecordedInvocation> read_invocation(const Value& value, const std::string& pointer) {
    RecordedInvocation out;
    SOMA_ASSIGN(out.messages, messages(value.get("messages"), pointer + "/messages"));
    if (value.has("config")) {
      SOMA_ASSIGN(out.config, config(value.get("config"), pointer + "/config"));
    }
    out.skills = skills_from_json(value.get("skills"));
    if (value.has("sources")) out.sources = value.get("sources").as_array();
    for (size_t index = 0; index < value.get("turns").size(); ++index) {
      SOMA_ASSIGN(RecordedTurn turn,
                  read_turn(value.get("turns").at(index), fmt::format("{}/turns/{}", pointer, index)));
      out.turns.push_back(std::move(turn));
    }
    turns_ += out.turns.size();
    read_decisions(value, out);
    for (size_t index = 0; index < value.get("summaries").size(); ++index) {
      const Value& entry = value.get("summaries").at(index);
      RecordedSummary summary{entry.get("text").as_string()};
      if (entry.has("usage")) {
        SOMA_ASSIGN(summary.usage, located(fmt::format("{}/summaries/{}/usage", pointer, index),
                                           recorded_usage(entry.get("usage"))));
      }
      out.summaries.push_back(std::move(summary));
    }
    if (value.has("events"))
      for (const Value& type : value.get("events").as_array()) out.events.push_back(type.as_string());
    out.stop_reason = value.get("stopReason").as_string();
    out.answer = value.get("answer").string_or("");
    if (value.has("costUsd")) out.cost_usd = value.get("costUsd").as_double();
    return out;
  }

  static void read_decisions(const Value& value, RecordedInvocation& out) {
    const auto text = [](const Value& entry, std::string_view member) {
      return std::string(entry.get(member).string_or(""));
    };
    for (size_t index = 0; index < value.get("approvals").size(); ++index) {
      const Value& entry = value.get("approvals").at(index);
      out.approvals.push_back(
          {text(entry, "toolUseId"), text(entry, "decision"), text(entry, "by"), text(entry, "reason")});
    }
    for (size_t index = 0; index < value.get("hooks").size(); ++index) {
      const Value& entry = value.get("hooks").at(index);
      RecordedHook hook{text(entry, "name"), text(entry, "type"), text(entry, "toolUseId")};
      if (entry.has("decision")) hook.allowed = text(entry, "decision") == "allow";
      hook.reason = text(entry, "reason");
      if (entry.has("error")) hook.error = text(entry, "error");
      hook.cut = entry.get("cut").bool_or(false);
      out.hooks.push_back(std::move(hook));
    }
  }

  Result<RecordedTurn> read_turn(const Value& value, const std::string& pointer) const {
    RecordedTurn out;
    const Value& request = value.get("request");
    out.request.count = static_cast<size_t>(request.get("messages").int_or(0));
    out.request.sha256 = request.get("sha256").as_string();
    if (request.has("added"))
      for (const Value& digest : request.get("added").as_array())
        out.request.added.push_back(digest.as_string());
    if (out.request.added.size() > out.request.count)
      return std::unexpected(
          at(pointer + "/request/added", "names more messages than there were", "", Code::kInvalidArgument));
    if (const Value* answer = value.find("answer")) {
      SOMA_ASSIGN(out.answer, read_answer(*answer, pointer + "/answer"));
    }
    if (const Value* error = value.find("error"))
      out.error = os::Error{code_named(error->get("code").as_string()), error->get("message").as_string(),
                            std::string(error->get("hint").string_or(""))};
    for (size_t index = 0; index < value.get("tools").size(); ++index) {
      SOMA_ASSIGN(RecordedTool tool,
                  read_tool(value.get("tools").at(index), fmt::format("{}/tools/{}", pointer, index)));
      out.tools.push_back(std::move(tool));
    }
    return out;
  }

  Result<RecordedAnswer> read_answer(const Value& value, const std::string& pointer) const {
    RecordedAnswer out;
    const std::string place = pointer + "/message";
    SOMA_ASSIGN(out.message, located(place, model::message_from_json(value.get("message"), place)));
    SOMA_ASSIGN(out.stop, located(pointer + "/stopReason",
                                  model::parse_stop_reason(value.get("stopReason").as_string())));
    SOMA_ASSIGN(out.usage, located(pointer + "/usage", recorded_usage(value.get("usage"))));
    return out;
  }

  Result<RecordedTool> read_tool(const Value& value, const std::string& pointer) const {
    RecordedTool out{.id = value.get("toolUseId").as_string(),
                     .name = value.get("name").as_string(),
                     .input = value.get("input"),
                     .error = value.get("status").as_string() == "error",
                     .latency_ms = value.get("latencyMs").int_or(0),
                     .not_run = std::string(value.get("notRun").string_or("")),
                     .client = value.get("client").bool_or(false)};
    if (value.has("costUsd")) out.cost_usd = value.get("costUsd").as_double();
    for (size_t index = 0; index < value.get("content").size(); ++index) {
      const std::string place = fmt::format("{}/content/{}", pointer, index);
      SOMA_ASSIGN(model::ResultContent content,
                  located(place, model::result_content_from_json(value.get("content").at(index), place)));
      out.content.push_back(std::move(content));
    }
    return out;
  }

  std::string_view text_, source_;
  size_t turns_ = 0;
};

template <class Range>
Value list_of(const Range& range) {
  Value out = json::Array{};
  for (const auto& entry : range) {
    if constexpr (requires { model::to_json(entry); }) {
      out.push_back(model::to_json(entry));
    } else {
      out.push_back(Value(entry));
    }
  }
  return out;
}

Value tool_json(const RecordedTool& tool) {
  Value out = json::object({{"toolUseId", tool.id},
                            {"name", tool.name},
                            {"input", tool.input},
                            {"status", tool.error ? "error" : "success"},
                            {"content", list_of(tool.content)},
                            {"latencyMs", tool.latency_ms}});
  if (!tool.not_run.empty()) out.set("notRun", tool.not_run);
  if (tool.cost_usd) out.set("costUsd", *tool.cost_usd);
  if (tool.client) out.set("client", true);
  return out;
}

Value turn_json(const RecordedTurn& turn) {
  Value out = json::object({{"request", json::object({{"messages", turn.request.count},
                                                      {"sha256", turn.request.sha256},
                                                      {"added", list_of(turn.request.added)}})}});
  if (turn.answer)
    out.set("answer", json::object({{"message", model::to_json(turn.answer->message)},
                                    {"stopReason", model::stop_reason_name(turn.answer->stop)},
                                    {"usage", model::to_json(turn.answer->usage)}}));
  if (turn.error)
    out.set("error", json::object({{"code", os::code_name(turn.error->code)},
                                   {"message", turn.error->message},
                                   {"hint", turn.error->hint}}));
  Value tools = json::Array{};
  for (const RecordedTool& tool : turn.tools) tools.push_back(tool_json(tool));
  if (!tools.empty()) out.set("tools", std::move(tools));
  return out;
}

Value approval_json(const RecordedApproval& approval) {
  Value out = json::object({{"toolUseId", approval.tool_use_id}, {"decision", approval.decision}});
  if (!approval.by.empty()) out.set("by", approval.by);
  if (!approval.reason.empty()) out.set("reason", approval.reason);
  return out;
}

Value hook_json(const RecordedHook& hook) {
  Value out = json::object({{"name", hook.name}, {"type", hook.type}});
  if (!hook.tool_use_id.empty()) out.set("toolUseId", hook.tool_use_id);
  if (hook.allowed) out.set("decision", *hook.allowed ? "allow" : "deny");
  if (!hook.reason.empty()) out.set("reason", hook.reason);
  if (hook.error) out.set("error", *hook.error);
  if (hook.cut) out.set("cut", true);
  return out;
}

Value summary_json(const RecordedSummary& summary) {
  Value out = json::object({{"text", summary.text}});
  if (summary.usage) out.set("usage", model::to_json(*summary.usage));
  return out;
}

template <class Range, class Form>
void set_list(Value& out, std::string_view member, const Range& entries, Form form) {
  if (entries.empty()) return;
  Value list = json::Array{};
  for (const auto& entry : entries) list.push_back(form(entry));
  out.set(member, std::move(list));
}

Value invocation_json(const RecordedInvocation& invocation) {
  Value out = json::object({{"messages", list_of(invocation.messages)}});
  if (!invocation.config.is_null()) out.set("config", invocation.config);
  if (!invocation.skills.empty()) out.set("skills", to_json(invocation.skills));
  set_list(out, "sources", invocation.sources, [](const Value& source) { return source; });
  Value turns = json::Array{};
  for (const RecordedTurn& turn : invocation.turns) turns.push_back(turn_json(turn));
  out.set("turns", std::move(turns));
  set_list(out, "approvals", invocation.approvals, approval_json);
  set_list(out, "hooks", invocation.hooks, hook_json);
  set_list(out, "summaries", invocation.summaries, summary_json);
  out.set("events", list_of(invocation.events));
  out.set("stopReason", invocation.stop_reason);
  out.set("answer", invocation.answer);
  if (invocation.cost_usd) out.set("costUsd", *invocation.cost_usd);
  return out;
}

}  // namespace

Code code_named(std::string_view name) {
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code)
    if (os::code_name(static_cast<Code>(code)) == name) return static_cast<Code>(code);
  return Code::kInternal;
}

Result<model::Usage> recorded_usage(const Value& value) {
  const Value event = json::object({{"metadata", json::object({{"usage", value}})}});
  SOMA_ASSIGN(const model::StreamEvent read, model::event_from_json(event));
  return std::get<model::Metadata>(read).usage;
}

std::string canonical_text(const model::Message& message) {
  return json::canonical_text(model::to_json(message));
}

std::string digest_of(const model::Message& message) {
  return aws::sha256_hex(canonical_text(message));
}

ShownMessages shown_messages(const std::vector<model::Message>& messages, std::vector<std::string>& before) {
  std::vector<std::string> now;
  std::string all = "[";
  for (const model::Message& message : messages) {
    const std::string text = canonical_text(message);
    if (!now.empty()) all += ',';
    all += text;
    now.push_back(aws::sha256_hex(text));
  }
  all += ']';
  const auto differs = std::ranges::mismatch(before, now).in2;
  ShownMessages shown{messages.size(), aws::sha256_hex(all), {differs, now.end()}};
  before = std::move(now);
  return shown;
}

std::vector<const model::ToolUse*> calls_of(const model::Message& message) {
  std::vector<const model::ToolUse*> calls;
  for (const model::Block& block : message.content)
    if (const auto* use = std::get_if<model::ToolUse>(&block); use != nullptr && use->origin.empty())
      calls.push_back(use);
  return calls;
}

Value to_json(const Cassette& cassette) {
  Value invocations = json::Array{};
  for (const RecordedInvocation& invocation : cassette.invocations)
    invocations.push_back(invocation_json(invocation));
  Value out = json::object({{"cassette", kCassetteVersion},
                            {"recordedAt", os::format_time(cassette.recorded)},
                            {"soma", cassette.soma},
                            {"expect", cassette.expect},
                            {"harness", cassette.harness}});
  if (!cassette.prices.is_null()) out.set("prices", cassette.prices);
  out.set("invocations", std::move(invocations));
  return out;
}

Result<Cassette> cassette_from_json(const Value& value, std::string_view text, std::string_view source) {
  return Reader(text, source).read(value);
}

Result<std::string> write_cassette(const Cassette& cassette) {
  std::string text = json::write_pretty(to_json(cassette));
  if (text.size() > kMaxCassetteBytes)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("the cassette has {} bytes; the limit is {} (kMaxCassetteBytes)", text.size(),
                                kMaxCassetteBytes),
                    "record a shorter session");
  return text;
}

Result<Cassette> read_cassette(const std::string& path) {
  SOMA_ASSIGN(const std::string text, os::read_file(path, kMaxCassetteBytes));
  json::ParseOptions options;
  options.max_bytes = kMaxCassetteBytes;
  options.source = path;
  SOMA_ASSIGN(const Value value, json::parse(text, options));
  return cassette_from_json(value, text, path);
}

}  // namespace soma::harness
