// Amazon Bedrock's ConverseStream. Source: the Amazon Bedrock API reference.
//
// soma's own messages have Converse's shape, so that little is translated here. What Bedrock asks beyond its
// shapes: roles that alternate, a toolConfig whenever the history holds tool blocks, a text beside each
// document, document names of a small alphabet.
#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include "base/aws/aws.h"
#include "core/model/providers/block_writer.h"
#include "core/model/providers/codec.h"
#include "core/model/providers/history.h"

namespace soma::model {
namespace {

constexpr std::string_view kService = "bedrock";
constexpr size_t kMaxDocumentNameBytes = 200;
constexpr std::string_view kDefaultRegion = "us-east-1";

// Signatures belong to the vendor whose model made them: "us.anthropic.claude-…" is "bedrock/anthropic".
std::string origin_of(std::string_view model_id) {
  constexpr std::string_view kRegions[] = {"us", "eu", "apac", "global", "us-gov", "jp", "au", "ca"};
  const auto parts = os::split(model_id, '.');
  if (parts.size() < 2 || model_id.starts_with("arn:")) return std::string(kService);
  const bool regional = std::ranges::find(kRegions, parts[0]) != std::end(kRegions);
  return fmt::format("{}/{}", kService, parts[regional ? 1 : 0]);
}

// ---- requests

json::Value media_json(const Media& media, std::string_view format) {
  json::Value source = media.url.empty() ? json::object({{"bytes", os::base64_encode(media.bytes)}})
                                         : json::object({{"s3Location", json::object({{"uri", media.url}})}});
  return json::object({{"format", format}, {"source", std::move(source)}});
}

// The service fetches only from S3.
bool is_reachable(const Media& media) {
  return media.url.empty() || media.url.starts_with("s3://");
}

json::Value text_block(std::string_view text) {
  return json::object({{"text", text}});
}

json::Value image_block(const Media& media) {
  constexpr std::string_view kFormats[] = {"png", "jpeg", "gif", "webp"};
  const std::string_view format = media.format == "jpg" ? std::string_view("jpeg") : media.format;
  if (std::ranges::find(kFormats, format) == std::end(kFormats) || !is_reachable(media))
    return text_block(unreadable_note("image", media));
  return json::object({{"image", media_json(media, format)}});
}

std::string document_name(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, kMaxDocumentNameBytes)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool kept = letter || std::string_view("-()[]").contains(c);
    if (kept || out.empty() || out.back() != ' ') out += kept ? c : ' ';
  }
  return os::trim(out).empty() ? "document" : std::string(os::trim(out));
}

json::Value document_block(const Media& media) {
  constexpr std::string_view kFormats[] = {"pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"};
  std::string_view format = media.format;
  if (std::ranges::find(kFormats, format) == std::end(kFormats)) format = is_text_format(format) ? "txt" : "";
  if (format.empty() || !is_reachable(media)) return text_block(unreadable_note("document", media));
  json::Value document = media_json(media, format);
  document.set("name", document_name(media.name));
  return json::object({{"document", std::move(document)}});
}

json::Value reasoning_block(const Reasoning& reasoning) {
  if (!reasoning.redacted.empty()) {
    return json::object(
        {{"reasoningContent", json::object({{"redactedContent", os::base64_encode(reasoning.redacted)}})}});
  }
  json::Value text = json::object({{"text", reasoning.text}});
  if (!reasoning.signature.empty()) text.set("signature", reasoning.signature);
  return json::object({{"reasoningContent", json::object({{"reasoningText", std::move(text)}})}});
}

struct ResultWriter {
  json::Value operator()(const Text& text) const { return text_block(text.text); }
  json::Value operator()(const JsonContent& content) const {
    // The service takes objects alone here.
    if (!content.value.is_object()) return text_block(json::write(content.value));
    return json::object({{"json", content.value}});
  }
  json::Value operator()(const Image& image) const { return image_block(image.media); }
  json::Value operator()(const Document& document) const { return document_block(document.media); }
};

