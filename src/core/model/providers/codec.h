// One provider's wire format, apart from the network: requests to JSON, streamed answers to events.
//
//   codec.h          this file: WireRequest, Decoder, Codec, one maker for each API
//   block_writer.h   the events of an answer, numbered and closed in order
//   history.h        what is passed back of a conversation that another provider may have had
//   http_provider.h  a Provider over a Codec: keys, retries, framing, cancellation
//
// A codec holds no state between requests and does no I/O; a decoder lives for one answer. Both belong to one
// loop. Bytes never come from files here: http_provider reads them into Media::bytes before encode().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/model.h"

namespace soma::model {

struct WireRequest {
  std::string method = "POST";
  std::string path;  // appended to the base address, with its query, percent-encoded: "/v1/messages"
  net::Headers headers{};
  std::string body;  // JSON text; the same request gives the same bytes
};

// An answer that is no success, or an error inside a stream.
struct Failure {
  os::Error error;  // never holds a key
  bool retryable = false;
  std::optional<os::Duration> retry_after{};  // what the service asked for
};

// Turns one answer into events: messageStart … messageStop, metadata. What it does not know it skips. Errors:
// kCorrupt for what is no such answer; kUnavailable when repeating may help (overloaded, cut);
// kInvalidArgument, kLimitExceeded … for errors that the service sends inside a stream.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // One server-sent event, or one event-stream message (`name` is then its event or exception type).
  virtual os::Result<> on_event(std::string_view name, std::string_view data, const EventSink& sink) = 0;
  // The body's end: sends what is still held back. kUnavailable when the answer is not complete.
  virtual os::Result<> on_end(const EventSink& sink) = 0;
  // A whole answer that came without a stream; it needs no on_end().
  virtual os::Result<> on_document(const json::Value& document, const EventSink& sink) = 0;
};

// Where keys are: an environment variable's value, or empty.
using Environment = std::function<std::string(std::string_view variable)>;

class Codec {
 public:
  virtual ~Codec() = default;
  // The name that owns reasoning signatures and server tools ("anthropic"): Reasoning::origin,
  // ToolUse::origin.
  virtual std::string_view origin() const = 0;
  // The base address when the settings name none, without a slash at its end.
  virtual std::string default_base(const Environment& environment) const = 0;
  // Always asks for a stream. kInvalidArgument, kUnsupported naming what this API cannot take.
  virtual os::Result<WireRequest> encode(const ConverseRequest& request) const = 0;
  // Adds what proves who is asking. `url` is the whole address; `key` the value of the settings' key
  // reference, empty when there is none: then the codec asks the environment for its customary variables.
  // kUnauthenticated naming the variable to set.
  virtual os::Result<> authorize(WireRequest& request, const std::string& url, const std::string& key,
                                 const Environment& environment, os::Time now) const = 0;
  virtual std::unique_ptr<Decoder> decoder() const = 0;
  // `body` may be anything, cut or empty.
  virtual Failure error_of(int status, const net::Headers& headers, std::string_view body) const = 0;
};

// One for each API. `settings` picks among the formats of one provider (openai: apiFormat).
std::unique_ptr<Codec> make_anthropic_codec(const ModelSettings& settings);
std::unique_ptr<Codec> make_openai_codec(const ModelSettings& settings);
std::unique_ptr<Codec> make_gemini_codec(const ModelSettings& settings);
std::unique_ptr<Codec> make_bedrock_codec(const ModelSettings& settings);

// The failure for a status: kUnauthenticated 401, kPermissionDenied 403, kNotFound 404, kLimitExceeded 413
// and 429, kUnavailable 408, 409, 5xx, else kInvalidArgument (also for redirects, which are not followed).
// Retryable: 408, 409, 429 and 5xx (with 529, overloaded). `message` is the service's own, cut to
// kMaxErrorMessageBytes; Retry-After is seconds, a date is left out, retry-after-ms wins.
inline constexpr size_t kMaxErrorMessageBytes = 2048;
inline constexpr size_t kMaxErrorTypeBytes = 128;  // its name for the error, or a header's value
Failure failure_of_status(int status, const net::Headers& headers, std::string_view service,
                          std::string_view type, std::string_view message);

// A figure of an answer's usage, whatever the service wrote: between none and kMaxTokenCount, so that sums
// and prices of many of them stay numbers.
inline constexpr int64_t kMaxTokenCount = 1'000'000'000'000;
int64_t token_count(const json::Value& value);

// One event or document of a service's answer; kCorrupt when it is no JSON object.
os::Result<json::Value> parse_answer(std::string_view text, std::string_view service);

// Lays the settings' additionalParams over a request body: objects merge, arrays append to ours, anything
// else replaces. Null does nothing.
void merge_additional(json::Value& body, const json::Value& additional);

// "data:" payloads and source.data fields.
std::string mime_type_of(std::string_view format);  // "png" → "image/png", "pdf" → "application/pdf"
// The format of a MIME type ("image/png" → "png"), or the part after the slash.
std::string format_of_mime(std::string_view mime);
// Stands for media that this model cannot take: "[document report.docx: this model cannot read it]".
std::string unreadable_note(std::string_view kind, const Media& media);
bool is_text_format(std::string_view format);  // documents that are text: txt, md, csv, html, json, xml …

}  // namespace soma::model
