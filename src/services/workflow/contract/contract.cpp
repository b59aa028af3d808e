#include "services/workflow/contract/contract.h"

#include <fmt/format.h>

namespace soma::workflow::contract {
namespace {

using json::Value;
using os::Result;

constexpr std::string_view kSchemaText = R"json({
  "type": "object",
  "required": ["contractVersion", "owner"],
  "properties": {
    "$schema": {"type": "string"},
    "contractVersion": {"type": "string", "minLength": 1, "maxLength": 64},
    "owner": {"type": "string", "minLength": 1, "maxLength": 256},
    "support": {"type": "string", "maxLength": 256},
    "input": {"type": ["object", "boolean"]},
    "output": {"type": ["object", "boolean"]},
    "businessFailure": {"type": ["object", "boolean"]},
    "errors": {"type": "array", "maxItems": 100, "uniqueItems": true, "items": {"type": "string", "minLength": 1, "maxLength": 256}},
    "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 99999999},
    "idempotency": {
      "type": "object",
      "required": ["idempotent"],
      "properties": {"idempotent": {"type": "boolean"}, "key": {"type": "string", "pattern": "^(/.*)?$", "maxLength": 1024}},
      "additionalProperties": false
    },
    "openEnums": {"type": "array", "maxItems": 100, "items": {"type": "string", "pattern": "^/(input|output|businessFailure)(/.*)?$"}}
  },
  "additionalProperties": false
})json";

const json::Schema& contract_schema() {
  static const json::Schema schema = json::Schema::compile(json::parse(kSchemaText).value()).value();
  return schema;
}

std::unexpected<os::Error> fault_at(std::string pointer, std::string message, std::string_view text,
                                    std::string_view source) {
  return std::unexpected(
      json::violations_error({{std::move(pointer), "", std::move(message)}}, text, source));
}

Result<std::optional<Shape>> read_shape(const Value& contract, std::string_view member, std::string_view text,
                                        std::string_view source) {
  const Value* schema = contract.find(member);
  if (schema == nullptr) return std::nullopt;
  auto compiled = json::Schema::compile(*schema);
  if (!compiled)
    return fault_at(json::append_pointer("", member), "is no JSON Schema: " + compiled.error().message, text,
                    source);
  return Shape{*schema, std::move(*compiled)};
}

std::vector<std::string> strings_of(const Value& list) {
  std::vector<std::string> out;
  if (list.is_array())
    for (const Value& entry : list.as_array()) out.push_back(entry.as_string());
  return out;
}

std::optional<std::string> fault_of(const json::Schema& schema, const Value& value) {
  const std::vector<json::Violation> violations = schema.validate(value);
  if (violations.empty()) return std::nullopt;
  std::string out;
  for (const json::Violation& violation : violations)
    out += fmt::format("{}{}: {}", out.empty() ? "" : "; ",
                       violation.pointer.empty() ? "the value" : violation.pointer, violation.message);
  return out;
}

void set_shape(Value& out, std::string_view member, const std::optional<Shape>& shape) {
  if (shape) out.set(member, shape->text);
}

}  // namespace

Result<Contract> read_contract(const Value& value, std::string_view text, std::string_view source) {
  if (const auto violations = contract_schema().validate(value); !violations.empty())
    return std::unexpected(json::violations_error(violations, text, source));
  Contract out;
  out.version = value.get("contractVersion").as_string();
  out.owner = value.get("owner").as_string();
  out.support = value.get("support").string_or("");
  SOMA_ASSIGN(out.input, read_shape(value, "input", text, source));
  SOMA_ASSIGN(out.output, read_shape(value, "output", text, source));
  SOMA_ASSIGN(out.business_failure, read_shape(value, "businessFailure", text, source));
  out.errors = strings_of(value.get("errors"));
  if (const Value* timeout = value.find("timeoutSeconds")) out.timeout_seconds = timeout->as_int();
  const Value& idempotency = value.get("idempotency");
  out.idempotency = {idempotency.get("idempotent").bool_or(false),
                     std::string(idempotency.get("key").string_or(""))};
  out.open_enums = strings_of(value.get("openEnums"));
  for (size_t i = 0; i < out.open_enums.size(); ++i) {
    const Value* place = value.pointer(out.open_enums[i]);
    if (place == nullptr || !place->has("enum"))
      return fault_at(fmt::format("/openEnums/{}", i),
                      fmt::format("{} is no schema with an enum in this contract", out.open_enums[i]), text,
                      source);
  }
  return out;
}

Value to_json(const Contract& contract) {
  Value out = json::object({{"contractVersion", contract.version}, {"owner", contract.owner}});
  if (!contract.support.empty()) out.set("support", contract.support);
  set_shape(out, "input", contract.input);
  set_shape(out, "output", contract.output);
  set_shape(out, "businessFailure", contract.business_failure);
  const auto list = [&out](std::string_view member, const std::vector<std::string>& entries) {
    Value array = json::Array{};
    for (const std::string& entry : entries) array.push_back(entry);
    if (!entries.empty()) out.set(member, std::move(array));
  };
  list("errors", contract.errors);
  if (contract.timeout_seconds) out.set("timeoutSeconds", *contract.timeout_seconds);
  if (contract.idempotency.idempotent) {
    Value idempotency = json::object({{"idempotent", true}});
    if (!contract.idempotency.key.empty()) idempotency.set("key", contract.idempotency.key);
    out.set("idempotency", std::move(idempotency));
  }
  list("openEnums", contract.open_enums);
  return out;
}

std::optional<std::string> Contract::input_fault(const Value& value) const {
  return input ? fault_of(input->schema, value) : std::nullopt;
}

std::optional<std::string> Contract::output_fault(const Value& value) const {
  if (business_failure && business_failure->schema.validate(value).empty()) return std::nullopt;
  return output ? fault_of(output->schema, value) : std::nullopt;
}

}  // namespace soma::workflow::contract
