// Model providers: any language model behind one interface.
//
//   message.h   messages, blocks, stream events, MessageAssembler
//   provider    this file: ConverseRequest, Provider, the table of providers
//   reflex/     the built-in brain: rules and text similarity, no language model
//   replay.cpp  plays a file of recorded events
//
// Adding a provider: one file that implements Provider, one line in providers.cpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/net/net.h"
#include "core/model/message.h"

namespace soma::model {

struct ToolSpec {
  std::string name;
  std::string description;
  json::Value input_schema;  // JSON Schema 2020-12, type object
};

// Which model, and how to ask it. One shape for all providers; a provider refuses what it cannot honour.
struct ModelSettings {
  std::string provider;  // "reflex", "replay", "bedrock", …
  std::string model_id;
  std::optional<int64_t> max_tokens{};
  std::optional<double> temperature{}, top_p{};
  std::optional<int64_t> top_k{};
  std::optional<int64_t>
      context_window{};  // tokens that the model takes at most, its answer included; not sent
  std::vector<std::string> stop_sequences{};
  std::string api_format{}, api_base{};
  std::string api_key_reference{};  // names an environment variable or a secret; never the key
  json::Value additional_params{};
  // How long the service may be silent before its answer counts as cut; nothing: the provider's default.
  std::optional<int64_t> idle_timeout_seconds{};
};

struct ConverseRequest {
  ModelSettings model;
  std::vector<std::string> system;
  std::vector<Message> messages;  // ends with a user message, or with an answer that the provider paused
  std::vector<ToolSpec> tools;
};

// Receives events in order, on the provider's loop. Must not block.
using EventSink = std::function<void(StreamEvent)>;

// What a provider may use of the outside world.
struct ProviderContext {
  os::Clock& clock;
  os::IdSource& ids;
  net::HttpClient* http = nullptr;
  // Bytes of a workspace file that a message refers to.
  std::function<os::Result<std::string>(const std::string& file)> read_file{};
  // Addresses that a provider may be at; null: any. Outlives the provider.
  const net::OutboundPolicy* policy = nullptr;
  // The value of a secret by its reference ("secret:NAME", an ARN); without it only environment variables
  // hold keys.
  std::function<os::Result<std::string>(const std::string& reference)> read_secret{};
  // An environment variable's value, or empty; without it the process's own environment.
  std::function<std::string(std::string_view variable)> environment{};
};

// One per session at most; used from one loop.
class Provider {
 public:
  virtual ~Provider() = default;
  // Asks the model and streams its answer into `sink`: messageStart … messageStop, then metadata. An answer
  // that was cut is an error, never an end. Errors: kUnavailable (repeating may help), kInvalidArgument,
  // kUnauthenticated, kLimitExceeded, kCancelled, kCorrupt.
  virtual net::Task<os::Result<>> converse(const ConverseRequest& request, const EventSink& sink,
                                           const net::Cancellation& cancellation) = 0;
};

struct ProviderType {
  std::string_view name;
  std::string_view summary;
  bool needs_model_id;
  std::unique_ptr<Provider> (*make)(ProviderContext context);
};
std::span<const ProviderType> provider_types();
// kInvalidArgument naming the known providers, when there is none of that name.
os::Result<std::unique_ptr<Provider>> make_provider(const ModelSettings& settings, ProviderContext context);

}  // namespace soma::model
