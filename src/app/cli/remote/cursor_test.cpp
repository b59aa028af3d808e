#include "app/cli/remote/cursor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

using json::Value;

// A session's journal with an earlier invocation, and one that calls a tool whose output was streamed, and is
// resumed after a restart.
std::vector<Value> recorded_journal() {
  return json_of(R"json([
    {"seq":1,"type":"session.created","body":{}},
    {"seq":2,"type":"invocation.started","body":{"invocationId":"earlier"}},
    {"seq":3,"type":"stream","body":[{"messageStart":{"role":"assistant"}},{"messageStop":{"stopReason":"end_turn"}}]},
    {"seq":4,"type":"invocation.finished","body":{"invocationId":"earlier","stopReason":"end_turn","stopStreamed":true}},
    {"seq":5,"type":"invocation.started","body":{"invocationId":"mine"}},
    {"seq":6,"type":"model.intent","body":{}},
    {"seq":7,"type":"stream","body":[{"messageStart":{"role":"assistant"}},
      {"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t1","name":"shell"}}}},
      {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}}]},
    {"seq":8,"type":"stream","body":[{"contentBlockStop":{"contentBlockIndex":0}},{"messageStop":{"stopReason":"tool_use"}}]},
    {"seq":9,"type":"model.result","body":{"usage":{"inputTokens":5,"outputTokens":2},"latencyMs":3}},
    {"seq":10,"type":"invocation.resumed","body":{"invocationId":"mine"}},
    {"seq":11,"type":"stream","body":[{"messageStart":{"role":"user"}},
      {"contentBlockStart":{"contentBlockIndex":0,"start":{"toolResult":{"toolUseId":"t1"}}}}]},
    {"seq":12,"type":"tool.result","body":{"toolUseId":"t1","index":0,"status":"success","content":[{"text":"ab"}],"tail":[{"text":"b"}]}},
    {"seq":13,"type":"tool.result","body":{"toolUseId":"t2","index":1,"status":"error","content":[{"image":{"format":"png"}}]}},
    {"seq":14,"type":"invocation.finished","body":{"invocationId":"mine","stopReason":"max_iterations_exceeded"}},
    {"seq":15,"type":"invocation.started","body":{"invocationId":"later"}},
    {"seq":16,"type":"stream","body":[{"messageStart":{"role":"assistant"}}]}
  ])json")
      .as_array();
}

struct Part {
  std::string id;
  Value event;
};

// As the server sends the invocation's own stream.
std::vector<Part> own_stream() {
  std::vector<Part> parts;
  for (const Value& event : recorded_journal()) {
    const int64_t seq = event.get("seq").as_int();
    if (seq < 5 || seq > 14) continue;
    const auto events = wire_events(event);
    for (size_t part = 0; part < events.size(); ++part)
      parts.push_back(
          {part + 1 == events.size() ? std::to_string(seq) : fmt::format("{}.{}", seq, part), events[part]});
  }
  return parts;
}

TEST(Cursor, LosesAndRepeatsNothingWhereverTheStreamIsCut) {
  const std::vector<Part> parts = own_stream();
  ASSERT_EQ(parts.size(), 16u);
  for (size_t cut = 0; cut <= parts.size(); ++cut) {
    Cursor cursor("mine");
    std::vector<Value> seen;
    for (size_t part = 0; part < cut; ++part) {
      cursor.saw(parts[part].id);
      seen.push_back(parts[part].event);
    }
    const uint64_t from = cursor.resume_from();
    bool finished = false;
    for (const Value& event : recorded_journal()) {
      if (static_cast<uint64_t>(event.get("seq").as_int()) < from || finished) continue;
      const Cursor::Step step = cursor.follow(event);
      for (const Value& wire : step.events) seen.push_back(wire);
      finished = step.finished;
    }
    EXPECT_TRUE(finished) << "cut at " << cut;
    ASSERT_EQ(seen.size(), parts.size()) << "cut at " << cut;
    for (size_t part = 0; part < parts.size(); ++part)
      EXPECT_EQ(seen[part], parts[part].event) << "cut at " << cut;
  }
}

TEST(Cursor, SurvivesASecondCutInTheJournalsStream) {
  Cursor cursor("mine");
  std::vector<Value> seen;
  const auto journal = recorded_journal();
  for (const uint64_t stop_at : {9u, 13u, 14u}) {
    const uint64_t from = cursor.resume_from();
    for (const Value& event : journal) {
      const auto seq = static_cast<uint64_t>(event.get("seq").as_int());
      if (seq < from || seq > stop_at) continue;
      for (const Value& wire : cursor.follow(event).events) seen.push_back(wire);
    }
  }
  EXPECT_EQ(seen.size(), own_stream().size());
}

TEST(Cursor, SaysThatTheServerResumedTheInvocation) {
  Cursor cursor("mine");
  size_t resumed = 0;
  for (const Value& event : recorded_journal()) resumed += cursor.follow(event).resumed ? 1 : 0;
  EXPECT_EQ(resumed, 1u);
}

TEST(Cursor, GivesTheErrorThatEndedTheInvocation) {
  const auto events = wire_events(json_of(
      R"({"type":"invocation.finished","body":{"error":{"code":"Unavailable","message":"no model","hint":"look"}}})"));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(json::write(events[0]), R"json({"runtimeClientError":{"message":"no model (look)"}})json");
}

// Compared with what the server sends by services/harness's wire.cpp: its own stream and the journal must
// count alike.
TEST(Cursor, GivesSomasOwnEventsOnePartEach) {
  const auto wire = [](std::string_view event) {
    const auto events = wire_events(json_of(event));
    return events.size() == 1 ? json::write(events[0]) : std::to_string(events.size()) + " events";
  };
  EXPECT_EQ(wire(R"({"type":"approval.requested","body":{"approvalId":"a"}})"),
            R"({"approvalRequested":{"approvalId":"a"}})");
  EXPECT_EQ(wire(R"({"type":"approval.answered","body":{"approvalId":"a"}})"),
            R"({"approvalAnswered":{"approvalId":"a"}})");
  EXPECT_EQ(wire(R"({"type":"subagent.started","body":{"runId":"r"}})"),
            R"({"subagentStarted":{"runId":"r"}})");
  EXPECT_EQ(wire(R"({"type":"context.compacted","body":{"removed":2}})"),
            R"({"contextCompacted":{"removed":2}})");
  EXPECT_EQ(wire(R"({"type":"output.rejected","body":{"attempt":1}})"),
            R"({"outputRejected":{"attempt":1}})");
  EXPECT_EQ(wire(R"({"type":"hook.finished","body":{"hookEventId":"h","decision":"deny","latencyMs":3}})"),
            R"({"hookEvent":{"hookEventId":"h","decision":"deny"}})");
  EXPECT_EQ(wire(R"({"type":"hook.started","body":{"hookEventId":"h"}})"), "0 events");
  EXPECT_EQ(
      wire(
          R"({"type":"invocation.finished","body":{"invocationId":"i","stopReason":"tool_use","stopStreamed":true,
                     "costUsd":0.5,"pending":["q1"]}})"),
      R"({"invocationFinished":{"stopReason":"tool_use","costUsd":0.5,"pending":["q1"]}})");
}

}  // namespace
}  // namespace soma::cli
