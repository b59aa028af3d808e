#include "services/harness/config_schema.h"

#include "services/harness/access/authorizer.h"
#include "services/harness/hooks/hooks.h"
#include "services/harness/loop/approvals.h"
#include "services/harness/memory/memory_config.h"
#include "services/harness/mounts/mount_source.h"
#include "services/harness/skills/skill_source.h"

namespace soma::harness {
namespace {

// One schema for the file and for the API's bodies: the API's longer spellings stand beside the short ones.
// "@part@" is where a part with a file of its own goes.
constexpr std::string_view kText = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "soma harness",
  "description": "harness.json: which model, which tools, which limits. CreateHarness and UpdateHarness bodies have the same members.",
  "type": "object",
  "properties": {
    "$schema": {"type": "string"},
    "name": {"$ref": "#/$defs/harnessName", "description": "Short for harnessName; the directory's name when both are absent."},
    "harnessName": {"$ref": "#/$defs/harnessName"},
    "clientToken": {"type": "string", "maxLength": 256},
    "executionRoleArn": {"type": "string", "description": "Read for compatibility; soma runs as its own user.", "maxLength": 2048},
    "model": {"$ref": "#/$defs/model"},
    "systemPrompt": {"$ref": "#/$defs/systemPrompt"},
    "tools": {"type": "array", "maxItems": 64, "items": {"$ref": "#/$defs/tool"}},
    "allowedTools": {"$ref": "#/$defs/allowedTools"},
    "maxIterations": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 75},
    "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 86400, "default": 3600},
    "maxTokens": {"type": "integer", "minimum": 1, "description": "Output tokens of one invocation, over all its model calls."},
    "environment": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "idleRuntimeSessionTimeout": {"$ref": "#/$defs/lifecycleSeconds", "default": 900},
        "maxLifetime": {"$ref": "#/$defs/lifecycleSeconds", "default": 28800},
        "network": {"type": "boolean", "default": false, "description": "Whether commands in the sandbox reach the network."},
        "filesystemConfigurations": {"$ref": "#/$defs/mounts"},
        "agentCoreRuntimeEnvironment": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "lifecycleConfiguration": {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "idleRuntimeSessionTimeout": {"$ref": "#/$defs/lifecycleSeconds"},
                "maxLifetime": {"$ref": "#/$defs/lifecycleSeconds"}
              }
            },
            "networkConfiguration": {
              "type": "object",
              "additionalProperties": false,
              "required": ["networkMode"],
              "properties": {"networkMode": {"enum": ["PUBLIC", "SANDBOX"]}}
            },
            "filesystemConfigurations": {"$ref": "#/$defs/mounts"}
          }
        }
      }
    },
    "environmentVariables": {
      "type": "object",
      "maxProperties": 100,
      "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 100},
      "additionalProperties": {"type": "string", "maxLength": 5000}
    },
    "sandbox": {
      "enum": ["bubblewrap", "none"],
      "default": "bubblewrap",
      "description": "none: commands run as soma's own user, with no isolation."
    },
    "skills": @skills@,
    "hooks": @hooks@,
    "approvals": @approvals@,
    "authorizerConfiguration": @authorizer@,
    "maxToolCalls": {"type": "integer", "minimum": 1, "maximum": 100000, "description": "Tool calls that one invocation may run."},
    "maxCostUsd": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000000, "description": "US dollars that one invocation may cost, its sub-agents included; the model needs a price (soma prices)."},
    "maxToolResultBytes": {"type": "integer", "minimum": 1024, "maximum": 262144, "default": 32768, "description": "What the model gets of one tool's result; the whole of a larger one is kept in the session's files."},
    "outputSchema": {"type": "object", "description": "A JSON Schema that the final answer must fit."},
    "maxOutputRepairs": {"type": "integer", "minimum": 0, "maximum": 10, "default": 2, "description": "How often an answer that does not fit outputSchema is asked for again."},
    "memory": @memory@,
    "truncation": {
      "type": "object",
      "description": "What is done when the conversation grows too long for the model.",
      "required": ["strategy"],
      "additionalProperties": false,
      "properties": {
        "strategy": {"enum": ["none", "sliding_window", "summarization"], "default": "none"},
        "config": {"type": "object", "description": "{\"slidingWindow\": {\"messagesCount\": 40}}, or {\"summarization\": {\"summaryRatio\": 0.3, \"preserveRecentMessages\": 10, \"summarizationSystemPrompt\": \"…\"}}"},
        "pinnedTools": {"type": "array", "items": {"type": "string"}, "description": "Globs of tools whose calls and results are never dropped.", "default": ["skill*"]}
      }
    },
    "tags": {"type": "object", "additionalProperties": {"type": "string"}}
  },
  "additionalProperties": false,
  "$defs": {
    "harnessName": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$", "maxLength": 40},
    "lifecycleSeconds": {"type": "integer", "minimum": 60, "maximum": 28800},
    "mounts": @mounts@,
    "allowedTools": {"type": "array", "maxItems": 256, "items": {"type": "string", "minLength": 1, "maxLength": 128}},
    "systemPrompt": {
      "description": "The text itself, or a list of text blocks. For a file, put system-prompt.md beside harness.json.",
      "anyOf": [
        {"type": "string"},
        {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["text"],
            "additionalProperties": false,
            "properties": {"text": {"type": "string"}}
          }
        }
      ]
    },
    "model": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "provider": {"type": "string", "minLength": 1, "maxLength": 64},
        "modelId": {"$ref": "#/$defs/modelId"},
        "maxTokens": {"type": "integer", "minimum": 1},
        "temperature": {"type": "number", "minimum": 0, "maximum": 2},
        "topP": {"type": "number", "minimum": 0, "maximum": 1},
        "topK": {"type": "integer", "minimum": 0, "maximum": 500},
        "contextWindow": {"type": "integer", "minimum": 1024, "maximum": 100000000, "description": "Tokens that the model takes at most, answer included; the price table's figure when absent."},
        "stopSequences": {"type": "array", "maxItems": 16, "items": {"type": "string", "minLength": 1}},
        "apiFormat": {"enum": ["converse_stream", "responses", "chat_completions"]},
        "apiBase": {"type": "string", "pattern": "^https?://", "maxLength": 2048},
        "apiKeyArn": {"$ref": "#/$defs/apiKey"},
        "additionalParams": {"type": "object"},
        "idleTimeoutSeconds": {"$ref": "#/$defs/silence"},
        "bedrockModelConfig": {"$ref": "#/$defs/modelConfig"},
        "openAiModelConfig": {"$ref": "#/$defs/modelConfig"},
        "geminiModelConfig": {"$ref": "#/$defs/modelConfig"},
        "liteLlmModelConfig": {"$ref": "#/$defs/modelConfig"}
      }
    },
    "modelId": {"type": "string", "minLength": 1, "maxLength": 4096},
    "silence": {
      "type": "integer",
      "minimum": 1,
      "maximum": 3600,
      "default": 120,
      "description": "How many seconds the model's service may be silent before its answer counts as cut."
    },
    "apiKey": {
      "type": "string",
      "maxLength": 2048,
      "description": "A reference, never the key: env:NAME, or the ARN of a stored credential."
    },
    "modelConfig": {
      "type": "object",
      "required": ["modelId"],
      "additionalProperties": false,
      "properties": {
        "modelId": {"$ref": "#/$defs/modelId"},
        "maxTokens": {"type": "integer", "minimum": 1},
        "temperature": {"type": "number", "minimum": 0, "maximum": 2},
        "topP": {"type": "number", "minimum": 0, "maximum": 1},
        "topK": {"type": "integer", "minimum": 0, "maximum": 500},
        "contextWindow": {"type": "integer", "minimum": 1024, "maximum": 100000000, "description": "Tokens that the model takes at most, answer included; the price table's figure when absent."},
        "stopSequences": {"type": "array", "maxItems": 16, "items": {"type": "string", "minLength": 1}},
        "apiFormat": {"enum": ["converse_stream", "responses", "chat_completions"]},
        "apiBase": {"type": "string", "pattern": "^https?://", "maxLength": 2048},
        "apiKeyArn": {"$ref": "#/$defs/apiKey"},
        "additionalParams": {"type": "object"},
        "idleTimeoutSeconds": {"$ref": "#/$defs/silence"}
      }
    },
    "tool": {
      "type": "object",
      "required": ["type"],
      "additionalProperties": false,
      "properties": {
        "type": {"type": "string", "minLength": 1, "maxLength": 64},
        "name": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$", "description": "As the model sees it; the type when absent."},
        "config": {"type": "object"}
      }
    }
  }
})json";

std::string with_parts() {
  std::string text(kText);
  for (const auto& [mark, part] :
       {std::pair<std::string_view, std::string_view>{"@approvals@", approvals_schema_text()},
        {"@authorizer@", authorizer_schema_text()},
        {"@memory@", memory_schema_text()},
        {"@mounts@", mounts_schema_text()},
        {"@hooks@", hooks_schema_text()},
        {"@skills@", skills_schema_text()}})
    text.replace(text.find(mark), mark.size(), part);
  return text;
}

}  // namespace

std::string_view config_schema_text() {
  static const std::string text = with_parts();
  return text;
}

}  // namespace soma::harness
