// Amazon Bedrock's ConverseStream. Source: the Amazon Bedrock API reference.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include "base/aws/aws.h"
#include "core/model/providers/bedrock_messages.h"
#include "core/model/providers/block_writer.h"
#include "core/model/providers/codec.h"

namespace soma::model {
namespace {

constexpr std::string_view kService = "bedrock";
constexpr std::string_view kDefaultRegion = "us-east-1";

StopReason stop_reason_of(std::string_view name) {
  if (name == "guardrail_intervened") return StopReason::kContentFiltered;
  return parse_stop_reason(name).value_or(StopReason::kEndTurn);
}

Usage usage_of(const json::Value& from) {
  Usage usage;
  usage.input_tokens = token_count(from.get("inputTokens"));
  usage.output_tokens = token_count(from.get("outputTokens"));
  usage.cache_read_input_tokens = token_count(from.get("cacheReadInputTokens"));
  usage.cache_write_input_tokens = token_count(from.get("cacheWriteInputTokens"));
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
    } else if (const json::Value& result = start.get("toolResult"); result.is_object()) {
      server_result_ = result;
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
  std::string region = aws::region_of(environment);
  return region.empty() ? std::string(kDefaultRegion) : region;
}

class BedrockCodec final : public Codec {
 public:
  explicit BedrockCodec(std::string_view model_id) : origin_(bedrock_origin(model_id)) {}

  std::string_view origin() const override { return origin_; }
  std::string default_base(const Environment& environment) const override {
    return fmt::format("https://bedrock-runtime.{}.amazonaws.com", region_of("", environment));
  }

  os::Result<WireRequest> encode(const ConverseRequest& request) const override {
    const std::string& format = request.model.api_format;
    if (!format.empty() && format != "converse_stream") {
      return os::fail(os::Code::kUnsupported,
                      fmt::format("bedrock: apiFormat \"{}\" is not spoken here", format),
                      "leave it out, or take the provider openai with Bedrock's OpenAI address as apiBase");
    }
    WireRequest out;
    out.path = fmt::format("/model/{}/converse-stream", os::percent_encode(request.model.model_id));
    out.headers = {{"content-type", "application/json"},
                   {"accept", std::string(aws::kEventStreamContentType)}};
    out.body = json::write(bedrock_body(request));
    return out;
  }

  // A bearer token of Bedrock's own, or a signature with the usual keys.
  os::Result<> authorize(WireRequest& request, const std::string& url, const std::string& key,
                         const Environment& environment, os::Time now) const override {
    SOMA_ASSIGN(const net::Url address, net::parse_url(url));
    // Somebody else's server gets the token that was named for it, never the customary one.
    const bool own = address.host.ends_with(".amazonaws.com") || address.host.ends_with(".amazonaws.com.cn");
    const std::string token = key.empty() && own ? environment("AWS_BEARER_TOKEN_BEDROCK") : key;
    if (!token.empty()) {
      request.headers.set("authorization", "Bearer " + token);
      return {};
    }
    const auto credentials = aws::credentials_of(environment);
    if (!credentials) {
      return os::fail(os::Code::kUnauthenticated, "bedrock: there are no credentials",
                      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK");
    }
    aws::sign_request(
        request.method, address, request.headers, request.body, *credentials,
        {.region = region_of(address.host, environment), .service = std::string(kService), .now = now});
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