json::Value tool_result_block(const ToolResult& result, Role role) {
  if (role == Role::kAssistant && !result.content.empty()) {
    if (const auto* own = std::get_if<JsonContent>(&result.content.front()))
      return json::object({{"toolResult", own->value}});
  }
  json::Value content = json::array({});
  for (const ResultContent& item : result.content) content.push_back(std::visit(ResultWriter{}, item));
  return json::object({{"toolResult", json::object({{"toolUseId", result.tool_use_id},
                                                    {"content", std::move(content)},
                                                    {"status", result.error ? "error" : "success"}})}});
}

json::Value tool_use_block(const ToolUse& use) {
  json::Value body = json::object({{"toolUseId", use.id}, {"name", use.name}, {"input", use.input}});
  if (!use.type.empty() && use.type != "tool_use") body.set("type", use.type);
  return json::object({{"toolUse", std::move(body)}});
}

// Null for what the API does not take: a blank text.
json::Value block_json(const Block& block, Role role) {
  if (const auto* text = std::get_if<Text>(&block))
    return os::trim(text->text).empty() ? json::Value() : text_block(text->text);
  if (const auto* reasoning = std::get_if<Reasoning>(&block)) return reasoning_block(*reasoning);
  if (const auto* use = std::get_if<ToolUse>(&block)) return tool_use_block(*use);
  if (const auto* result = std::get_if<ToolResult>(&block)) return tool_result_block(*result, role);
  if (const auto* image = std::get_if<Image>(&block)) return image_block(image->media);
  return document_block(std::get<Document>(block).media);
}

bool has(const json::Value& content, std::string_view kind) {
  return std::ranges::any_of(content.as_array(), [&](const json::Value& block) { return block.has(kind); });
}

json::Value messages_json(const std::vector<Message>& messages) {
  json::Value out = json::array({});
  for (const Message& message : messages) {
    const std::string_view role = message.role == Role::kUser ? "user" : "assistant";
    json::Value content = json::array({});
    for (const Block& block : message.content) {
      json::Value value = block_json(block, message.role);
      if (!value.is_null()) content.push_back(std::move(value));
    }
    if (content.empty()) continue;
    if (!out.empty() && out.as_array().back().get("role").string_or("") == role) {
      for (json::Value& block : content.as_array())
        out.as_array().back().find("content")->push_back(std::move(block));
    } else {
      out.push_back(json::object({{"role", role}, {"content", std::move(content)}}));
    }
  }
  for (json::Value& message : out.as_array()) {
    json::Value& content = *message.find("content");
    if (has(content, "document") && !has(content, "text")) content.push_back(text_block("(a document)"));
  }
  return out;
}

json::Value tool_spec(std::string_view name, std::string_view description, json::Value schema) {
  json::Value spec = json::object({{"name", name}});
  if (!description.empty()) spec.set("description", description);
  spec.set("inputSchema", json::object({{"json", std::move(schema)}}));
  return json::object({{"toolSpec", std::move(spec)}});
}

// The request's tools; without any, those that the history has called, since the service refuses a history of
// calls to tools that it was never told of.
json::Value tools_json(const ConverseRequest& request, const std::vector<Message>& history) {
  json::Value tools = json::array({});
  for (const ToolSpec& tool : request.tools)
    tools.push_back(tool_spec(tool.name, tool.description, tool.input_schema));
  if (!tools.empty() || request.model.additional_params.get("toolConfig").has("tools")) return tools;
  std::set<std::string> names;
  for (const Message& message : history) {
    for (const Block& block : message.content) {
      const auto* use = std::get_if<ToolUse>(&block);
      if (use == nullptr || !(use->type.empty() || use->type == "tool_use")) continue;
      if (names.insert(use->name).second)
        tools.push_back(tool_spec(use->name, "", json::object({{"type", "object"}})));
    }
  }
  return tools;
}

