// An execution that is cut off after any step and put together from its records goes on as if nothing had
// happened: with random definitions, tasks answered in random order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include <fmt/format.h>

#include "services/workflow/engine/engine_test_kit.h"
#include "services/workflow/engine/last_event.h"

namespace soma::workflow::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int kDefinitions = 120;
constexpr size_t kMaxSteps = 300;
constexpr int kMaxDepth = 3;

// Writes a definition: flows of one to four states, nested.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  std::string machine() { return flow(0); }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }
  std::string name() { return fmt::format("S{}", ++names_); }

  std::string flow(int depth) {
    std::vector<std::string> names(static_cast<size_t>(1 + pick(4)));
    for (std::string& one : names) one = name();
    const std::string handler = name();
    std::string states;
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string next =
          i + 1 < names.size() ? fmt::format(R"("Next":"{}")", names[i + 1]) : R"("End":true)";
      states += fmt::format(R"("{}":{},)", names[i],
                            state(depth, next, handler, i + 1 < names.size() ? names[i + 1] : handler));
    }
    // A state that nothing leads to is refused.
    if (states.contains(fmt::format(R"("{}")", handler)))
      states += fmt::format(R"("{}":{{"Type":"Pass","End":true}})", handler);
    else
      states.pop_back();
    return fmt::format(R"({{"StartAt":"{}","States":{{{}}}}})", names.front(), states);
  }

  std::string state(int depth, const std::string& next, const std::string& handler,
                    const std::string& other) {
    switch (pick(depth < kMaxDepth ? 9 : 6)) {
      case 0:
        return fmt::format(R"({{"Type":"Wait","Seconds":{},{}}})", pick(3), next);
      case 1:
        return fmt::format(R"({{"Type":"Pass","Assign":{{"v{}":{}}},"ResultPath":"$.p{}","Result":[{}],{}}})",
                           ++names_, pick(9), pick(3), pick(99), next);
      case 2:
        return fmt::format(
            R"({{"Type":"Choice","Choices":[{{"Variable":"$$.State.Name","StringMatches":"*{}","Next":"{}"}}],"Default":"{}"}})",
            pick(10), handler, other);
      case 3:
        return fmt::format(R"({{"Type":"Pass",{}}})", next);
      case 4:
      case 5:
        return task(next, handler);
      case 6:
        return parallel(depth, next, handler);
      default:
        return map(depth, next, handler);
    }
  }

  std::string resilience(const std::string& handler) {
    std::string text;
    if (pick(2) == 0) {
      text += fmt::format(
          R"("Retry":[{{"ErrorEquals":["E1"],"IntervalSeconds":1,"MaxAttempts":{}}},{{"ErrorEquals":["States.Timeout"],"MaxAttempts":1,"JitterStrategy":"FULL"}}],)",
          pick(3));
    }
    if (pick(2) == 0) {
      text += fmt::format(R"("Catch":[{{"ErrorEquals":["States.ALL"],"ResultPath":"$.e","Next":"{}"}}],)",
                          handler);
    }
    return text;
  }

  std::string task(const std::string& next, const std::string& handler) {
    static constexpr std::array<std::string_view, 4> kResources{
        "arn:aws:lambda:us-east-1:0:function:f", "arn:aws:states:us-east-1:0:activity:a",
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "arn:aws:states:::states:startExecution.sync"};
    return fmt::format(
        R"({{"Type":"Task","Resource":"{}","Parameters":{{"k.$":"$$.State.EnteredTime"}},"ResultPath":"$.r","TimeoutSeconds":7,{}{}}})",
        kResources[static_cast<size_t>(pick(4))], resilience(handler), next);
  }

  std::string parallel(int depth, const std::string& next, const std::string& handler) {
    return fmt::format(R"({{"Type":"Parallel","Branches":[{},{}],"ResultPath":"$.b",{}{}}})", flow(depth + 1),
                       flow(depth + 1), resilience(handler), next);
  }

  std::string map(int depth, const std::string& next, const std::string& handler) {
    return fmt::format(
        R"({{"Type":"Map","ItemsPath":"$$.Execution.Input.list","MaxConcurrency":{},"ItemSelector":{{"i.$":"$$.Map.Item.Value"}},"ItemProcessor":{},"ResultPath":null,{}{}}})",
        pick(3), flow(depth + 1), resilience(handler), next);
  }

  std::mt19937 random_;
  int names_ = 0;
};

// What the world does next, the same for the same seed and the same execution.
class World {
 public:
  explicit World(uint32_t seed) : random_(seed) {}

  // False when nothing can happen any more.
  bool act(Play& play) {
    const std::vector<Command> tasks = play.execution().in_flight();
    const bool timed = play.execution().wake().has_value();
    if (tasks.empty() || (timed && random_() % 4 == 0)) return timed && play.wait_until_due();
    const auto& task = std::get<ScheduleTask>(tasks[random_() % tasks.size()]);
    switch (random_() % 6) {
      case 0:
        play.tell(TaskStarted{.task = task.task, .worker = "w"});
        break;
      case 1:
        play.tell(TaskHeartbeat{.task = task.task});
        break;
      case 2:
        play.fail(task.task, random_() % 2 == 0 ? "E1" : "E2");
        break;
      default:
        play.succeed(task.task, fmt::format(R"({{"n":{}}})", random_() % 100));
        break;
    }
    return true;
  }

