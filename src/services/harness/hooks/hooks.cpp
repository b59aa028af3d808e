#include "services/harness/hooks/hooks.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include "base/json/schema.h"
#include "base/net/net.h"
#include "services/harness/config.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Result;

struct TypeNames {
  HookType type;
  std::string_view member;  // in the configuration
  std::string_view name;    // in events and payloads
  bool about_tool;
};
constexpr TypeNames kTypes[] = {
    {HookType::kBeforeInvocation, "beforeInvocation", "before_invocation", false},
    {HookType::kAfterInvocation, "afterInvocation", "after_invocation", false},
    {HookType::kBeforeToolCall, "beforeToolCall", "before_tool_call", true},
    {HookType::kAfterToolCall, "afterToolCall", "after_tool_call", true},
};

const TypeNames& names_of(HookType type) {
  return *std::ranges::find(kTypes, type, &TypeNames::type);
}

// Targets that only the managed service has, and what to write instead.
struct ForeignTarget {
  std::string_view member, instead;
};
constexpr ForeignTarget kForeignTargets[] = {
    {"lambda", R"(use {"webhook": {"url": "https://…"}}, or {"command": {"arguments": ["program"]}})"},
    {"sns", R"(use {"webhook": {"url": "https://…", "wait": false}}, which does not wait for an answer)"},
    {"eventBridge",
     R"(use {"webhook": {"url": "https://…", "wait": false}}, which does not wait for an answer)"},
};

constexpr std::string_view kTargetSchema = R"json({
  "type": "object",
  "minProperties": 1,
  "maxProperties": 1,
  "additionalProperties": false,
  "properties": {
    "webhook": {
      "type": "object",
      "description": "The event is POSTed as JSON; the answer {\"decision\": \"allow\" or \"deny\", \"reason\"} decides.",
      "required": ["url"],
      "additionalProperties": false,
      "properties": {
        "url": {"type": "string", "minLength": 1, "maxLength": 2048},
        "secret": {"type": "string", "maxLength": 256, "description": "A reference, never the secret: env:NAME or secret:NAME. It signs each request."},
        "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 900, "default": 60},
        "failureMode": {"enum": ["deny", "allow"], "default": "deny"},
        "wait": {"type": "boolean", "default": true, "description": "false: told and not asked; its answer decides nothing."}
      }
    },
    "command": {
      "type": "object",
      "description": "Runs on the host as soma's own user; the event comes on stdin, the answer is its stdout. Exit code 2 denies.",
      "required": ["arguments"],
      "additionalProperties": false,
      "properties": {
        "arguments": {"type": "array", "minItems": 1, "maxItems": 64, "items": {"type": "string", "maxLength": 4096}},
        "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 900, "default": 60},
        "failureMode": {"enum": ["deny", "allow"], "default": "deny"},
        "wait": {"type": "boolean", "default": true, "description": "false: told and not asked; its answer decides nothing."}
      }
    },
    "lambda": {"type": "object", "description": "Refused: use webhook or command."},
    "sns": {"type": "object", "description": "Refused: use webhook with wait false."},
    "eventBridge": {"type": "object", "description": "Refused: use webhook with wait false."}
  }
})json";

constexpr std::string_view kToolsSchema =
    R"json("tools": {"type": "array", "minItems": 1, "maxItems": 64, "items": {"type": "string", "minLength": 1, "maxLength": 128}, "description": "Which tools it is for, as in allowedTools; all when absent."},)json";

std::string schema_of_array() {
  std::string members;
  for (const TypeNames& type : kTypes)
    members += fmt::format(R"json({}"{}": {{"type": "object", "required": ["name", "target"],
 "additionalProperties": false, "properties": {{{}
 "name": {{"type": "string", "pattern": "^[a-zA-Z0-9_-]{{1,64}}$"}}, "target": {}}}}})json",
                           members.empty() ? "" : ",\n", type.member, type.about_tool ? kToolsSchema : "",
                           kTargetSchema);
  return fmt::format(
      R"json({{"type": "array", "maxItems": {}, "description": "Programs that are told, or asked, at points of the loop.",
 "items": {{"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false, "properties": {{{}}}}}}})json",
      kMaxHooks, members);
}

const json::Schema& schema() {
  static const json::Schema hooks_schema = [] {
    const auto parsed = json::parse(hooks_schema_text());
    auto compiled =
        parsed ? json::Schema::compile(*parsed) : Result<json::Schema>(std::unexpected(parsed.error()));
    if (!compiled) {
      os::log(os::Level::kError, "harness.hooks.schema.broken", {{"error", compiled.error().to_string()}});
      std::abort();
    }
    return *compiled;
  }();
  return hooks_schema;
}

// Where an error is told to be.
struct Place {
  std::string pointer;
  std::string_view text, source;

  Place member(std::string_view name) const { return {json::append_pointer(pointer, name), text, source}; }
  std::unexpected<os::Error> refuse(std::string message, std::string hint) const {
    os::Error error = json::violations_error({{pointer, "", std::move(message)}}, text, source);
    error.hint = std::move(hint);
    return std::unexpected(std::move(error));
  }
};

bool is_secret_reference(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view store = text.substr(0, colon);
  if (colon == std::string_view::npos || (store != "env" && store != "secret")) return false;
  const std::string_view name = text.substr(colon + 1);
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    return word || (store == "secret" && (c == '-' || c == '.'));
  });
}

