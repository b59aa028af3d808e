#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "base/aws/aws.h"
#include "base/aws/crc32.h"
#include "base/os/os.h"

namespace soma::aws {
namespace {

using namespace std::string_literals;

Message with_every_header_type() {
  return {.headers = {{"true", true},
                      {"false", false},
                      {"byte", int8_t{-128}},
                      {"short", int16_t{-2}},
                      {"int", std::numeric_limits<int32_t>::min()},
                      {"long", std::numeric_limits<int64_t>::max()},
                      {"bytes", Bytes{"\0\xff\x01"s}},
                      {"string", "é"s},
                      {"timestamp", Timestamp{1'767'225'600'123}},
                      {"uuid", Uuid{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}}},
          .payload = "{\"a\":1}"};
}

// All messages of a stream fed in pieces that a seed chooses, and the error it ends with.
struct Decoded {
  std::vector<Message> messages;
  std::optional<os::Error> error;
};

Decoded decode_in_pieces(std::string_view stream, uint64_t seed) {
  std::mt19937_64 random(seed);
  Decoder decoder;
  Decoded decoded;
  while (!stream.empty()) {
    size_t piece =
        std::min<size_t>(stream.size(), seed == 0 ? stream.size() : random() % (1 + (random() % 300)));
    auto messages = decoder.feed(stream.substr(0, piece));
    if (!messages) {
      decoded.error = messages.error();
      return decoded;
    }
    for (Message& message : *messages) decoded.messages.push_back(std::move(message));
    stream.remove_prefix(piece);
  }
  if (auto end = decoder.finish(); !end) decoded.error = end.error();
  return decoded;
}

TEST(Crc32, MatchesKnownValuesAtAnySplit) {
  EXPECT_EQ(crc32(""), 0u);
  EXPECT_EQ(crc32("123456789"), 0xcbf43926u);
  const std::string text = "The quick brown fox jumps over the lazy dog";
  EXPECT_EQ(crc32(text), 0x414fa339u);
  for (size_t i = 0; i <= text.size(); ++i)
    EXPECT_EQ(crc32(text.substr(i), crc32(text.substr(0, i))), 0x414fa339u);
}

// The smallest frame there is, byte for byte as the format's description gives it.
TEST(EventStream, EncodesTheEmptyMessage) {
  EXPECT_EQ(os::hex_encode(*encode({})), "000000100000000005c248eb7d98c8ff");
}

TEST(EventStream, EncodesHeadersAsTheFormatSays) {
  std::string frame = *encode({.headers = {{"event-type", 0x0000a00c}}, .payload = "{'foo':'bar'}"});
  EXPECT_EQ(os::hex_encode(frame),
            "0000002d00000010"
            "41c424b8"
            "0a6576656e742d74797065"
            "04"
            "0000a00c"
            "7b27666f6f273a27626172277d"
            "36f480a0");
}

TEST(EventStream, EveryHeaderTypeComesBack) {
  Message message = with_every_header_type();
  std::string frame = *encode(message);
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Decoded decoded = decode_in_pieces(frame + frame, seed);
    ASSERT_FALSE(decoded.error) << decoded.error->to_string();
    EXPECT_EQ(decoded.messages, (std::vector<Message>{message, message}));
  }
}

TEST(EventStream, EventsAndExceptionsCarryBedrocksHeaders) {
  Decoder decoder;
  auto messages = *decoder.feed(*encode_event("messageStop", "application/json", "{}") +
                                *encode_exception("throttlingException", R"({"message":"slow down"})"));
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].text(":message-type"), "event");
  EXPECT_EQ(messages[0].text(":event-type"), "messageStop");
  EXPECT_EQ(messages[0].text(":content-type"), "application/json");
  EXPECT_EQ(messages[0].payload, "{}");
  EXPECT_EQ(messages[1].text(":message-type"), "exception");
  EXPECT_EQ(messages[1].text(":exception-type"), "throttlingException");
  EXPECT_EQ(messages[1].text(":event-type"), "");
  EXPECT_EQ(messages[1].find(":event-type"), nullptr);
}

TEST(EventStream, AnyFlippedBitIsRefused) {
  const std::string frame = *encode(with_every_header_type());
  for (size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::string damaged = frame;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    Decoded decoded = decode_in_pieces(damaged, bit);
    ASSERT_TRUE(decoded.error) << bit;
    EXPECT_TRUE(decoded.messages.empty()) << bit;
  }
}

TEST(EventStream, AStreamThatEndsInsideAFrameIsIncomplete) {
  const std::string frame = *encode(with_every_header_type());
  EXPECT_FALSE(decode_in_pieces(frame, 1).error);
  for (size_t length = 1; length < frame.size(); ++length) {
    Decoded decoded = decode_in_pieces(frame + frame.substr(0, length), length);
    ASSERT_TRUE(decoded.error) << length;
    EXPECT_EQ(decoded.error->code, os::Code::kCorrupt);
    EXPECT_NE(decoded.error->message.find("ends inside a frame"), std::string::npos);
    EXPECT_EQ(decoded.messages.size(), 1u);
  }
}