json::Value inference_config(const ModelSettings& settings) {
  json::Value config = json::object({});
  if (settings.max_tokens) config.set("maxTokens", *settings.max_tokens);
  if (settings.temperature) config.set("temperature", *settings.temperature);
  if (settings.top_p) config.set("topP", *settings.top_p);
  if (!settings.stop_sequences.empty()) {
    json::Value& sequences = config.set("stopSequences", json::array({}));
    for (const std::string& sequence : settings.stop_sequences) sequences.push_back(sequence);
  }
  return config;
}

// Converse's own members keep their place; anything else is the model's.
void add_extra_settings(json::Value& body, const ModelSettings& settings) {
  constexpr std::string_view kOwn[] = {"inferenceConfig",
                                       "toolConfig",
                                       "guardrailConfig",
                                       "performanceConfig",
                                       "serviceTier",
                                       "outputConfig",
                                       "promptVariables",
                                       "requestMetadata",
                                       "additionalModelRequestFields",
                                       "additionalModelResponseFieldPaths"};
  json::Value extra;
  if (settings.top_k && origin_of(settings.model_id) == "bedrock/amazon") {
    extra.set("inferenceConfig", json::object({{"topK", *settings.top_k}}));
  } else if (settings.top_k) {
    extra.set("top_k", *settings.top_k);
  }
  json::Value fields = json::object({});
  if (!extra.is_null()) body.set("additionalModelRequestFields", std::move(extra));
  if (!settings.additional_params.is_object()) return;
  json::Value own = json::object({});
  for (const auto& [key, value] : settings.additional_params.as_object()) {
    const bool is_own = std::ranges::find(kOwn, std::string_view(key)) != std::end(kOwn);
    (is_own ? own : fields).set(key, value);
  }
  if (!fields.empty())
    merge_additional(body, json::object({{"additionalModelRequestFields", std::move(fields)}}));
  merge_additional(body, own);
}

// ---- answers

StopReason stop_reason_of(std::string_view name) {
  if (name == "guardrail_intervened") return StopReason::kContentFiltered;
  return parse_stop_reason(name).value_or(StopReason::kEndTurn);
}

Usage usage_of(const json::Value& from) {
  Usage usage;
  usage.input_tokens = from.get("inputTokens").int_or(0);
  usage.output_tokens = from.get("outputTokens").int_or(0);
  usage.cache_read_input_tokens = from.get("cacheReadInputTokens").int_or(0);
  usage.cache_write_input_tokens = from.get("cacheWriteInputTokens").int_or(0);
  return usage;
}

std::unexpected<os::Error> exception_in_stream(std::string_view name, const json::Value& body) {
  struct Row {
    std::string_view name;
    int status;
  };
  constexpr Row kRows[] = {{"validationException", 400},
                           {"accessDeniedException", 403},
                           {"throttlingException", 503},
                           {"modelTimeoutException", 503}};
  const auto row = std::ranges::find(kRows, name, &Row::name);
  const std::string_view message = body.get("message").string_or(body.get("Message").string_or(""));
  return std::unexpected(
      failure_of_status(row != std::end(kRows) ? row->status : 500, {}, kService, name, message).error);
}

class BedrockDecoder final : public Decoder {
 public:
  explicit BedrockDecoder(std::string origin) : origin_(std::move(origin)) {}

  os::Result<> on_event(std::string_view name, std::string_view data, const EventSink& sink) override {
    SOMA_ASSIGN(const json::Value body, parse_answer(data, kService));
    if (name.ends_with("Exception")) return exception_in_stream(name, body);
    if (writer_.finished()) return {};
    if (name == "messageStart") {
      writer_.start(sink);
    } else if (name == "contentBlockStart") {
      return start_block(body.get("start"), sink);
    } else if (name == "contentBlockDelta") {
      return add_delta(body.get("delta"), sink);
    } else if (name == "contentBlockStop") {
      stop_block(sink);
    } else if (name == "messageStop") {
      stop_ = stop_reason_of(body.get("stopReason").string_or(""));
    } else if (name == "metadata" && stop_) {
      writer_.finish(*stop_, usage_of(body.get("usage")), sink);
    }
    return {};
  }

