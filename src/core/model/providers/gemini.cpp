// The Gemini API: generateContent, streamed.
//
// A *thought signature* belongs to the part that it came with (text, a call, a server's tool), and Gemini 3
// refuses calls of the running turn without theirs. Blocks have no place for it, so that it becomes a
// reasoning block without text before the part's own block, and goes back onto the part that follows it.
// Calls that another model made get the signature that the service documents for them.
//
// Calls often have no id; theirs is made from the answer's id and their place. The stream has no end marker:
// it is complete when a finish reason came.
//
// Source: Gemini API reference (generateContent, Content, Candidate), its guides on function calling and on
// thought signatures.
#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include "core/model/providers/block_writer.h"
#include "core/model/providers/codec.h"
#include "core/model/providers/gemini_contents.h"

namespace soma::model {
namespace {

constexpr std::string_view kBase = "https://generativelanguage.googleapis.com";
constexpr std::string_view kSuffix = ".googleapis.com";

struct Finish {
  std::string_view name;
  StopReason reason;
};
constexpr std::array<Finish, 13> kFinishes = {{
    {"STOP", StopReason::kEndTurn},
    {"MAX_TOKENS", StopReason::kMaxTokens},
    {"SAFETY", StopReason::kContentFiltered},
    {"RECITATION", StopReason::kContentFiltered},
    {"LANGUAGE", StopReason::kContentFiltered},
    {"BLOCKLIST", StopReason::kContentFiltered},
    {"PROHIBITED_CONTENT", StopReason::kContentFiltered},
    {"SPII", StopReason::kContentFiltered},
    {"IMAGE_SAFETY", StopReason::kContentFiltered},
    {"MALFORMED_FUNCTION_CALL", StopReason::kMalformedToolUse},
    {"UNEXPECTED_TOOL_CALL", StopReason::kMalformedToolUse},
    {"MALFORMED_RESPONSE", StopReason::kMalformedModelOutput},
    {"OTHER", StopReason::kMalformedModelOutput},
}};

StopReason reason_of(std::string_view name) {
  for (const Finish& finish : kFinishes) {
    if (finish.name == name) return finish.reason;
  }
  return StopReason::kEndTurn;
}

Usage usage_of(const json::Value& value) {
  Usage usage;
  usage.cache_read_input_tokens = token_count(value.get("cachedContentTokenCount"));
  const int64_t prompt =
      token_count(value.get("promptTokenCount")) + token_count(value.get("toolUsePromptTokenCount"));
  usage.input_tokens = std::max<int64_t>(prompt - usage.cache_read_input_tokens, 0);
  usage.output_tokens =
      token_count(value.get("candidatesTokenCount")) + token_count(value.get("thoughtsTokenCount"));
  return usage;
}

class GeminiDecoder final : public Decoder {
 public:
  os::Result<> on_event(std::string_view, std::string_view data, const EventSink& sink) override {
    if (writer_.finished()) return {};
    SOMA_ASSIGN(const json::Value chunk, parse_answer(data, kGeminiOrigin));
    return on_chunk(chunk, sink);
  }

  os::Result<> on_end(const EventSink& sink) override {
    if (writer_.finished()) return {};
    if (!stop_) {
      return os::fail(os::Code::kUnavailable,
                      "the model's answer was cut: gemini's stream ended without a finish reason");
    }
    const bool called = calls_ > 0 && *stop_ == StopReason::kEndTurn;
    writer_.finish(called ? StopReason::kToolUse : *stop_, usage_, sink);
    return {};
  }

  os::Result<> on_document(const json::Value& document, const EventSink& sink) override {
    SOMA_TRY(on_chunk(document, sink));
    return on_end(sink);
  }

