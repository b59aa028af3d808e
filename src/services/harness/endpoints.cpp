#include "services/harness/endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json/schema.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kCreated = "endpoint.created";
constexpr std::string_view kUpdated = "endpoint.updated";
constexpr std::string_view kDeleted = "endpoint.deleted";

constexpr std::string_view kRequestSchema = R"json({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "endpointName": {"type": "string", "pattern": "^[a-zA-Z][a-zA-Z0-9_]{0,47}$"},
    "targetVersion": {"type": "string", "pattern": "^[1-9][0-9]{0,4}$"},
    "description": {"type": "string", "minLength": 1, "maxLength": 256},
    "clientToken": {"type": "string", "maxLength": 256},
    "tags": {"type": "object", "additionalProperties": {"type": "string"}}
  }
})json";

std::string_view event_type(EndpointOperation operation) {
  switch (operation) {
    case EndpointOperation::kCreate:
      return kCreated;
    case EndpointOperation::kUpdate:
      return kUpdated;
    default:
      return kDeleted;
  }
}

EndpointOperation operation_of(std::string_view event_type) {
  if (event_type == kCreated) return EndpointOperation::kCreate;
  return event_type == kUpdated ? EndpointOperation::kUpdate : EndpointOperation::kDelete;
}

uint64_t version_of(std::string_view text) {
  uint64_t version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

// What the request names, to compare with what a later one names.
Value asked_json(const EndpointRequest& request) {
  Value asked = json::object({{"endpointName", request.name}});
  if (request.version) asked.set("targetVersion", std::to_string(*request.version));
  if (request.description) asked.set("description", *request.description);
  return asked;
}

Result<> check_is_not_default(std::string_view name) {
  if (name != kDefaultEndpoint) return {};
  return os::fail(Code::kConflict, "the endpoint DEFAULT always means the newest version of its harness",
                  "make an endpoint of another name to stay with one version");
}

}  // namespace

std::string Endpoint::arn() const {
  return fmt::format("arn:aws:bedrock-agentcore:local:000000000000:harness/{}/harness-endpoint/{}",
                     harness_id, name);
}

Result<EndpointRequest> endpoint_request_from_json(const Value& body, std::string_view text,
                                                   EndpointOperation operation) {
  SOMA_ASSIGN(const Value schema_value, json::parse(kRequestSchema));
  SOMA_ASSIGN(const json::Schema schema, json::Schema::compile(schema_value));
  const auto violations = schema.validate(body);
  if (!violations.empty()) return std::unexpected(json::violations_error(violations, text, ""));
  if (operation == EndpointOperation::kCreate && !body.has("endpointName"))
    return os::fail(Code::kInvalidArgument, "endpointName is missing",
                    "a letter, then letters, digits and _: at most 48 characters");
  EndpointRequest request;
  request.name = body.get("endpointName").string_or("");
  if (body.has("targetVersion")) request.version = version_of(body.get("targetVersion").as_string());
  if (body.has("description")) request.description = body.get("description").as_string();
  request.client_token = body.get("clientToken").string_or("");
  return request;
}

bool EndpointBook::is_event(std::string_view type) {
  return type == kCreated || type == kUpdated || type == kDeleted;
}

Result<> EndpointBook::apply(std::string_view type, const Value& body, os::Time at) {
  const std::string name(body.get("endpointName").string_or(""));
  const auto known = endpoints_.find(name);
  if ((type == kCreated) != (known == endpoints_.end()))
    return os::fail(Code::kCorrupt, fmt::format("{} of the endpoint '{}' cannot come here", type, name));
  if (type == kDeleted) {
    remember(EndpointOperation::kDelete, body, known->second);
    endpoints_.erase(known);
    return {};
  }
  Endpoint& endpoint = endpoints_[name];
  if (type == kCreated) {
    endpoint.name = name;
    endpoint.created = at;
  }
  endpoint.version = version_of(body.get("targetVersion").string_or(""));
  endpoint.description = body.get("description").string_or("");
  endpoint.updated = at;
  remember(operation_of(type), body, endpoint);
  return {};
}

void EndpointBook::remember(EndpointOperation operation, const Value& body, const Endpoint& endpoint) {
  if (!body.has("clientToken")) return;
  answered_.push_back(
      {std::string(body.get("clientToken").string_or("")), operation, body.get("asked"), endpoint});
  if (answered_.size() > kMaxEndpointTokens) answered_.pop_front();
}

const Endpoint* EndpointBook::find(std::string_view name) const {
  const auto found = endpoints_.find(name);
  return found == endpoints_.end() ? nullptr : &found->second;
}

os::Error EndpointBook::unknown(std::string_view name) const {
  std::vector<std::string_view> names{kDefaultEndpoint};
  for (const auto& [known, endpoint] : endpoints_) names.push_back(known);
  const std::string_view near = os::nearest(name, names);
  return {Code::kNotFound, fmt::format("there is no endpoint '{}'", name),
          near.empty() ? fmt::format("there are: {}", fmt::join(names, ", "))
                       : fmt::format("did you mean '{}'?", near)};
}

Result<std::optional<Endpoint>> EndpointBook::answered(EndpointOperation operation,
                                                       const EndpointRequest& request) const {
  if (request.client_token.empty()) return std::nullopt;
  const auto before = std::ranges::find(answered_, request.client_token, &Answered::token);
  if (before == answered_.end()) return std::nullopt;
  if (before->operation != operation || before->asked != asked_json(request))
    return os::fail(Code::kConflict,
                    fmt::format("the clientToken '{}' was used for another request", request.client_token),
                    "use a new token for each request");
  return before->endpoint;
}

Result<EndpointBook::Event> EndpointBook::event_for(EndpointOperation operation,
                                                    const EndpointRequest& request, uint64_t newest) const {
  const bool create = operation == EndpointOperation::kCreate;
  const Endpoint* known = find(request.name);
  if (create && (known || request.name == kDefaultEndpoint))
    return os::fail(Code::kAlreadyExists, fmt::format("there is an endpoint '{}' already", request.name),
                    "update it, or choose another name");
  SOMA_TRY(check_is_not_default(request.name));
  if (!create && !known) return std::unexpected(unknown(request.name));
  if (create && endpoints_.size() >= kMaxEndpoints)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("the harness has {} endpoints already (kMaxEndpoints)", endpoints_.size()));
  if (request.version && *request.version > newest)
    return os::fail(
        Code::kInvalidArgument,
        fmt::format("targetVersion is {}; the harness has versions 1 to {}", *request.version, newest));
  Value body = json::object({{"endpointName", request.name}});
  if (operation != EndpointOperation::kDelete) {
    const uint64_t kept = known ? known->version : newest;
    body.set("targetVersion", std::to_string(request.version.value_or(kept)));
    const std::string description = request.description.value_or(known ? known->description : "");
    if (!description.empty()) body.set("description", description);
  }
  body.set("asked", asked_json(request));
  if (!request.client_token.empty()) body.set("clientToken", request.client_token);
  return Event{event_type(operation), std::move(body)};
}

}  // namespace soma::harness
