#include "services/workflow/connectors/settings.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/json/schema.h"

namespace soma::workflow {
namespace {

using json::Value;

constexpr std::string_view kSchema = R"json({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "$schema": {"type": "string"},
    "functions": {
      "type": "object",
      "description": "By the name that a Lambda ARN ends with.",
      "propertyNames": {"pattern": "^[A-Za-z0-9_-]{1,64}$"},
      "additionalProperties": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "url": {"type": "string", "minLength": 1, "maxLength": 2048},
          "command": {"type": "array", "minItems": 1, "maxItems": 64, "items": {"type": "string", "maxLength": 4096}},
          "environment": {"type": "object", "additionalProperties": {"type": "string"}},
          "return": {},
          "throw": {
            "type": "object",
            "required": ["error"],
            "additionalProperties": false,
            "properties": {
              "error": {"type": "string", "minLength": 1, "maxLength": 256},
              "cause": {"type": "string", "maxLength": 32768}
            }
          },
          "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 900, "default": 60},
          "repeatable": {"type": "boolean", "default": false}
        },
        "oneOf": [
          {"required": ["url"]}, {"required": ["command"]}, {"required": ["return"]}, {"required": ["throw"]}
        ]
      }
    },
    "connections": {
      "type": "object",
      "description": "By the name in a connection's ARN.",
      "propertyNames": {"pattern": "^[A-Za-z0-9_.-]{1,64}$"},
      "additionalProperties": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "headers": {"type": "object", "additionalProperties": {"type": "string"}},
          "queryParameters": {"type": "object", "additionalProperties": {"type": "string"}},
          "basic": {
            "type": "object",
            "required": ["username", "password"],
            "additionalProperties": false,
            "properties": {
              "username": {"type": "string", "minLength": 1},
              "password": {"type": "string", "description": "env:NAME or secret:NAME"}
            }
          }
        }
      }
    }
  }
})json";

const json::Schema& schema() {
  static const json::Schema schema_of_file = [] {
    const auto parsed = json::parse(kSchema);
    const auto compiled =
        parsed ? json::Schema::compile(*parsed) : os::Result<json::Schema>(std::unexpected(parsed.error()));
    if (!compiled) throw std::logic_error("the schema of workflow.json: " + compiled.error().to_string());
    return *compiled;
  }();
  return schema_of_file;
}

std::vector<std::pair<std::string, std::string>> texts_of(const Value& object) {
  std::vector<std::pair<std::string, std::string>> out;
  if (object.is_object())
    for (const auto& [name, value] : object.as_object()) out.emplace_back(name, value.as_string());
  return out;
}

Function function_of(const Value& value) {
  Function function;
  function.timeout_seconds = value.get("timeoutSeconds").int_or(function.timeout_seconds);
  function.repeatable = value.get("repeatable").bool_or(false);
  if (value.has("url")) {
    function.target = FunctionUrl{value.get("url").as_string()};
  } else if (value.has("command")) {
    FunctionCommand command;
    for (const Value& argument : value.get("command").as_array())
      command.arguments.push_back(argument.as_string());
    for (const auto& [name, text] : texts_of(value.get("environment")))
      command.environment.push_back(fmt::format("{}={}", name, text));
    function.target = std::move(command);
  } else {
    FunctionMock mock;
    if (const Value* result = value.find("return")) mock.result = *result;
    mock.error = value.get("throw").get("error").string_or("");
    mock.cause = value.get("throw").get("cause").string_or("");
    function.target = std::move(mock);
    function.repeatable = true;
  }
  return function;
}

}  // namespace

os::Result<ConnectorSettings> parse_connector_settings(std::string_view text, std::string_view source) {
  json::ParseOptions options;
  options.source = source;
  SOMA_ASSIGN(const Value value, json::parse(text, options));
  if (const auto violations = schema().validate(value); !violations.empty())
    return std::unexpected(json::violations_error(violations, text, source));
  ConnectorSettings settings;
  if (const Value& functions = value.get("functions"); functions.is_object())
    for (const auto& [name, function] : functions.as_object())
      settings.functions.emplace(name, function_of(function));
  if (const Value& connections = value.get("connections"); connections.is_object())
    for (const auto& [name, given] : connections.as_object()) {
      HttpConnection connection{texts_of(given.get("headers")), texts_of(given.get("queryParameters"))};
      connection.user = given.get("basic").get("username").string_or("");
      connection.password = given.get("basic").get("password").string_or("");
      settings.connections.emplace(name, std::move(connection));
    }
  return settings;
}

os::Result<ConnectorSettings> read_connector_settings(const std::string& data_directory) {
  const std::string path = fmt::format("{}/{}", data_directory, kSettingsFile);
  const os::Result<std::string> text = os::read_file(path);
  if (!text && text.error().code == os::Code::kNotFound) return ConnectorSettings{};
  if (!text) return std::unexpected(text.error());
  return parse_connector_settings(*text, path);
}

}  // namespace soma::workflow
