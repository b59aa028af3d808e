#include "core/model/providers/http_provider.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include <fmt/format.h>
#include "core/model/providers/answer_reader.h"

namespace soma::model {
namespace {

Environment environment_of(const ProviderContext& context) {
  if (context.environment) return context.environment;
  return [](std::string_view variable) -> std::string {
    const char* value = std::getenv(std::string(variable).c_str());
    return value != nullptr ? value : "";
  };
}

// "https://host/v1" and "/v1/messages" are one address with one "/v1".
std::string join_address(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  if (base.ends_with("/v1") && path.starts_with("/v1/")) path.remove_prefix(3);
  return fmt::format("{}{}", base, path);
}

// Bytes of workspace files go into the request, so that codecs read none.
os::Result<> read_files(const ProviderContext& context, Media& media) {
  if (media.file.empty()) return {};
  if (!context.read_file)
    return os::fail(os::Code::kUnsupported, fmt::format("\"{}\": there is no workspace here", media.file));
  SOMA_ASSIGN(media.bytes, context.read_file(media.file));
  media.file.clear();
  return {};
}

template <class Variant>
os::Result<> read_files_of(const ProviderContext& context, Variant& block) {
  if (auto* image = std::get_if<Image>(&block)) return read_files(context, image->media);
  if (auto* document = std::get_if<Document>(&block)) return read_files(context, document->media);
  return {};
}

os::Result<ConverseRequest> with_files(const ProviderContext& context, ConverseRequest request) {
  for (Message& message : request.messages) {
    for (Block& block : message.content) {
      SOMA_TRY(read_files_of(context, block));
      if (auto* result = std::get_if<ToolResult>(&block)) {
        for (ResultContent& item : result->content) SOMA_TRY(read_files_of(context, item));
      }
    }
  }
  return request;
}

// Some servers number the calls of each answer anew, or give them no id. In a conversation an id is one
// call's: one that was used before, or an empty one, gets another. (Two calls of one id in one answer stay:
// they may be the same call sent twice, and the reader refuses them.) A call that the service itself runs
// keeps its id: the result names it.
class NewIds {
 public:
  NewIds(const std::vector<Message>& messages, os::IdSource& ids) : ids_(ids) {
    for (const Message& message : messages) {
      for (const Block& block : message.content)
        if (const auto* use = std::get_if<ToolUse>(&block)) taken_.insert(use->id);
    }
  }

  void give(StreamEvent& event) const {
    auto* start = std::get_if<ContentBlockStart>(&event);
    auto* use = start != nullptr ? std::get_if<ToolUseStart>(&start->start) : nullptr;
    if (use == nullptr || !use->origin.empty()) return;
    if (use->id.empty() || taken_.contains(use->id)) use->id = ids_.prefixed("call");
  }

 private:
  std::set<std::string, std::less<>> taken_;
  os::IdSource& ids_;
};

// One attempt's end.
struct Outcome {
  std::optional<Failure> failure;
  bool begun = false;  // a piece of the answer has gone to the caller
};

Failure plain_failure(os::Error error) {
  const bool retryable = error.code == os::Code::kUnavailable || error.code == os::Code::kTimeout;
  return {std::move(error), retryable, {}};
}

// A success that can be no model's answer, told from its headers: a proxy's or a portal's page, or bytes that
// were packed though nobody asked (unpacking them would make the limits on an answer's size worthless).
os::Result<> refuse_strange(const std::string& url, const net::Headers& headers) {
  const std::string type = os::to_lower(headers.get("content-type"));
  const std::string coding = os::to_lower(os::trim(headers.get("content-encoding")));
  const std::string where(std::string_view(url).substr(0, url.find('?')));
  if (type.starts_with("text/html"))
    return os::fail(os::Code::kCorrupt,
                    fmt::format("{} answered with a web page, not with a model's answer", where),
                    "look whether apiBase is the address of the model's API, and what is in between");
  if (!coding.empty() && coding != "identity")
    return os::fail(os::Code::kCorrupt,
                    fmt::format("{} sent its answer packed ({}), which was not asked for", where,
                                os::utf8_prefix(os::to_valid_utf8(coding), kMaxErrorTypeBytes)),
                    "switch off compression in the server or in the proxy before it");
  return {};
}

class HttpProvider final : public Provider {
 public:
  HttpProvider(ProviderContext context, CodecMaker make_codec, HttpLimits limits)
      : context_(std::move(context)), make_codec_(make_codec), limits_(limits) {}

