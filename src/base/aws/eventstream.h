// application/vnd.amazon.eventstream: typed headers and a payload in frames that carry two checksums. Source:
// the "Event stream encoding" chapter of the Smithy and Amazon Transcribe references; the frame is drawn in
// eventstream.cpp.
//
//   aws::Decoder decoder;
//   SOMA_ASSIGN(auto messages, decoder.feed(bytes));      // as often as bytes come, split anywhere
//   SOMA_TRY(decoder.finish());                           // at the end of the stream
//   SOMA_ASSIGN(std::string frame, aws::encode_event("messageStop", "application/json", payload));
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/os/result.h"

namespace soma::aws {

inline constexpr std::string_view kEventStreamContentType = "application/vnd.amazon.eventstream";

inline constexpr size_t kMaxMessageBytes = 16u << 20;  // of a whole frame
inline constexpr size_t kMaxHeadersBytes = 128u << 10;
inline constexpr size_t kMaxHeaderNameBytes = 255;
inline constexpr size_t kMaxHeaderValueBytes = 32'767;

struct Bytes {
  std::string value;
  bool operator==(const Bytes&) const = default;
};
struct Timestamp {
  int64_t unix_ms = 0;
  bool operator==(const Timestamp&) const = default;
};
struct Uuid {
  std::array<uint8_t, 16> bytes{};
  bool operator==(const Uuid&) const = default;
};
using HeaderValue =
    std::variant<bool, int8_t, int16_t, int32_t, int64_t, Bytes, std::string, Timestamp, Uuid>;

struct Header {
  std::string name;
  HeaderValue value;
  bool operator==(const Header&) const = default;
};

struct Message {
  std::vector<Header> headers;
  std::string payload;

  // The first header of that name, or null.
  const HeaderValue* find(std::string_view name) const;
  // The same when it is a string, else empty: ":message-type", ":event-type", ":exception-type",
  // ":content-type".
  std::string_view text(std::string_view name) const;
  bool operator==(const Message&) const = default;
};

// One frame. Errors: kLimitExceeded naming the limit, kInvalidArgument for an empty header name.
os::Result<std::string> encode(const Message& message);
// As Bedrock writes them: `:event-type`, `:content-type`, `:message-type` = event; an exception's payload is
// JSON.
os::Result<std::string> encode_event(std::string_view event_type, std::string_view content_type,
                                     std::string_view payload);
os::Result<std::string> encode_exception(std::string_view exception_type, std::string_view payload);

// Takes a stream apart. Holds at most one frame that is not complete; a frame's lengths are checked as soon
// as its first 12 bytes are there, before room is made for the rest. One thread at a time.
class Decoder {
 public:
  // The messages that became complete, in order. Messages in front of a broken frame are handed out first;
  // the error comes with the next call, and with every call after it. Errors: kCorrupt (checksum, header),
  // kLimitExceeded (a length).
  os::Result<std::vector<Message>> feed(std::string_view bytes);
  // At the end of the stream: kCorrupt when it ends inside a frame, or the error that feed() has not yet
  // told.
  os::Result<> finish();

 private:
  std::string pending_;
  uint64_t offset_ = 0;  // in the stream, of pending_'s first byte
  std::optional<os::Error> error_;
};

}  // namespace soma::aws
