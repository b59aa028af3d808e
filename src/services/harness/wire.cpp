#include "services/harness/wire.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/harness/api_shape.h"
#include "services/harness/session/events.h"

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
  if (body.get("client").bool_or(false)) return;  // the client's own
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

// HarnessHookEvent: no decision where nobody waited for one.
WireEvent hook_event(const Value& body) {
  Value out = json::Object{};
  for (const char* key : {"hookEventId", "name", "type", "decision", "reason"})
    if (body.has(key)) out.set(key, body.get(key));
  return {"hookEvent", std::move(out)};
}

// What InvokeHarness has no event for.
struct OwnEvent {
  std::string_view type, name;
};
constexpr OwnEvent kOwnEvents[] = {
    {event::kApprovalRequested, "approvalRequested"}, {event::kApprovalAnswered, "approvalAnswered"},
    {event::kSubAgentStarted, "subagentStarted"},     {event::kSubAgentAsks, "approvalRequested"},
    {event::kSubAgentHeard, "approvalAnswered"},      {event::kContextCompacted, "contextCompacted"},
    {event::kToolsUnavailable, "toolsUnavailable"},   {event::kOutputRejected, "outputRejected"}};

const OwnEvent* own_event(std::string_view type) {
  const auto* const found = std::ranges::find(kOwnEvents, type, &OwnEvent::type);
  return found == std::end(kOwnEvents) ? nullptr : found;
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
  Value summary = json::Object{};
  for (const char* key :
       {"stopReason", "usage", "costUsd", "iterations", "toolCalls", "latencyMs", "output", "pending"})
    if (body.has(key)) summary.set(key, body.get(key));
  out.push_back({.name = "invocationFinished", .body = std::move(summary), .own = true});
}

}  // namespace