  net::Task<os::Result<>> converse(const ConverseRequest& request, const EventSink& sink,
                                   const net::Cancellation& cancellation) override {
    if (context_.http == nullptr) co_return os::fail(os::Code::kInternal, "a provider without HTTP client");
    const auto codec = make_codec_(request.model);
    SOMA_CO_ASSIGN(const Prepared prepared, prepare(*codec, request));
    const EventSink named = [&sink, ids = NewIds(request.messages, context_.ids)](StreamEvent event) mutable {
      ids.give(event);
      sink(std::move(event));
    };
    for (int attempt = 1;; ++attempt) {
      if (cancellation.requested()) co_return os::fail(os::Code::kCancelled, cancellation.reason());
      Outcome outcome = co_await try_once(*codec, prepared, named, cancellation);
      if (!outcome.failure) co_return os::Result<>();
      scrub(*outcome.failure, prepared.secrets);
      if (cancellation.requested()) co_return os::fail(os::Code::kCancelled, cancellation.reason());
      if (outcome.begun) co_return cut_after_beginning(std::move(outcome.failure->error));
      const auto wait = wait_before_next(*outcome.failure, attempt);
      if (!wait) co_return std::unexpected(given_up(std::move(*outcome.failure), attempt));
      co_await pause(*wait, cancellation);
    }
  }

 private:
  struct Prepared {
    WireRequest wire;  // without what authorize() adds: a signature has its time
    std::string url, key;
    os::Duration idle_timeout;
    std::set<std::string> secrets;  // values that may not be seen in a message
  };

  os::Result<Prepared> prepare(const Codec& codec, const ConverseRequest& request) const {
    Prepared out;
    SOMA_ASSIGN(const ConverseRequest whole, with_files(context_, request));
    SOMA_ASSIGN(out.wire, codec.encode(whole));
    const Environment environment = environment_of(context_);
    const std::string base =
        request.model.api_base.empty() ? codec.default_base(environment) : request.model.api_base;
    out.url = join_address(base, out.wire.path);
    SOMA_ASSIGN(out.key, resolve_key(request.model.api_key_reference, context_, environment));
    const auto& silence = request.model.idle_timeout_seconds;
    out.idle_timeout = silence ? os::Duration(std::chrono::seconds(*silence)) : limits_.idle_timeout;
    if (!out.key.empty()) out.secrets.insert(out.key);
    SOMA_TRY(authorized(codec, out, &out.secrets));
    return out;
  }

  // The request with its proof of identity; the variables that were read for it are noted as secrets.
  os::Result<WireRequest> authorized(const Codec& codec, const Prepared& prepared,
                                     std::set<std::string>* secrets) const {
    WireRequest wire = prepared.wire;
    const Environment plain = environment_of(context_);
    const Environment noted = [&](std::string_view variable) {
      std::string value = plain(variable);
      const bool is_secret = variable.contains("KEY") || variable.contains("TOKEN");
      if (secrets != nullptr && is_secret && !value.empty()) secrets->insert(value);
      return value;
    };
    SOMA_TRY(codec.authorize(wire, prepared.url, prepared.key, noted, context_.clock.now()));
    return wire;
  }

  net::Task<Outcome> try_once(const Codec& codec, const Prepared& prepared, const EventSink& sink,
                              const net::Cancellation& cancellation) {
    auto wire = authorized(codec, prepared, nullptr);
    if (!wire) co_return Outcome{Failure{wire.error()}};
    net::ClientRequest request{.method = wire->method, .url = prepared.url, .headers = wire->headers};
    request.body = std::move(wire->body);
    request.stall_timeout = prepared.idle_timeout;
    request.policy = context_.policy;
    request.cancellation = cancellation;
    auto stream = co_await context_.http->open(std::move(request));
    if (!stream) co_return Outcome{plain_failure(stream.error())};
    if ((*stream)->status() < 200 || (*stream)->status() >= 300)
      co_return Outcome{co_await read_error(codec, **stream)};
    if (auto strange = refuse_strange(prepared.url, (*stream)->headers()); !strange)
      co_return Outcome{plain_failure(std::move(strange.error()))};
    AnswerReader reader(codec.decoder(), (*stream)->headers().get("content-type"), sink);
    const auto read = co_await read_answer(**stream, reader);
    if (read || reader.complete()) co_return Outcome{};
    co_return Outcome{plain_failure(read.error()), reader.begun()};
  }

  net::Task<Failure> read_error(const Codec& codec, net::ClientStream& stream) {
    std::string body;
    while (body.size() < kMaxErrorBodyBytes) {
      const auto bytes = co_await stream.read();
      if (!bytes || bytes->empty()) break;
      body += *bytes;
    }
    body.resize(std::min(body.size(), kMaxErrorBodyBytes));
    co_return codec.error_of(stream.status(), stream.headers(), body);
  }

