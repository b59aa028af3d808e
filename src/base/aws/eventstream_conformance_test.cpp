// Recorded streams of real providers with their decoded frames: $SOMA_CONFORMANCE/eventstream (its README
// says what the files hold). Run alone by --gtest_filter='EventstreamConformance.*'; the program then ends
// with "eventstream: N of M passed".
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/aws/aws.h"
#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::aws {
namespace {

constexpr int kSeeds = 20;

// Counts cases and prints the sum as the program's last line.
struct Tally {
  int passed = 0;
  int all = 0;
  ~Tally() {
    if (all > 0) std::printf("eventstream: %d of %d passed\n", passed, all);
  }
  void count(bool good, const std::string& id, const std::string& expected, const std::string& actual) {
    ++all;
    passed += good ? 1 : 0;
    EXPECT_TRUE(good) << id << ": expected " << expected << ", got " << actual;
  }
} tally;

struct Recording {
  std::string id;
  std::string body;
  json::Value frames;
};

std::filesystem::path folder() {
  const char* root = std::getenv("SOMA_CONFORMANCE");
  std::filesystem::path base = root != nullptr ? root : SOMA_SOURCE_DIR "/../shared/conformance";
  return base / "eventstream";
}

json::Value read_json(const std::filesystem::path& path) {
  auto text = os::read_file(path.string());
  auto value = text ? json::parse(*text, {.source = path.string()}) : std::unexpected(text.error());
  EXPECT_TRUE(value) << value.error().to_string();
  return value ? std::move(*value) : json::Value();
}

class EventstreamConformance : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(folder() / "index.json")) {
      GTEST_SKIP() << "eventstream: skipped, " << folder().string() << " is not there";
    }
    const json::Value index = read_json(folder() / "index.json");
    for (const json::Value& item : index.get("items").as_array()) {
      json::Value file = read_json(folder() / item.get("file").as_string());
      auto body = os::base64_decode(file.get("body_base64").string_or(""));
      ASSERT_TRUE(body);
      recordings_.push_back({file.get("id").as_string(), std::move(*body), file.get("frames")});
    }
    ASSERT_FALSE(recordings_.empty());
  }

  std::vector<Recording> recordings_;
};

std::string show(const HeaderValue& value) {
  struct Shower {
    std::string operator()(bool v) const { return v ? "boolean true" : "boolean false"; }
    std::string operator()(int8_t v) const { return fmt::format("byte {}", static_cast<int>(v)); }
    std::string operator()(int16_t v) const { return fmt::format("short {}", v); }
    std::string operator()(int32_t v) const { return fmt::format("int {}", v); }
    std::string operator()(int64_t v) const { return fmt::format("long {}", v); }
    std::string operator()(const Bytes& v) const { return "bytes " + os::base64_encode(v.value); }
    std::string operator()(const std::string& v) const { return "string " + v; }
    std::string operator()(const Timestamp& v) const { return fmt::format("timestamp {}", v.unix_ms); }
    std::string operator()(const Uuid& v) const {
      return "uuid " + os::hex_encode({reinterpret_cast<const char*>(v.bytes.data()), v.bytes.size()});
    }
  };
  return std::visit(Shower(), value);
}

std::string show(const Message& message) {
  std::string text;
  for (const Header& header : message.headers) text += header.name + "=" + show(header.value) + "\n";
  return text + message.payload;
}

std::string show_expected(const json::Value& frame) {
  std::string text;
  for (const json::Value& header : frame.get("headers").as_array()) {
    const json::Value& value = header.get("value");
    text += fmt::format("{}={} {}\n", header.get("name").as_string(), header.get("type").as_string(),
                        value.is_string() ? value.as_string() : json::write(value));
  }
  return text + std::string(frame.get("payload_text").string_or(""));
}

struct Decoded {
  std::vector<Message> messages;
  std::optional<os::Error> error;
};

Decoded decode_in_pieces(std::string_view stream, uint64_t seed) {
  std::mt19937_64 random(seed);
  Decoder decoder;
  Decoded decoded;
  while (!stream.empty()) {
    size_t piece = std::min<size_t>(stream.size(), random() % (1 + (random() % 500)));
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

TEST_F(EventstreamConformance, DecodesEveryFrameAtAnySplit) {
  for (const Recording& recording : recordings_) {
    std::vector<Decoded> rounds;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) rounds.push_back(decode_in_pieces(recording.body, seed));
    for (size_t i = 0; i < recording.frames.size(); ++i) {
      std::string expected = show_expected(recording.frames.at(i));
      bool good = true;
      std::string actual;
      for (const Decoded& round : rounds) {
        std::string got = i < round.messages.size() ? show(round.messages[i]) : "no such frame";
        if (good && got == expected && !round.error && round.messages.size() == recording.frames.size())
          continue;
        good = false;
        actual = got;
      }
      tally.count(good, fmt::format("{} frame {}", recording.id, i), expected, actual);
    }
  }
}

TEST_F(EventstreamConformance, EncodesEveryFrameToTheSameBytes) {
  for (const Recording& recording : recordings_) {
    std::vector<Message> messages = decode_in_pieces(recording.body, 1).messages;
    for (size_t i = 0; i < recording.frames.size() && i < messages.size(); ++i) {
      const json::Value& frame = recording.frames.at(i);
      std::string expected =
          recording.body.substr(frame.get("offset").as_uint(), frame.get("total_length").as_uint());
      std::string actual = encode(messages[i]).value_or("");
      tally.count(actual == expected, fmt::format("{} encode {}", recording.id, i), os::hex_encode(expected),
                  os::hex_encode(actual));
    }
  }
}

TEST_F(EventstreamConformance, RefusesAnyFlippedBit) {
  for (const Recording& recording : recordings_) {
    std::mt19937_64 random(1);
    constexpr int kFlips = 200;
    int refused = 0;
    for (int flip = 0; flip < kFlips; ++flip) {
      std::string damaged = recording.body;
      size_t bit = random() % (damaged.size() * 8);
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
      if (decode_in_pieces(damaged, random()).error) ++refused;
    }
    tally.count(refused == kFlips, recording.id + " flipped bits", std::to_string(kFlips) + " refused",
                std::to_string(refused));
  }
}

TEST_F(EventstreamConformance, TellsThatTheLastFrameIsCutShort) {
  for (const Recording& recording : recordings_) {
    const json::Value& last = recording.frames.at(recording.frames.size() - 1);
    std::string problem;
    for (uint64_t kept = 1; kept < last.get("total_length").as_uint(); ++kept) {
      Decoded decoded = decode_in_pieces(recording.body.substr(0, last.get("offset").as_uint() + kept), kept);
      bool incomplete =
          decoded.error && decoded.error->message.find("ends inside a frame") != std::string::npos;
      if (!incomplete || decoded.messages.size() + 1 != recording.frames.size())
        problem = fmt::format("{} bytes kept", kept);
    }
    tally.count(problem.empty(), recording.id + " cut", "an incomplete stream", problem);
  }
}

}  // namespace
}  // namespace soma::aws
