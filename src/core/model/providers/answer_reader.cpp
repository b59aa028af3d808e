#include "core/model/providers/answer_reader.h"

#include <utility>

#include <fmt/format.h>

namespace soma::model {

AnswerReader::AnswerReader(std::unique_ptr<Decoder> decoder, std::string_view content_type,
                           const EventSink& sink)
    : decoder_(std::move(decoder)),
      framing_(content_type.starts_with(aws::kEventStreamContentType) ? Framing::kEventStream
               : content_type.starts_with("application/json")         ? Framing::kDocument
                                                                      : Framing::kSse),
      sink_(sink),
      inner_([this](StreamEvent event) { pass(std::move(event)); }) {}

void AnswerReader::pass(StreamEvent event) {
  if (std::holds_alternative<MessageStart>(event) && !begun_) {
    held_ = std::move(event);
    return;
  }
  begun_ = true;
  if (held_) sink_(*std::exchange(held_, std::nullopt));
  complete_ = complete_ || std::holds_alternative<Metadata>(event);
  sink_(std::move(event));
}

os::Result<> AnswerReader::take(const aws::Message& message) {
  const std::string_view kind = message.text(":message-type");
  if (kind == "error") {
    return os::fail(os::Code::kUnavailable, std::string(message.text(":error-code")) + ": " +
                                                std::string(message.text(":error-message")));
  }
  const std::string_view name = message.text(kind == "exception" ? ":exception-type" : ":event-type");
  return decoder_->on_event(name, message.payload, inner_);
}

os::Result<> AnswerReader::feed(std::string_view bytes) {
  if (framing_ == Framing::kDocument) {
    if (bytes.size() > kMaxDocumentBytes - document_.size())
      return os::fail(
          os::Code::kLimitExceeded,
          fmt::format("the answer is a document larger than kMaxDocumentBytes ({})", kMaxDocumentBytes));
    document_ += bytes;
    return {};
  }
  if (framing_ == Framing::kSse) {
    SOMA_ASSIGN(const auto events, sse_.feed(bytes));
    for (const net::SseEvent& event : events) SOMA_TRY(decoder_->on_event(event.event, event.data, inner_));
    return {};
  }
  SOMA_ASSIGN(const auto messages, frames_.feed(bytes));
  for (const aws::Message& message : messages) SOMA_TRY(take(message));
  return {};
}

os::Result<> AnswerReader::end() {
  if (framing_ == Framing::kDocument) {
    SOMA_ASSIGN(const json::Value document, parse_answer(document_, "the service"));
    return decoder_->on_document(document, inner_);
  }
  if (framing_ == Framing::kEventStream) {
    // A frame cut in its middle is a cut answer, not a broken one.
    if (const auto whole = frames_.finish(); !whole)
      return os::fail(os::Code::kUnavailable, whole.error().message);
  }
  return decoder_->on_end(inner_);
}

}  // namespace soma::model
