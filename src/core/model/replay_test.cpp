#include "core/model/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace soma::model {
namespace {

using ::testing::HasSubstr;

class ReplayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "replay_XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ + "/turns.jsonl";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void record(std::string_view text) { std::ofstream(path_) << text; }

  // The events of the turn that follows `answers` answers, as JSON lines.
  os::Result<std::vector<std::string>> play(size_t answers, net::Cancellation cancellation = {}) {
    auto ids = os::make_seeded_ids(1, clock_);
    auto provider = make_provider({.provider = "replay", .model_id = path_}, {.clock = clock_, .ids = *ids});
    if (!provider) return std::unexpected(provider.error());
    ConverseRequest request{.model = {.provider = "replay", .model_id = path_}};
    for (size_t i = 0; i < answers; ++i) {
      request.messages.push_back({Role::kUser, {Text{"go"}}});
      request.messages.push_back({Role::kAssistant, {Text{"gone"}}});
    }
    request.messages.push_back({Role::kUser, {Text{"go"}}});
    std::vector<std::string> events;
    os::Result<> outcome;
    net::run([&]() -> net::Task<> {
      const EventSink sink = [&](StreamEvent event) { events.push_back(json::write(to_json(event))); };
      outcome = co_await (*provider)->converse(request, sink, cancellation);
    });
    if (!outcome) return std::unexpected(outcome.error());
    return events;
  }

  os::VirtualClock clock_;
  std::string directory_, path_;
};