Result<std::vector<WireEvent>> expand(const journal::Event& event) {
  std::vector<WireEvent> out;
  const bool visible = event.type == event::kStream || event.type == event::kModelResult ||
                       event.type == event::kToolResult || event.type == event::kInvocationFinished ||
                       event.type == event::kHookFinished;
  const OwnEvent* own = own_event(event.type);
  if (!visible && !own) return out;
  SOMA_ASSIGN(const Value body, json::parse(event.body));
  if (event.type == event::kStream) {
    for (const Value& entry : body.as_array()) out.push_back(from_union(entry));
  } else if (event.type == event::kModelResult) {
    out.push_back(
        {"metadata", json::object({{"usage", body.get("usage")},
                                   {"metrics", json::object({{"latencyMs", body.get("latencyMs")}})}})});
  } else if (event.type == event::kToolResult) {
    expand_tool_result(body, out);
  } else if (event.type == event::kHookFinished) {
    out.push_back(hook_event(body));
  } else if (own) {
    out.push_back({.name = std::string(own->name), .body = body, .own = true});
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
  if (!out.has("skills")) out.set("skills", json::Array{});
  if (!out.has("allowedTools")) out.set("allowedTools", json::array({"*"}));
  return out;
}

Value endpoint_json(const Endpoint& endpoint) {
  const std::string version = std::to_string(endpoint.version);
  Value out = json::object({{"harnessId", endpoint.harness_id},
                            {"harnessName", endpoint.harness_name},
                            {"endpointName", endpoint.name},
                            {"arn", endpoint.arn()},
                            {"status", "READY"},
                            {"createdAt", os::format_time(endpoint.created)},
                            {"updatedAt", os::format_time(endpoint.updated)},
                            {"liveVersion", version},
                            {"targetVersion", version}});
  if (!endpoint.description.empty()) out.set("description", endpoint.description);
  return out;
}

Value session_json(const SessionSummary& summary) {
  Value out = json::object({{"runId", summary.run},
                            {"sessionId", summary.session_id},
                            {"harnessId", summary.harness_id},
                            {"harnessName", summary.harness_name},
                            {"status", summary.status},
                            {"title", summary.title},
                            {"createdAt", os::format_time(summary.created)},
                            {"updatedAt", os::format_time(summary.updated)},
                            {"invocations", summary.invocations},
                            {"usage", model::to_json(summary.usage)}});
  if (summary.cost_pico) out.set("costUsd", model::usd(*summary.cost_pico));
  if (summary.user) out.set("userId", summary.user->subject);
  if (!summary.parent_run.empty()) {
    out.set("parentRunId", summary.parent_run);
    out.set("rootRunId", summary.root_run);
    out.set("depth", summary.depth);
  }
  return out;
}

Value tree_json(const SessionTree& tree) {
  Value children = json::Array{};
  for (const SessionTree& child : tree.children) children.push_back(tree_json(child));
  Value out = json::object({{"session", session_json(tree.session)}, {"children", std::move(children)}});
  if (!tree.tool_use_id.empty()) out.set("toolUseId", tree.tool_use_id);
  return out;
}

Value approval_json(const SessionApproval& entry) {
  const Approval& approval = entry.approval;
  Value out = json::object({{"approvalId", approval.id},
                            {"harnessName", entry.session.harness_name},
                            {"harnessId", entry.session.harness_id},
                            {"sessionId", entry.session.session_id},
                            {"runId", entry.session.run},
                            {"toolUseId", approval.tool_use_id},
                            {"tool", approval.tool},
                            {"input", approval.input},
                            {"inputHash", approval.input_hash},
                            {"rule", approval.rule},
                            {"requestedAt", os::format_time(approval.requested)}});
  if (!entry.invocation_id.empty()) out.set("invocationId", entry.invocation_id);
  if (approval.expires != os::Time::max()) out.set("expiresAt", os::format_time(approval.expires));
  if (!approval.reason.empty()) out.set("reason", approval.reason);
  if (approval.answer) {
    out.set("decision", answer_name(*approval.answer));
    out.set("answeredAt", os::format_time(approval.answered));
    out.set("by", approval.by);
  }
  return out;
}

Result<ApprovalAnswer> approval_answer_from_json(const Value& body) {
  constexpr std::string_view kKeys[] = {"decision", "inputHash", "by", "reason"};
  if (!body.is_object())
    return os::fail(os::Code::kInvalidArgument, R"(the body must be an object like {"decision": "approve"})");
  for (const auto& [key, value] : body.as_object()) {
    if (std::ranges::find(kKeys, std::string_view(key)) == std::end(kKeys))
      return os::fail(os::Code::kInvalidArgument, fmt::format("'{}' is not known here", key),
                      "decision, inputHash, by, reason");
    if (!value.is_string())
      return os::fail(os::Code::kInvalidArgument, fmt::format("{} must be a string", key));
    if (value.as_string().size() > kMaxAnswerTextBytes)
      return os::fail(os::Code::kInvalidArgument,
                      fmt::format("{} has over {} bytes (kMaxAnswerTextBytes)", key, kMaxAnswerTextBytes));
  }
  SOMA_ASSIGN(const Answer answer, parse_answer(body.get("decision").string_or("")));
  return ApprovalAnswer{answer, std::string(body.get("inputHash").string_or("")),
                        std::string(body.get("by").string_or("")),
                        std::string(body.get("reason").string_or(""))};
}

Value models_json(const model::PriceTable& prices) {
  Value providers = json::Array{};
  for (const model::ProviderType& type : model::provider_types())
    providers.push_back(json::object(
        {{"name", type.name}, {"summary", type.summary}, {"needsModelId", type.needs_model_id}}));
  Value models = json::Array{};
  for (const model::PricedModel& entry : prices.models()) {
    constexpr double kMillion = 1e6;
    Value line = json::object({{"provider", entry.provider},
                               {"modelId", entry.model_id},
                               {"inputUsdPerMillion", model::usd(entry.price.base.input) * kMillion},
                               {"outputUsdPerMillion", model::usd(entry.price.base.output) * kMillion}});
    if (entry.price.context_window) line.set("contextWindow", *entry.price.context_window);
    models.push_back(std::move(line));
  }
  return json::object(
      {{"providers", std::move(providers)}, {"models", std::move(models)}, {"pricesDate", prices.date()}});
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
  request.actor_id = body.get("actorId").string_or("");
  request.overrides = json::Object{};
  for (const auto& [key, value] : body.as_object())
    if (key != "messages" && key != "actorId" && !value.is_null()) request.overrides.set(key, value);
  return request;
}

}  // namespace soma::harness
