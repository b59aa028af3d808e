// From an answer's bytes to events: takes the framing apart (server-sent events, Amazon's event stream, or
// one JSON document, as the content type says) and hands each event to a Decoder.
//
// messageStart is held back until something follows: a service that begins an answer only to say that it is
// overloaded has not begun it, and may be asked again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/aws/aws.h"
#include "core/model/providers/codec.h"

namespace soma::model {

// Of an answer that is no stream: it is in memory as a whole, like one event of a stream.
inline constexpr size_t kMaxDocumentBytes = net::kMaxSseEventBytes;

class AnswerReader {
 public:
  AnswerReader(std::unique_ptr<Decoder> decoder, std::string_view content_type, const EventSink& sink);
  // Errors: the decoder's; kCorrupt for broken framing; kLimitExceeded.
  os::Result<> feed(std::string_view bytes);
  // The body is over. kUnavailable when the answer is not.
  os::Result<> end();
  bool begun() const { return begun_; }        // the caller has seen a piece of it
  bool complete() const { return complete_; }  // up to its figures

 private:
  enum class Framing { kSse, kEventStream, kDocument };
  os::Result<> take(const aws::Message& message);
  void pass(StreamEvent event);

  std::unique_ptr<Decoder> decoder_;
  Framing framing_;
  EventSink sink_;   // the caller's
  EventSink inner_;  // the decoder's
  net::SseParser sse_;
  aws::Decoder frames_;
  std::string document_;
  std::optional<StreamEvent> held_;
  bool begun_ = false, complete_ = false;
};

}  // namespace soma::model