TEST(EventStream, MessagesInFrontOfABrokenFrameAreHandedOutFirst) {
  const std::string good = *encode_event("a", "text/plain", "x");
  std::string bad = good;
  bad.back() ^= 1;
  Decoder decoder;
  auto first = decoder.feed(good + good + bad + good);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 2u);
  auto second = decoder.feed(good);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, os::Code::kCorrupt);
  EXPECT_NE(second.error().message.find("offset " + std::to_string(2 * good.size())), std::string::npos)
      << second.error().message;
  EXPECT_FALSE(decoder.finish());
}

// A frame made by hand, its checksums right whatever the lengths say.
std::string frame_with(uint32_t total_length, uint32_t headers_length, std::string_view rest) {
  std::string frame;
  auto put = [&frame](uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(number >> shift & 255);
  };
  put(total_length);
  put(headers_length);
  put(crc32(frame));
  frame += rest;
  put(crc32(frame));
  return frame;
}

TEST(EventStream, LengthsAreCheckedBeforeTheFrameIsThere) {
  auto code_of = [](uint32_t total, uint32_t headers) {
    Decoder decoder;
    auto result = decoder.feed(frame_with(total, headers, "").substr(0, 12));
    return result ? std::string_view("waits") : os::code_name(result.error().code);
  };
  EXPECT_EQ(code_of(kMaxMessageBytes, 0), "waits");
  EXPECT_EQ(code_of(kMaxMessageBytes + 1, 0), "LimitExceeded");
  EXPECT_EQ(code_of(UINT32_MAX, UINT32_MAX), "LimitExceeded");
  EXPECT_EQ(code_of(kMaxMessageBytes, kMaxHeadersBytes + 1), "LimitExceeded");
  EXPECT_EQ(code_of(100, 85), "Corrupt");
  EXPECT_EQ(code_of(100, 84), "waits");
  EXPECT_EQ(code_of(15, 0), "Corrupt");
  EXPECT_EQ(code_of(0, 0), "Corrupt");
}

TEST(EventStream, BrokenHeadersAreRefused) {
  for (const std::string& headers :
       {"\0"s, "\1"s, "\1a"s, "\1a\x0a"s, "\1a\xff"s, "\1a\7\0\5abcd"s, "\1a\7\0"s, "\1a\5\0\0"s,
        "\1a\x09"s + std::string(15, 'x'), "\0\0"s, "\5abc"s}) {
    auto size = static_cast<uint32_t>(headers.size());
    Decoder decoder;
    auto result = decoder.feed(frame_with(size + 16, size, headers));
    ASSERT_FALSE(result) << os::hex_encode(headers);
    EXPECT_EQ(result.error().code, os::Code::kCorrupt);
  }
}

TEST(EventStream, EncoderHoldsItsLimits) {
  auto code_of = [](const Message& message) {
    auto frame = encode(message);
    return frame ? std::string_view("fits") : os::code_name(frame.error().code);
  };
  EXPECT_EQ(code_of({.headers = {}, .payload = std::string(kMaxMessageBytes - 16, 'x')}), "fits");
  EXPECT_EQ(code_of({.headers = {}, .payload = std::string(kMaxMessageBytes - 15, 'x')}), "LimitExceeded");
  EXPECT_EQ(code_of({.headers = {{"", true}}, .payload = ""}), "InvalidArgument");
  EXPECT_EQ(code_of({.headers = {{std::string(255, 'n'), true}}, .payload = ""}), "fits");
  EXPECT_EQ(code_of({.headers = {{std::string(256, 'n'), true}}, .payload = ""}), "LimitExceeded");
  EXPECT_EQ(code_of({.headers = {{"n", std::string(32'767, 'v')}}, .payload = ""}), "fits");
  EXPECT_EQ(code_of({.headers = {{"n", Bytes{std::string(32'768, 'v')}}}, .payload = ""}), "LimitExceeded");
  EXPECT_EQ(code_of({.headers = std::vector<Header>(5, {"n", std::string(30'000, 'v')}), .payload = ""}),
            "LimitExceeded");
}

TEST(EventStream, TheLargestFrameComesBackInSmallPieces) {
  Message message{.headers = {}, .payload = std::string(kMaxMessageBytes - 16, 'x')};
  const std::string frame = *encode(message);
  Decoder decoder;
  std::vector<Message> messages;
  for (size_t at = 0; at < frame.size(); at += 16'384) {
    for (Message& each : *decoder.feed(std::string_view(frame).substr(at, 16'384)))
      messages.push_back(std::move(each));
  }
  ASSERT_TRUE(decoder.finish());
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].payload.size(), message.payload.size());
}

TEST(EventStream, RandomBytesAreRefusedWithoutHarm) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string noise(12 + random() % 200, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    Decoded decoded = decode_in_pieces(noise, round);
    EXPECT_TRUE(decoded.error);
    EXPECT_TRUE(decoded.messages.empty());
  }
}

}  // namespace
}  // namespace soma::aws