  // The figures come after the stop and may be missing; the stop may not.
  os::Result<> on_end(const EventSink& sink) override {
    if (!stop_) return os::fail(os::Code::kUnavailable, "bedrock: the answer ends before messageStop");
    writer_.finish(*stop_, {}, sink);
    return {};
  }

  os::Result<> on_document(const json::Value& document, const EventSink& sink) override {
    const json::Value& content = document.get("output").get("message").get("content");
    if (!content.is_array()) return os::fail(os::Code::kCorrupt, "bedrock: an answer without content");
    writer_.start(sink);
    for (const json::Value& block : content.as_array()) {
      SOMA_TRY(start_block(block, sink));
      SOMA_TRY(add_whole(block, sink));
      stop_block(sink);
    }
    writer_.finish(stop_reason_of(document.get("stopReason").string_or("")), usage_of(document.get("usage")),
                   sink);
    return {};
  }

 private:
  os::Result<> start_block(const json::Value& start, const EventSink& sink) {
    if (const json::Value* use = start.find("toolUse")) {
      const auto text = [&](std::string_view key) { return std::string(use->get(key).string_or("")); };
      std::string type = text("type");
      if (type == "tool_use") type.clear();
      const std::string origin = type.empty() ? "" : origin_;
      writer_.tool_use({text("toolUseId"), text("name"), std::move(type), {}, origin}, sink);
    } else if (const json::Value* result = start.find("toolResult")) {
      server_result_ = *result;
    }
    return {};
  }

  os::Result<> add_delta(const json::Value& delta, const EventSink& sink) {
    if (const json::Value* use = delta.find("toolUse")) {
      writer_.tool_input(use->get("input").string_or(""), sink);
    } else if (const json::Value* reasoning = delta.find("reasoningContent")) {
      return add_reasoning(*reasoning, sink);
    } else if (const json::Value* content = delta.find("toolResult"); content != nullptr && server_result_) {
      merge_additional(*server_result_, json::object({{"content", *content}}));
    } else {
      writer_.text(delta.get("text").string_or(""), sink);
    }
    return {};
  }

  os::Result<> add_reasoning(const json::Value& from, const EventSink& sink) {
    auto redacted = os::base64_decode(from.get("redactedContent").string_or(""));
    if (!redacted) return os::fail(os::Code::kCorrupt, "bedrock: redactedContent is no base64");
    writer_.reasoning({std::string(from.get("text").string_or("")),
                       std::string(from.get("signature").string_or("")), *std::move(redacted), origin_},
                      sink);
    return {};
  }

  // The parts of a block that a stream sends as deltas.
  os::Result<> add_whole(const json::Value& block, const EventSink& sink) {
    if (const json::Value* use = block.find("toolUse")) {
      if (!use->get("input").empty()) writer_.tool_input(json::write(use->get("input")), sink);
    } else if (const json::Value* reasoning = block.find("reasoningContent")) {
      const json::Value* text = reasoning->find("reasoningText");
      return add_reasoning(text != nullptr ? *text : *reasoning, sink);
    } else if (const json::Value* cited = block.find("citationsContent")) {
      for (size_t i = 0; i < cited->get("content").size(); ++i)
        writer_.text(cited->get("content").at(i).get("text").string_or(""), sink);
    } else {
      writer_.text(block.get("text").string_or(""), sink);
    }
    return {};
  }

  void stop_block(const EventSink& sink) {
    if (server_result_) {
      const std::string id(server_result_->get("toolUseId").string_or(""));
      writer_.server_result(id, *std::exchange(server_result_, std::nullopt), sink);
    }
    writer_.close(sink);
  }

  std::string origin_;
  BlockWriter writer_;
  std::optional<json::Value> server_result_;  // the service ran the tool itself: kept whole
  std::optional<StopReason> stop_;
};

