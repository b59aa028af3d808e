// A frame, all numbers big-endian:
//
//   total length u32 | headers length u32 | CRC-32 of the 8 bytes before | headers | payload | CRC-32 of all
//   before header: name length u8 | name | type u8 | value value:  true 0, false 1: nothing | byte 2 | short
//   3: 2 bytes | int 4: 4 | long 5: 8 | bytes 6, string 7: length u16, bytes |
//           timestamp 8: 8 bytes of milliseconds | uuid 9: 16 bytes
#include "base/aws/eventstream.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/aws/crc32.h"

namespace soma::aws {
namespace {

using os::Code;
using os::Result;

constexpr size_t kPreludeBytes = 12;
constexpr size_t kChecksumBytes = 4;
constexpr size_t kFrameBytes = kPreludeBytes + kChecksumBytes;  // of a frame with no headers and no payload

enum WireType : uint8_t { kTrue, kFalse, kByte, kShort, kInt, kLong, kBytes, kString, kTimestamp, kUuid };

template <class Unsigned>
void put(std::string& out, Unsigned number) {
  for (int shift = 8 * (sizeof number - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 255);
}

template <class Unsigned>
Unsigned read_at(std::string_view bytes, size_t at) {
  Unsigned number = 0;
  for (size_t i = 0; i < sizeof number; ++i) {
    number = static_cast<Unsigned>(number << 8 | static_cast<unsigned char>(bytes[at + i]));
  }
  return number;
}

void put_text(std::string& out, WireType type, std::string_view text) {
  put(out, static_cast<uint8_t>(type));
  put(out, static_cast<uint16_t>(text.size()));
  out += text;
}

template <class Unsigned>
void put_number(std::string& out, WireType type, Unsigned number) {
  put(out, static_cast<uint8_t>(type));
  put(out, number);
}

struct ValueWriter {
  std::string& out;
  void operator()(bool value) const { put(out, static_cast<uint8_t>(value ? kTrue : kFalse)); }
  void operator()(int8_t value) const { put_number(out, kByte, static_cast<uint8_t>(value)); }
  void operator()(int16_t value) const { put_number(out, kShort, static_cast<uint16_t>(value)); }
  void operator()(int32_t value) const { put_number(out, kInt, static_cast<uint32_t>(value)); }
  void operator()(int64_t value) const { put_number(out, kLong, static_cast<uint64_t>(value)); }
  void operator()(const Bytes& value) const { put_text(out, kBytes, value.value); }
  void operator()(const std::string& value) const { put_text(out, kString, value); }
  void operator()(const Timestamp& value) const {
    put_number(out, kTimestamp, static_cast<uint64_t>(value.unix_ms));
  }
  void operator()(const Uuid& value) const {
    put(out, static_cast<uint8_t>(kUuid));
    for (uint8_t byte : value.bytes) out += static_cast<char>(byte);
  }
};

size_t value_bytes(const HeaderValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  if (const auto* bytes = std::get_if<Bytes>(&value)) return bytes->value.size();
  return 0;
}

struct Limit {
  std::string_view name;  // as errors tell it
  size_t bytes;
};
constexpr Limit kMessageLimit{"max_message_bytes", kMaxMessageBytes};
constexpr Limit kHeadersLimit{"max_headers_bytes", kMaxHeadersBytes};
constexpr Limit kHeaderNameLimit{"max_header_name_bytes", kMaxHeaderNameBytes};
constexpr Limit kHeaderValueLimit{"max_header_value_bytes", kMaxHeaderValueBytes};

std::unexpected<os::Error> too_large(std::string_view what, uint64_t size, const Limit& limit) {
  os::Error error{Code::kLimitExceeded,
                  fmt::format("event stream: {} of {} bytes, {} is {}", what, size, limit.name, limit.bytes)};
  error.details.emplace_back("limit", limit.name);
  return std::unexpected(std::move(error));
}

std::unexpected<os::Error> corrupt(std::string_view message) {
  return os::fail(Code::kCorrupt, fmt::format("event stream: {}", message));
}

Result<> put_header(std::string& out, const Header& header) {
  if (header.name.empty()) return os::fail(Code::kInvalidArgument, "event stream: a header has no name");
  if (header.name.size() > kMaxHeaderNameBytes)
    return too_large("a header name", header.name.size(), kHeaderNameLimit);
  size_t size = value_bytes(header.value);
  if (size > kMaxHeaderValueBytes)
    return too_large(fmt::format("the header '{}'", header.name), size, kHeaderValueLimit);
  put(out, static_cast<uint8_t>(header.name.size()));
  out += header.name;
  std::visit(ValueWriter{out}, header.value);
  return {};
}

// Reads headers off the front of a block whose checksum was right; each take fails where the block ends too
// early.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view block) : rest_(block) {}
  bool at_end() const { return rest_.empty(); }

  Result<Header> next() {
    SOMA_ASSIGN(uint8_t name_length, number<uint8_t>());
    if (name_length == 0) return corrupt("a header has no name");
    SOMA_ASSIGN(std::string_view name, take(name_length));
    SOMA_ASSIGN(uint8_t type, number<uint8_t>());
    SOMA_ASSIGN(HeaderValue value, read_value(type));
    return Header{std::string(name), std::move(value)};
  }

 private:
  Result<HeaderValue> read_value(uint8_t type) {
    switch (type) {
      case kTrue:
      case kFalse:
        return type == kTrue;
      case kByte:
        return read_number<int8_t, uint8_t>();
      case kShort:
        return read_number<int16_t, uint16_t>();
      case kInt:
        return read_number<int32_t, uint32_t>();
      case kLong:
        return read_number<int64_t, uint64_t>();
      case kBytes: {
        SOMA_ASSIGN(std::string_view bytes, text());
        return Bytes{std::string(bytes)};
      }
      case kString: {
        SOMA_ASSIGN(std::string_view bytes, text());
        return std::string(bytes);
      }
      case kTimestamp: {
        SOMA_ASSIGN(uint64_t unix_ms, number<uint64_t>());
        return Timestamp{static_cast<int64_t>(unix_ms)};
      }
      case kUuid: {
        SOMA_ASSIGN(std::string_view bytes, take(sizeof(Uuid::bytes)));
        Uuid uuid;
        std::ranges::copy(bytes, uuid.bytes.begin());
        return uuid;
      }
      default:
        return corrupt(fmt::format("a header has the unknown type {}", type));
    }
  }

  template <class Signed, class Unsigned>
  Result<HeaderValue> read_number() {
    SOMA_ASSIGN(Unsigned value, number<Unsigned>());
    return HeaderValue(static_cast<Signed>(value));
  }

  template <class Unsigned>
  Result<Unsigned> number() {
    SOMA_ASSIGN(std::string_view bytes, take(sizeof(Unsigned)));
    return read_at<Unsigned>(bytes, 0);
  }

  Result<std::string_view> text() {
    SOMA_ASSIGN(uint16_t length, number<uint16_t>());
    return take(length);
  }

  Result<std::string_view> take(size_t count) {
    if (rest_.size() < count) return corrupt("a header reaches past the headers' length");
    std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
};

struct Prelude {
  uint32_t total_length;
  uint32_t headers_length;
};

Result<Prelude> read_prelude(std::string_view bytes) {
  Prelude prelude{read_at<uint32_t>(bytes, 0), read_at<uint32_t>(bytes, 4)};
  if (crc32(bytes.substr(0, 8)) != read_at<uint32_t>(bytes, 8))
    return corrupt("the checksum of a frame's lengths is wrong");
  if (prelude.total_length > kMaxMessageBytes)
    return too_large("a frame", prelude.total_length, kMessageLimit);
  if (prelude.headers_length > kMaxHeadersBytes)
    return too_large("headers", prelude.headers_length, kHeadersLimit);
  if (prelude.total_length < kFrameBytes || prelude.headers_length > prelude.total_length - kFrameBytes) {
    return corrupt("a frame's lengths do not fit together");
  }
  return prelude;
}

Result<Message> read_frame(std::string_view frame, const Prelude& prelude) {
  size_t checksum_at = frame.size() - kChecksumBytes;
  if (crc32(frame.substr(0, checksum_at)) != read_at<uint32_t>(frame, checksum_at)) {
    return corrupt("the checksum of a frame is wrong");
  }
  Message message;
  HeaderReader headers(frame.substr(kPreludeBytes, prelude.headers_length));
  while (!headers.at_end()) {
    SOMA_ASSIGN(Header header, headers.next());
    message.headers.push_back(std::move(header));
  }
  size_t payload_at = kPreludeBytes + prelude.headers_length;
  message.payload = frame.substr(payload_at, checksum_at - payload_at);
  return message;
}

// Takes one frame off the front of `rest`; nothing when it is not complete yet.
Result<std::optional<Message>> take_message(std::string_view& rest) {
  if (rest.size() < kPreludeBytes) return std::nullopt;
  SOMA_ASSIGN(Prelude prelude, read_prelude(rest));
  if (rest.size() < prelude.total_length) return std::nullopt;
  SOMA_ASSIGN(Message message, read_frame(rest.substr(0, prelude.total_length), prelude));
  rest.remove_prefix(prelude.total_length);
  return message;
}

}  // namespace

const HeaderValue* Message::find(std::string_view name) const {
  auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? nullptr : &found->value;
}

std::string_view Message::text(std::string_view name) const {
  const HeaderValue* value = find(name);
  const auto* string = value != nullptr ? std::get_if<std::string>(value) : nullptr;
  return string != nullptr ? std::string_view(*string) : std::string_view();
}

Result<std::string> encode(const Message& message) {
  std::string headers;
  for (const Header& header : message.headers) SOMA_TRY(put_header(headers, header));
  if (headers.size() > kMaxHeadersBytes) return too_large("headers", headers.size(), kHeadersLimit);
  size_t total = kFrameBytes + headers.size() + message.payload.size();
  if (total > kMaxMessageBytes) return too_large("a frame", total, kMessageLimit);
  std::string frame;
  frame.reserve(total);
  put(frame, static_cast<uint32_t>(total));
  put(frame, static_cast<uint32_t>(headers.size()));
  put(frame, crc32(frame));
  frame += headers;
  frame += message.payload;
  put(frame, crc32(frame));
  return frame;
}

Result<std::string> encode_event(std::string_view event_type, std::string_view content_type,
                                 std::string_view payload) {
  return encode({.headers = {{":event-type", std::string(event_type)},
                             {":content-type", std::string(content_type)},
                             {":message-type", std::string("event")}},
                 .payload = std::string(payload)});
}

Result<std::string> encode_exception(std::string_view exception_type, std::string_view payload) {
  return encode({.headers = {{":exception-type", std::string(exception_type)},
                             {":content-type", std::string("application/json")},
                             {":message-type", std::string("exception")}},
                 .payload = std::string(payload)});
}

Result<std::vector<Message>> Decoder::feed(std::string_view bytes) {
  if (error_) return std::unexpected(*error_);
  // Whole frames are read where they came in; only what is left of one is kept.
  bool from_pending = !pending_.empty();
  if (from_pending) pending_ += bytes;
  const std::string_view all = from_pending ? std::string_view(pending_) : bytes;
  std::string_view rest = all;
  std::vector<Message> messages;
  for (;;) {
    auto taken = take_message(rest);
    if (!taken) {
      error_ = std::move(taken.error());
      uint64_t frame_offset = offset_ + (all.size() - rest.size());
      error_->message += fmt::format(" (frame at offset {})", frame_offset);
      error_->details.emplace_back("offset", std::to_string(frame_offset));
      rest = {};
      break;
    }
    std::optional<Message>& message = *taken;
    if (!message) break;
    messages.push_back(std::move(*message));
  }
  offset_ += all.size() - rest.size();
  if (from_pending) {
    pending_.erase(0, pending_.size() - rest.size());
  } else {
    pending_.assign(rest);
  }
  if (error_ && messages.empty()) return std::unexpected(*error_);
  return messages;
}

Result<> Decoder::finish() {
  if (!error_ && !pending_.empty()) {
    error_ = corrupt(fmt::format("the stream ends inside a frame, {} bytes after offset {}", pending_.size(),
                                 offset_))
                 .error();
    error_->details.emplace_back("offset", std::to_string(offset_));
  }
  if (error_) return std::unexpected(*error_);
  return {};
}

}  // namespace soma::aws