 private:
  os::Result<> on_chunk(const json::Value& chunk, const EventSink& sink) {
    if (const json::Value& error = chunk.get("error"); error.is_object()) return stream_error(error);
    writer_.start(sink);
    if (chunk.get("usageMetadata").is_object()) usage_ = usage_of(chunk.get("usageMetadata"));
    if (answer_id_.empty()) answer_id_ = chunk.get("responseId").string_or("");
    if (chunk.get("promptFeedback").get("blockReason").is_string()) stop_ = StopReason::kContentFiltered;
    const json::Value& candidate = chunk.get("candidates").at(0);
    const json::Value& parts = candidate.get("content").get("parts");
    for (size_t i = 0; i < parts.size(); ++i) on_part(parts.at(i), sink);
    if (const std::string_view finish = candidate.get("finishReason").string_or(""); !finish.empty())
      stop_ = reason_of(finish);
    return {};
  }

  void on_part(const json::Value& part, const EventSink& sink) {
    const std::string_view signature = part.get("thoughtSignature").string_or("");
    if (part.get("thought").bool_or(false)) {
      reasoning(part.get("text").string_or(""), signature, sink);
      if (!signature.empty()) writer_.close(sink);
      return;
    }
    if (!signature.empty()) {
      writer_.close(sink);
      reasoning({}, signature, sink);
      writer_.close(sink);
    }
    writer_.text(part.get("text").string_or(""), sink);
    if (const json::Value* call = part.find("functionCall")) return function_call(*call, sink);
    for (const std::string_view kind : kServerCalls) {
      if (const json::Value* call = part.find(kind)) server_call(kind, *call, sink);
    }
    for (const std::string_view kind : kServerResults) {
      if (const json::Value* result = part.find(kind)) {
        const std::string_view id = result->get("id").string_or(server_id_);
        writer_.server_result(id, json::object({{std::string(kind), *result}}), sink);
      }
    }
  }

  void reasoning(std::string_view text, std::string_view signature, const EventSink& sink) {
    writer_.reasoning({.text = std::string(text),
                       .signature = std::string(signature),
                       .origin = std::string(kGeminiOrigin)},
                      sink);
  }

  void function_call(const json::Value& call, const EventSink& sink) {
    const std::string_view id = call.get("id").string_or("");
    const std::string made = fmt::format("call_{}_{}", answer_id_, calls_++);
    writer_.tool_use(
        {.id = id.empty() ? made : std::string(id), .name = std::string(call.get("name").string_or(""))},
        sink);
    if (call.get("args").is_object()) writer_.tool_input(json::write(call.get("args")), sink);
    writer_.close(sink);
  }

  // Tools that the service runs: kept whole, under their part's name.
  void server_call(std::string_view kind, const json::Value& call, const EventSink& sink) {
    server_id_ = call.get("id").string_or("");
    if (server_id_.empty()) server_id_ = fmt::format("server_{}_{}", answer_id_, server_calls_);
    ++server_calls_;
    writer_.tool_use({.id = server_id_,
                      .name = std::string(call.get("toolType").string_or(kind)),
                      .type = "server_tool_use",
                      .origin = std::string(kGeminiOrigin)},
                     sink);
    writer_.tool_input(json::write(json::object({{std::string(kind), call}})), sink);
    writer_.close(sink);
  }

  static os::Result<> stream_error(const json::Value& error) {
    const int64_t status = error.get("code").int_or(500);
    return std::unexpected(failure_of_status(static_cast<int>(status), {}, "gemini",
                                             error.get("status").string_or(""),
                                             error.get("message").string_or(""))
                               .error);
  }

  BlockWriter writer_;
  std::optional<StopReason> stop_;
  std::string answer_id_, server_id_;
  size_t calls_ = 0, server_calls_ = 0;
  Usage usage_;
};

// details: [{"@type": "….RetryInfo", "retryDelay": "37.5s"}]
std::optional<os::Duration> retry_delay(const json::Value& error) {
  const json::Value& details = error.get("details");
  for (size_t i = 0; i < details.size(); ++i) {
    const std::string text(details.at(i).get("retryDelay").string_or(""));
    const auto seconds = json::parse(text.substr(0, text.find('s')));
    constexpr double kMaxSeconds = 24.0 * 3600;
    if (!seconds || !seconds->is_number() || seconds->as_double() < 0) continue;
    return std::chrono::milliseconds(
        static_cast<int64_t>(std::min(seconds->as_double(), kMaxSeconds) * 1000));
  }
  return std::nullopt;
}

class GeminiCodec final : public Codec {
 public:
  explicit GeminiCodec(const ModelSettings& settings) : api_base_(settings.api_base) {}
  std::string_view origin() const override { return kGeminiOrigin; }
  std::string default_base(const Environment&) const override { return std::string(kBase); }
  std::unique_ptr<Decoder> decoder() const override { return std::make_unique<GeminiDecoder>(); }