constexpr std::string_view kTwoTurns = R"({"messageStart":{"role":"assistant"}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"one"}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn"}}
{"metadata":{"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7},"metrics":{"latencyMs":5}}}

{"messageStart":{"role":"assistant"}}
{"contentBlockStart":{"contentBlockIndex":0}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"two"}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn"}}
)";

TEST_F(ReplayTest, PlaysTheTurnThatTheConversationAsksFor) {
  record(kTwoTurns);
  const auto first = play(0);
  ASSERT_TRUE(first.has_value()) << first.error().to_string();
  ASSERT_EQ(first->size(), 6u);
  EXPECT_EQ(first->at(1),
            R"({"contentBlockStart":{"contentBlockIndex":0,"start":{}}})");  // left out by the recording
  EXPECT_THAT(first->at(2), HasSubstr("one"));
  EXPECT_THAT(first->at(5), HasSubstr("\"totalTokens\":7"));
  const auto second = play(1);
  ASSERT_TRUE(second.has_value());
  EXPECT_THAT(second->at(2), HasSubstr("two"));
  EXPECT_THAT(second->back(), HasSubstr("metadata"));  // every answer ends with it
  EXPECT_EQ(second->size(), 6u);
}

TEST_F(ReplayTest, SaysThatTheRecordingIsOver) {
  record(kTwoTurns);
  const auto third = play(2);
  ASSERT_FALSE(third.has_value());
  EXPECT_EQ(third.error().code, os::Code::kInvalidArgument);
  EXPECT_THAT(third.error().message, HasSubstr("has 2 turns"));
  EXPECT_THAT(third.error().message, HasSubstr("asks for turn 3"));
}

TEST_F(ReplayTest, FailsWhereTheRecordingSaysSo) {
  record(R"({"messageStart":{"role":"assistant"}}
{"fail":{"code":"Unavailable","message":"overloaded"}}
{"messageStart":{"role":"assistant"}}
{"messageStop":{"stopReason":"end_turn"}})");
  const auto first = play(0);
  ASSERT_FALSE(first.has_value());
  EXPECT_EQ(first.error().code, os::Code::kUnavailable);
  EXPECT_EQ(first.error().message, "overloaded");
  EXPECT_TRUE(play(1).has_value());
}

TEST_F(ReplayTest, ACutTurnIsAnError) {
  record("{\"messageStart\":{\"role\":\"assistant\"}}\n");
  const auto first = play(0);
  ASSERT_FALSE(first.has_value());
  EXPECT_EQ(first.error().code, os::Code::kUnavailable);
  EXPECT_THAT(first.error().message, HasSubstr(path_ + ":1:"));
}

TEST_F(ReplayTest, RepeatsADeltaForLoadTests) {
  record(R"({"messageStart":{"role":"assistant"}}
{"repeat":{"count":1000,"delta":{"text":"x "}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn"}})");
  const auto events = play(0);
  ASSERT_TRUE(events.has_value()) << events.error().to_string();
  EXPECT_EQ(events->size(), 1000u + 5u);
}

TEST_F(ReplayTest, WaitsByTheClockAndStopsWaitingWhenCancelled) {
  record(R"({"messageStart":{"role":"assistant"}}
{"wait":{"ms":60000}}
{"messageStop":{"stopReason":"end_turn"}})");
  net::Cancellation cancellation;
  clock_.call_at(clock_.now() + std::chrono::seconds(1), [&] { cancellation.request("enough"); });
  // The virtual clock moves only when somebody moves it: the wait is over because of the cancellation, not of
  // the time.
  std::thread mover([&] {
    while (!cancellation.requested()) {
      if (clock_.next_timer() != os::Time::max()) clock_.advance(std::chrono::milliseconds(100));
      std::this_thread::yield();
    }
  });
  const auto events = play(0, cancellation);
  mover.join();
  ASSERT_FALSE(events.has_value());
  EXPECT_EQ(events.error().code, os::Code::kCancelled);
  EXPECT_EQ(events.error().message, "enough");
}

TEST_F(ReplayTest, NamesFileAndLineOfWhatIsWrong) {
  struct Case {
    std::string_view text, expected;
  };
  const Case cases[] = {{"{\"messageStart\":{\"role\":\"assistant\"}}\nnonsense\n", ":2:"},
                        {"\n\n{\"ping\":{}}\n", ":3:"},
                        {"{\"wait\":{\"ms\":-1}}\n", "/wait/ms"},
                        {"{\"wait\":{\"ms\":99999999}}\n", "/wait/ms"},
                        {"{\"fail\":{\"code\":\"Nope\",\"message\":\"\"}}\n", "/fail/code"},
                        {"{\"repeat\":{\"count\":0,\"delta\":{\"text\":\"x\"}}}\n", "/repeat/count"},
                        {"{\"repeat\":{\"count\":1,\"delta\":{}}}\n", "/repeat/delta"},
                        {"{\"messageStop\":{\"stopReason\":\"bye\"}}\n", "/messageStop/stopReason"}};
  for (const Case& c : cases) {
    record(c.text);
    const auto events = play(0);
    ASSERT_FALSE(events.has_value()) << c.text;
    EXPECT_EQ(events.error().code, os::Code::kInvalidArgument) << c.text;
    EXPECT_THAT(events.error().message, HasSubstr(path_)) << c.text;
    EXPECT_THAT(events.error().message, HasSubstr(std::string(c.expected))) << c.text;
  }
}

TEST_F(ReplayTest, NamesTheFileThatIsNotThere) {
  const auto events = play(0);
  ASSERT_FALSE(events.has_value());
  EXPECT_EQ(events.error().code, os::Code::kNotFound);
  EXPECT_THAT(events.error().message, HasSubstr(path_));
}

TEST(Providers, AreFoundByNameAndTheUnknownIsToldTheNearest) {
  os::VirtualClock clock;
  auto ids = os::make_seeded_ids(1, clock);
  EXPECT_TRUE(
      make_provider({.provider = "reflex", .model_id = ""}, {.clock = clock, .ids = *ids}).has_value());
  const auto unknown = make_provider({.provider = "reflx", .model_id = ""}, {.clock = clock, .ids = *ids});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, os::Code::kInvalidArgument);
  EXPECT_THAT(unknown.error().hint, HasSubstr("did you mean \"reflex\"?"));
  EXPECT_THAT(unknown.error().hint, HasSubstr("replay"));
  const auto no_file = make_provider({.provider = "replay", .model_id = ""}, {.clock = clock, .ids = *ids});
  ASSERT_FALSE(no_file.has_value());
  EXPECT_THAT(no_file.error().message, HasSubstr("needs a modelId"));
  for (const ProviderType& type : provider_types()) EXPECT_FALSE(type.summary.empty()) << type.name;
}

}  // namespace
}  // namespace soma::model
