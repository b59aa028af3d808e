#include "services/workflow/engine/history.h"

namespace soma::workflow::engine {
namespace {
constexpr size_t kMaxPayloadDepth = 1'000;
}

// At least one of the two is there; the other is made on demand.
struct Payload::Body {
  mutable std::optional<json::Value> value{};
  mutable std::optional<std::string> text{};
};

Payload::Payload(json::Value value) : body_(std::make_shared<Body>(Body{.value = std::move(value)})) {}

Payload::Payload(json::Value value, std::string text)
    : body_(std::make_shared<Body>(Body{.value = std::move(value), .text = std::move(text)})) {}

os::Result<Payload> Payload::parse(std::string text) {
  SOMA_ASSIGN(json::Value value, json::parse(text));
  return Payload(std::move(value), std::move(text));
}

Payload Payload::of_text(std::string text) {
  Payload payload;
  payload.body_ = std::make_shared<Body>(Body{.text = std::move(text)});
  return payload;
}

Payload Payload::array_of(const std::vector<Payload>& elements) {
  size_t bytes = 2;
  for (const Payload& element : elements) bytes += element.bytes() + 1;
  std::string text;
  text.reserve(bytes);
  text += '[';
  for (const Payload& element : elements) {
    if (text.size() > 1) text += ',';
    text += element.text();
  }
  text += ']';
  return of_text(std::move(text));
}

const json::Value& Payload::value() const {
  static const json::Value null;
  if (!body_) return null;
  if (!body_->value) {
    // What is kept as text alone was written by us, so it parses. Results of nested states may be deeper
    // than what a client can send.
    auto parsed = json::parse(*body_->text, {.max_depth = kMaxPayloadDepth});
    body_->value = parsed ? std::move(*parsed) : json::Value();
  }
  return *body_->value;
}

const std::string& Payload::text() const {
  static const std::string null = "null";
  if (!body_) return null;
  if (!body_->text) body_->text = json::write(*body_->value);
  return *body_->text;
}

}  // namespace soma::workflow::engine