  os::Result<WireRequest> encode(const ConverseRequest& request) const override {
    const ModelSettings& settings = request.model;
    json::Value body = json::object({{"contents", gemini_contents(request)}});
    json::Value system = json::array({});
    for (const std::string& text : request.system) system.push_back(json::object({{"text", text}}));
    if (!system.empty()) body.set("systemInstruction", json::object({{"parts", std::move(system)}}));
    if (!request.tools.empty()) body.set("tools", json::array({declarations(request.tools)}));
    if (json::Value config = generation(settings); !config.is_null())
      body.set("generationConfig", std::move(config));
    merge_additional(body, settings.additional_params);
    const bool named = settings.model_id.contains('/');  // "models/…", "tunedModels/…"
    WireRequest out{.path = fmt::format("/v1beta/{}{}:streamGenerateContent?alt=sse", named ? "" : "models/",
                                        os::percent_encode(settings.model_id, true)),
                    .body = json::write(body)};
    out.headers.set("content-type", "application/json");
    return out;
  }

  // The customary variables' key goes to Google alone.
  os::Result<> authorize(WireRequest& request, const std::string& url, const std::string& key,
                         const Environment& environment, os::Time) const override {
    const auto parsed = net::parse_url(url);
    const bool google = api_base_.empty() || (parsed && parsed->host.ends_with(kSuffix));
    std::string token = key;
    if (token.empty() && google) token = environment("GEMINI_API_KEY");
    if (token.empty() && google) token = environment("GOOGLE_API_KEY");
    if (!token.empty()) {
      request.headers.set("x-goog-api-key", token);
    } else if (google) {
      return os::fail(os::Code::kUnauthenticated, "there is no key for the Gemini API",
                      "set GEMINI_API_KEY, or name a variable or a secret in apiKeyArn");
    }
    return {};
  }

  Failure error_of(int status, const net::Headers& headers, std::string_view body) const override {
    const auto document = json::parse(body);
    const json::Value& whole = document && document->is_array() ? document->at(0)
                               : document                       ? *document
                                                                : json::Value();
    const json::Value error = whole.get("error");
    Failure failure = failure_of_status(status, headers, "gemini", error.get("status").string_or(""),
                                        error.get("message").string_or(document ? "" : body));
    if (!failure.retry_after) failure.retry_after = retry_delay(error);
    return failure;
  }

 private:
  static json::Value declarations(const std::vector<ToolSpec>& tools) {
    json::Value list = json::array({});
    for (const ToolSpec& tool : tools) {
      list.push_back(json::object({{"name", tool.name},
                                   {"description", tool.description},
                                   {"parametersJsonSchema", tool.input_schema}}));
    }
    return json::object({{"functionDeclarations", std::move(list)}});
  }

  static json::Value generation(const ModelSettings& settings) {
    json::Value config;
    if (settings.max_tokens) config.set("maxOutputTokens", *settings.max_tokens);
    if (settings.temperature) config.set("temperature", *settings.temperature);
    if (settings.top_p) config.set("topP", *settings.top_p);
    if (settings.top_k) config.set("topK", *settings.top_k);
    for (const std::string& stop : settings.stop_sequences) {
      if (!config.has("stopSequences")) config.set("stopSequences", json::array({}));
      config.find("stopSequences")->push_back(stop);
    }
    return config;
  }

  std::string api_base_;
};

}  // namespace

std::unique_ptr<Codec> make_gemini_codec(const ModelSettings& settings) {
  return std::make_unique<GeminiCodec>(settings);
}

}  // namespace soma::model
