#include "services/harness/wire.h"

#include <fmt/format.h>

#include "services/harness/api_shape.h"
#include "services/harness/events.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Result;

// {"contentBlockDelta": {…}} as an event.
WireEvent from_union(const Value& value) {
  const json::Member& member = value.as_object().front();
  return {member.first, member.second};
}

void expand_tool_result(const Value& body, std::vector<WireEvent>& out) {
  const Value index = body.get("index");
  const bool streamed = body.has("tail");
  if (!streamed)
    out.push_back(
        {"contentBlockStart",
         json::object(
             {{"contentBlockIndex", index},
              {"start", json::object({{"toolResult", json::object({{"toolUseId", body.get("toolUseId")},
                                                                   {"status", body.get("status")}})}})}})});
  // A delta carries text and JSON; pictures and documents go as JSON that names their file.
  Value contents = json::Array{};
  for (const Value& content : body.get(streamed ? "tail" : "content").as_array())
    contents.push_back(content.has("text") || content.has("json") ? content
                                                                  : json::object({{"json", content}}));
  if (!contents.empty())
    out.push_back({"contentBlockDelta", json::object({{"contentBlockIndex", index},
                                                      {"delta", json::object({{"toolResult", contents}})}})});
  if (streamed)
    out.push_back(
        {"contentBlockDelta",
         json::object(
             {{"contentBlockIndex", index},
              {"delta",
               json::object({{"toolResultMetadata",
                              json::object({{"metadata", json::write(json::object(
                                                             {{"status", body.get("status")}}))}})}})}})});
  out.push_back({"contentBlockStop", json::object({{"contentBlockIndex", index}})});
}

void expand_finished(const Value& body, std::vector<WireEvent>& out) {
  const Value& error = body.get("error");
  if (error.is_object()) {
    const std::string_view code = error.get("code").string_or("");
    std::string message(error.get("message").string_or(""));
    if (const std::string_view hint = error.get("hint").string_or(""); !hint.empty())
      message += fmt::format(" ({})", hint);
    const bool internal =
        code == os::code_name(os::Code::kInternal) || code == os::code_name(os::Code::kCorrupt);
    out.push_back({internal ? "internalServerException" : "runtimeClientError",
                   json::object({{"message", message}}), true});
    return;
  }
  // The model's own end was streamed with its message; a limit's end was not.
  if (!body.get("stopStreamed").bool_or(false))
    out.push_back({"messageStop", json::object({{"stopReason", body.get("stopReason")}})});
}

}  // namespace

Result<std::vector<WireEvent>> expand(const journal::Event& event) {
  std::vector<WireEvent> out;
  const bool visible = event.type == event::kStream || event.type == event::kModelResult ||
                       event.type == event::kToolResult || event.type == event::kInvocationFinished;
  if (!visible) return out;
  SOMA_ASSIGN(const Value body, json::parse(event.body));
  if (event.type == event::kStream) {
    for (const Value& entry : body.as_array()) out.push_back(from_union(entry));
  } else if (event.type == event::kModelResult) {
    out.push_back(
        {"metadata", json::object({{"usage", body.get("usage")},
                                   {"metrics", json::object({{"latencyMs", body.get("latencyMs")}})}})});
  } else if (event.type == event::kToolResult) {
    expand_tool_result(body, out);
  } else {
    expand_finished(body, out);
  }
  return out;
}

bool ends_invocation(const journal::Event& event, std::string_view invocation_id) {
  if (event.type != event::kInvocationFinished) return false;
  const auto body = json::parse(event.body);
  return body && body->get("invocationId").string_or("") == invocation_id;
}

Value harness_summary_json(const Definition& definition) {
  return json::object({{"harnessId", definition.id},
                       {"harnessName", definition.config.name},
                       {"arn", definition.arn()},
                       {"status", "READY"},
                       {"harnessVersion", std::to_string(definition.version)},
                       {"createdAt", os::format_time(definition.created)},
                       {"updatedAt", os::format_time(definition.updated)}});
}

Value harness_list_entry_json(const Definition& definition) {
  Value out = harness_summary_json(definition);
  Value config = to_json(definition.config);
  for (const char* key : {"model", "tools"}) out.set(key, std::move(*config.find(key)));
  return out;
}

Value harness_json(const Definition& definition, Spelling spelling) {
  Value out = harness_summary_json(definition);
  out.set("executionRoleArn", "arn:aws:iam::000000000000:role/soma");
  Value config = spelling == Spelling::kApi ? config_for_api(definition) : to_json(definition.config);
  config.erase("harnessName");
  for (auto& [key, value] : config.as_object()) out.set(key, std::move(value));
  out.set("skills", json::Array{});
  out.set("truncation", json::object({{"strategy", "none"}}));
  if (!out.has("allowedTools")) out.set("allowedTools", json::array({"*"}));
  return out;
}

Value session_json(const SessionSummary& summary) {
  return json::object({{"runId", summary.run},
                       {"sessionId", summary.session_id},
                       {"harnessId", summary.harness_id},
                       {"harnessName", summary.harness_name},
                       {"status", summary.status},
                       {"title", summary.title},
                       {"createdAt", os::format_time(summary.created)},
                       {"updatedAt", os::format_time(summary.updated)},
                       {"invocations", summary.invocations},
                       {"usage", model::to_json(summary.usage)}});
}

Result<InvokeRequest> invoke_request_from_json(const Value& body) {
  InvokeRequest request;
  if (!body.is_object())
    return os::fail(os::Code::kInvalidArgument, "the body must be a JSON object with messages");
  if (body.has("messages") && !body.get("messages").is_array())
    return os::fail(os::Code::kInvalidArgument, "messages must be an array");
  const Value& messages = body.get("messages");
  for (size_t index = 0; index < messages.size(); ++index) {
    SOMA_ASSIGN(model::Message message,
                model::message_from_json(messages.at(index), fmt::format("/messages/{}", index)));
    request.messages.push_back(std::move(message));
  }
  request.overrides = json::Object{};
  for (const auto& [key, value] : body.as_object())
    if (key != "messages" && key != "actorId" && !value.is_null()) request.overrides.set(key, value);
  return request;
}

}  // namespace soma::harness