  net::Task<os::Result<>> read_answer(net::ClientStream& stream, AnswerReader& reader) {
    size_t total = 0;
    for (;;) {
      SOMA_CO_ASSIGN(const std::string bytes, co_await stream.read());
      if (bytes.empty()) co_return reader.end();
      total += bytes.size();
      if (total > kMaxAnswerBytes) {
        co_return os::fail(os::Code::kLimitExceeded,
                           fmt::format("the answer is larger than kMaxAnswerBytes ({})", kMaxAnswerBytes));
      }
      const bool before = reader.complete();
      SOMA_CO_TRY(reader.feed(bytes));
      if (reader.complete() && !before) stream.finish_within(kEndGrace);
    }
  }

  static os::Result<> cut_after_beginning(os::Error error) {
    if (error.code == os::Code::kUnavailable || error.code == os::Code::kTimeout) {
      error.code = os::Code::kUnavailable;
      error.message = "the answer was cut after it had begun: " + error.message;
    }
    return std::unexpected(std::move(error));
  }

  // How long until the next attempt; none when there is to be no other.
  std::optional<os::Duration> wait_before_next(const Failure& failure, int attempt) const {
    if (!failure.retryable || attempt >= limits_.max_attempts) return std::nullopt;
    os::Duration bound = limits_.first_backoff;
    for (int i = 1; i < attempt && bound < limits_.max_backoff; ++i) bound *= 2;
    bound = std::min(bound, limits_.max_backoff);
    const os::Duration jitter(context_.ids.random_u64() % (static_cast<uint64_t>(bound.count()) + 1));
    if (!failure.retry_after) return jitter;
    if (*failure.retry_after > limits_.max_retry_after) return std::nullopt;
    return *failure.retry_after + std::min(jitter, limits_.first_backoff);
  }

  static os::Error given_up(Failure failure, int attempts) {
    if (attempts > 1) failure.error.message += fmt::format(" (after {} attempts)", attempts);
    if (failure.retry_after) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(*failure.retry_after).count();
      failure.error.hint = fmt::format("the service asks to wait {} s", seconds);
    }
    return std::move(failure.error);
  }

  static void scrub(Failure& failure, const std::set<std::string>& secrets) {
    constexpr std::string_view kStandIn = "[key]";
    for (const std::string& secret : secrets) {
      std::string& text = failure.error.message;
      for (size_t at = text.find(secret); at != std::string::npos;
           at = text.find(secret, at + kStandIn.size()))
        text.replace(at, secret.size(), kStandIn);
    }
  }

  net::Task<> pause(os::Duration wait, const net::Cancellation& cancellation) {
    net::Notifier cancelled(co_await net::this_executor());
    const auto registration = cancellation.on_request([&cancelled] { cancelled.notify(); });
    const os::Time deadline = context_.clock.now() + wait;
    while (!cancellation.requested() && context_.clock.now() < deadline) {
      if (!co_await cancelled.wait_until(context_.clock, deadline)) break;
    }
  }

  ProviderContext context_;
  CodecMaker make_codec_;
  HttpLimits limits_;
};

}  // namespace

os::Result<std::string> resolve_key(const std::string& reference, const ProviderContext& context,
                                    const Environment& environment) {
  if (reference.empty()) return std::string();
  if (reference.starts_with("secret:") || reference.starts_with("arn:")) {
    if (context.read_secret) return context.read_secret(reference);
    return os::fail(os::Code::kUnauthenticated, fmt::format("there is no store that holds {}", reference),
                    "name an environment variable instead: env:NAME");
  }
  std::string_view name = reference;
  if (name.starts_with("env:")) name.remove_prefix(4);
  const bool is_name = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!is_name) {
    return os::fail(os::Code::kInvalidArgument,
                    "apiKeyArn names neither an environment variable nor a secret",
                    "write env:NAME or secret:NAME; a key itself does not belong into a configuration");
  }
  std::string value = environment(name);
  if (value.empty())
    return os::fail(os::Code::kUnauthenticated, fmt::format("the variable {} is not set", name),
                    fmt::format("set {}", name));
  return value;
}

std::unique_ptr<Provider> make_http_provider(ProviderContext context, CodecMaker make_codec,
                                             HttpLimits limits) {
  return std::make_unique<HttpProvider>(std::move(context), make_codec, limits);
}

}  // namespace soma::model