// The region is the endpoint's: "https://bedrock-runtime.eu-west-1.amazonaws.com".
std::string region_of(std::string_view host, const Environment& environment) {
  const auto parts = os::split(host, '.');
  if (parts.size() >= 4 && parts[0].starts_with("bedrock-runtime")) return std::string(parts[1]);
  for (const std::string_view variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    std::string value = environment(variable);
    if (!value.empty()) return value;
  }
  return std::string(kDefaultRegion);
}

class BedrockCodec final : public Codec {
 public:
  explicit BedrockCodec(std::string_view model_id) : origin_(origin_of(model_id)) {}

  std::string_view origin() const override { return origin_; }
  std::string default_base(const Environment& environment) const override {
    return fmt::format("https://bedrock-runtime.{}.amazonaws.com", region_of("", environment));
  }

  os::Result<WireRequest> encode(const ConverseRequest& request) const override {
    WireRequest out;
    out.path = fmt::format("/model/{}/converse-stream", os::percent_encode(request.model.model_id));
    out.headers = {{"content-type", "application/json"},
                   {"accept", std::string(aws::kEventStreamContentType)}};
    const HistoryRules rules{.origin = origin_, .keep_unsigned_reasoning = true};
    const std::vector<Message> history = portable_history(request.messages, rules);
    json::Value body = json::object({{"messages", messages_json(history)}});
    json::Value system = json::array({});
    for (const std::string& text : request.system) {
      if (!os::trim(text).empty()) system.push_back(text_block(text));
    }
    if (!system.empty()) body.set("system", std::move(system));
    json::Value inference = inference_config(request.model);
    if (!inference.empty()) body.set("inferenceConfig", std::move(inference));
    json::Value tools = tools_json(request, history);
    if (!tools.empty()) body.set("toolConfig", json::object({{"tools", std::move(tools)}}));
    add_extra_settings(body, request.model);
    out.body = json::write(body);
    return out;
  }

  // A bearer token of Bedrock's own, or a signature with the usual keys.
  os::Result<> authorize(WireRequest& request, const std::string& url, const std::string& key,
                         const Environment& environment, os::Time now) const override {
    const std::string token = key.empty() ? environment("AWS_BEARER_TOKEN_BEDROCK") : key;
    if (!token.empty()) {
      request.headers.set("authorization", "Bearer " + token);
      return {};
    }
    const aws::Credentials credentials{environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"),
                                       environment("AWS_SESSION_TOKEN")};
    if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
      return os::fail(os::Code::kUnauthenticated, "bedrock: there are no credentials",
                      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK");
    }
    SOMA_ASSIGN(const net::Url address, net::parse_url(url));
    const bool usual_port = address.port == (address.scheme == "https" ? "443" : "80");
    const std::string host = usual_port ? address.host : fmt::format("{}:{}", address.host, address.port);
    request.headers.set("host", host);
    const std::string target = address.query.empty() ? address.path : address.path + "?" + address.query;
    const aws::SigningRequest signing{request.method, target, request.headers.entries(), request.body};
    const aws::Signature signature =
        aws::sign(signing, credentials,
                  {.region = region_of(address.host, environment), .service = "bedrock", .now = now});
    for (const auto& [name, value] : signature.headers) request.headers.set(name, value);
    return {};
  }

  std::unique_ptr<Decoder> decoder() const override { return std::make_unique<BedrockDecoder>(origin_); }

  Failure error_of(int status, const net::Headers& headers, std::string_view body) const override {
    const auto parsed = json::parse(body);
    const json::Value none;
    const json::Value& error = parsed ? *parsed : none;
    // "ValidationException:http://internal.amazon.com/…"
    const std::string_view type = headers.get("x-amzn-errortype");
    return failure_of_status(status, headers, kService, type.substr(0, type.find(':')),
                             error.get("message").string_or(error.get("Message").string_or(body)));
  }

 private:
  std::string origin_;
};

}  // namespace

std::unique_ptr<Codec> make_bedrock_codec(const ModelSettings& settings) {
  return std::make_unique<BedrockCodec>(settings.model_id);
}

}  // namespace soma::model