 private:
  std::mt19937 random_;
};

std::string story(const Play& play) {
  std::string text;
  for (const HistoryEvent& event : play.history) text += json::write(to_api(event, true)) + "\n";
  for (const std::string& record : play.records) text += record + "\n";
  for (const ScheduleTask& task : play.scheduled()) {
    text += fmt::format("{} {} {} {}\n", task.task, task.state_name, task.parameters.text(), task.token);
  }
  return text + std::string(status_name(play.execution().status())) + play.output() + play.error();
}

std::string run(const std::string& definition, uint32_t seed, bool restart) {
  Play play(definition);
  World world(seed);
  play.begin(R"({"list":[1,"two",{"three":3}]})");
  if (restart) play.restart();
  size_t steps = 0;
  bool redriven = false;
  while (++steps < kMaxSteps) {
    if (play.execution().status() == Status::kFailed && !redriven) {
      redriven = true;
      play.tell(Redrive{});
    } else if (play.execution().status() != Status::kRunning || !world.act(play)) {
      break;
    }
    if (restart) play.restart();
  }
  return story(play);
}

TEST(Record, AnExecutionGoesOnFromItsRecordsAsIfItHadNotStopped) {
  for (uint32_t seed = 1; seed <= kDefinitions; ++seed) {
    const std::string definition = Generator(seed).machine();
    ASSERT_EQ(run(definition, seed, false), run(definition, seed, true)) << definition;
  }
}

TEST(Record, HoldsItsHistory) {
  Play play(Generator(3).machine());
  play.begin(R"({"list":[1]})");
  World world(3);
  for (size_t steps = 0; steps < kMaxSteps && play.execution().status() == Status::kRunning; ++steps)
    world.act(play);
  std::vector<HistoryEvent> events;
  for (const std::string& record : play.records) {
    auto some = history_of(record);
    ASSERT_TRUE(some.has_value()) << some.error().to_string();
    events.insert(events.end(), some->begin(), some->end());
  }
  ASSERT_EQ(events.size(), play.history.size());
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(json::write(to_api(events[i], true)), json::write(to_api(play.history[i], true)));
  }
}

TEST(Record, TellsOfItsLastEventAlone) {
  Play play(Generator(3).machine());
  play.begin(R"({"list":[1]})");
  World world(3);
  for (size_t steps = 0; steps < kMaxSteps && play.execution().status() == Status::kRunning; ++steps)
    world.act(play);
  for (const std::string& record : play.records) {
    const auto all = history_of(record);
    const auto last = last_event_of(record);
    ASSERT_TRUE(all.has_value());
    ASSERT_EQ(last.has_value(), !all->empty()) << record;
    if (last) EXPECT_EQ(json::write(to_api(*last, true)), json::write(to_api(all->back(), true)));
  }
}

TEST(Record, IsNotMadeOfExpressExecutions) {
  StartInfo start = start_info();
  start.type = MachineType::kExpress;
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"v":1},"Next":"B"},
    "B":{"Type":"Pass","Parameters":{"v.$":"$v"},"End":true}}})",
            start);
  play.begin();
  EXPECT_THAT(play.records, testing::IsEmpty());
  EXPECT_EQ(play.output(), R"({"v":1})");
}

TEST(Record, WritesAPayloadOnce) {
  Play play(
      R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Wait","Seconds":5,"End":true}}})");
  play.begin(R"({"marker":"only once"})");
  ASSERT_THAT(play.records, SizeIs(1));
  const size_t first = play.records.front().find("only once");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(play.records.front().find("only once", first + 1), std::string::npos);
}

// Bytes of all records of a Map with so many items.
size_t map_bytes(int items) {
  Play play(
      R"({"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":1,"ItemProcessor":{"StartAt":"W","States":{
    "W":{"Type":"Wait","Seconds":1,"End":true}}},"End":true}}})");
  std::string input = "[0";
  for (int i = 1; i < items; ++i) input += "," + std::to_string(i);
  play.begin(input + "]");
  while (play.execution().status() == Status::kRunning) play.wait_until_due();
  EXPECT_EQ(play.output(), input + "]");
  size_t bytes = 0;
  for (const std::string& record : play.records) bytes += record.size();
  return bytes;
}

TEST(Record, AMapWritesNoMoreForAnItemWhenItHasMoreOfThem) {
  EXPECT_LT(map_bytes(400), map_bytes(100) * 9 / 2);
}

TEST(Record, ARecordThatIsNoneIsRefused) {
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":5,"End":true}}})");
  play.begin();
  const std::string whole = play.records.front();
  for (size_t length = 0; length < whole.size(); ++length) {
    Execution other(define(R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})"), start_info(),
                    *os::make_seeded_ids(1, play.clock()));
    EXPECT_FALSE(other.restore(whole.substr(0, length)).has_value()) << length;
  }
}

}  // namespace
}  // namespace soma::workflow::engine