Result<WebhookTarget> read_webhook(const Value& value, const Place& place) {
  WebhookTarget target{value.get("url").as_string(), std::string(value.get("secret").string_or(""))};
  const auto url = net::parse_url(target.url);
  if (!url) return place.member("url").refuse(url.error().message, "for example https://audit.example/hook");
  if (url->scheme != "http" && url->scheme != "https")
    return place.member("url").refuse(fmt::format("a webhook is not called over {}", url->scheme),
                                      "write http://… or https://…");
  // Not printed: it may be the secret itself.
  if (value.has("secret") && !is_secret_reference(target.secret))
    return place.member("secret").refuse(
        "is no reference to a secret",
        "write env:NAME or secret:NAME; a secret itself does not belong into a configuration");
  return target;
}

Result<CommandTarget> read_command(const Value& value, const Place& place) {
  CommandTarget target;
  for (const Value& argument : value.get("arguments").as_array())
    target.arguments.push_back(argument.as_string());
  if (target.arguments[0].empty())
    return place.member("arguments")
        .refuse("names no program", R"(for example ["./hooks/audit", "--strict"])");
  for (const std::string& argument : target.arguments)
    if (argument.contains('\0'))
      return place.member("arguments").refuse("an argument holds a NUL character", "leave it out");
  return target;
}

Result<> read_target(const Value& target, const Place& place, Hook& out) {
  const auto& [member, value] = target.as_object()[0];
  const Place inside = place.member(member);
  const auto* foreign = std::ranges::find(kForeignTargets, member, &ForeignTarget::member);
  if (foreign != std::end(kForeignTargets))
    return inside.refuse(fmt::format("soma does not call {}; its targets are webhook and command", member),
                         std::string(foreign->instead));
  if (member == "webhook") {
    SOMA_ASSIGN(out.target, read_webhook(value, inside));
  } else {
    SOMA_ASSIGN(out.target, read_command(value, inside));
  }
  out.timeout_seconds = value.get("timeoutSeconds").int_or(kDefaultHookTimeoutSeconds);
  out.failure_mode =
      value.get("failureMode").string_or("deny") == "allow" ? FailureMode::kAllow : FailureMode::kDeny;
  out.wait = value.get("wait").bool_or(true);
  if (!out.wait && value.has("failureMode"))
    return inside.member("failureMode")
        .refuse("decides nothing when wait is false", "leave it out, or wait for the answer");
  return {};
}

Value target_to_json(const Hook& hook) {
  Value fields = json::Object{};
  const auto* webhook = std::get_if<WebhookTarget>(&hook.target);
  if (webhook != nullptr) {
    fields.set("url", webhook->url);
    if (!webhook->secret.empty()) fields.set("secret", webhook->secret);
  } else {
    Value& arguments = fields.set("arguments", json::Array{});
    for (const std::string& argument : std::get<CommandTarget>(hook.target).arguments)
      arguments.push_back(argument);
  }
  fields.set("timeoutSeconds", hook.timeout_seconds);
  if (hook.wait) fields.set("failureMode", hook.failure_mode == FailureMode::kAllow ? "allow" : "deny");
  fields.set("wait", hook.wait);
  return json::object({{webhook != nullptr ? "webhook" : "command", std::move(fields)}});
}

}  // namespace

std::string_view hook_type_name(HookType type) {
  return names_of(type).name;
}

std::string_view hooks_schema_text() {
  static const std::string text = schema_of_array();
  return text;
}

Result<std::vector<Hook>> hooks_from_json(const Value& array, std::string_view pointer, std::string_view text,
                                          std::string_view source) {
  auto violations = schema().validate(array);
  for (json::Violation& violation : violations) violation.pointer.insert(0, pointer);
  if (!violations.empty()) return std::unexpected(json::violations_error(violations, text, source));
  std::vector<Hook> out;
  for (size_t index = 0; index < array.size(); ++index) {
    const auto& [member, value] = array.at(index).as_object()[0];
    const Place place = Place{fmt::format("{}/{}", pointer, index), text, source}.member(member);
    Hook hook;
    hook.type = std::ranges::find(kTypes, member, &TypeNames::member)->type;
    hook.name = value.get("name").as_string();
    if (std::ranges::find(out, hook.name, &Hook::name) != out.end())
      return place.member("name").refuse(fmt::format("the hook name '{}' is used twice", hook.name),
                                         "give each hook a name of its own");
    if (value.has("tools"))
      for (const Value& pattern : value.get("tools").as_array()) hook.tools.push_back(pattern.as_string());
    SOMA_TRY(read_target(value.get("target"), place.member("target"), hook));
    out.push_back(std::move(hook));
  }
  return out;
}

Value to_json(const std::vector<Hook>& hooks) {
  Value out = json::Array{};
  for (const Hook& hook : hooks) {
    Value fields = json::object({{"name", hook.name}});
    for (const std::string& pattern : hook.tools) {
      if (!fields.has("tools")) fields.set("tools", json::Array{});
      fields.find("tools")->push_back(pattern);
    }
    fields.set("target", target_to_json(hook));
    out.push_back(json::object({{std::string(names_of(hook.type).member), std::move(fields)}}));
  }
  return out;
}

bool is_about_tool(const Hook& hook, std::string_view tool, std::string_view server) {
  return names_of(hook.type).about_tool && (hook.tools.empty() || tool_allowed(hook.tools, tool, server));
}

}  // namespace soma::harness
