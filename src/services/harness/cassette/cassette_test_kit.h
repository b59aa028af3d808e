// Sessions that tests record: a scripted model, real tools, whole lives.
#pragma once

#include <fmt/format.h>

#include "services/harness/cassette/cassette_replay.h"
#include "services/harness/harness_test_kit.h"

namespace soma::harness {

class CassetteTest : public HarnessTest {
 protected:
  static json::Value file_call(std::string_view command, std::string_view path, std::string_view text = "") {
    json::Value input = json::object({{"operation", command}, {"path", path}});
    if (!text.empty()) input.set("content", text);
    return input;
  }

  // A harness named "agent" with this script, and the prompts, one after the other in one session.
  Cassette recorded(const std::vector<std::string>& turns, const std::vector<std::string>& prompts) {
    return recorded_with(config(script(turns)), prompts);
  }
  Cassette recorded_with(const Config& config, const std::vector<std::string>& prompts) {
    Life life(directory_ + "/life-" + std::to_string(++lives_), *clock_);
    const auto made = life.wait(life.service().create(config));
    if (!made) throw std::runtime_error(made.error().to_string());
    Invocation last;
    for (const std::string& prompt : prompts) last = invoke(life, request(prompt));
    return record_run(life, last.run);
  }

  Invocation invoke(Life& life, InvokeRequest wanted) {
    const auto invocation = life.wait(life.service().invoke(std::move(wanted)));
    if (!invocation) throw std::runtime_error(invocation.error().to_string());
    life.finish(*invocation);
    return *invocation;
  }

  static Cassette record_run(Life& life, const std::string& run, const RecordOptions& options = {}) {
    auto cassette = record(life.journal(), run, options);
    if (!cassette) throw std::runtime_error(cassette.error().to_string());
    return std::move(*cassette);
  }

  // Returns when the run has an event of that type, from the invocation on.
  static void wait_for(Life& life, const Invocation& invocation, std::string_view type) {
    life.wait([](Life& l, Invocation started, std::string_view wanted) -> net::Task<> {
      const net::Executor executor = co_await net::this_executor();
      const auto follower = l.journal().follow(executor, started.run, started.first_seq);
      while (true) {
        const auto events = co_await follower->next();
        if (!events) throw std::runtime_error(events.error().to_string());
        for (const journal::EventPtr& event : *events)
          if (event->type == wanted) co_return;
      }
    }(life, invocation, type));
  }

  // A note is written and looked at; then the answer.
  std::vector<std::string> note_turns() {
    return {tool_turn({{"t1", "file_operations", file_call("create", "note.txt", "a line\n")}}),
            tool_turn({{"t2", "file_operations", file_call("view", "note.txt")},
                       {"t3", "file_operations", file_call("list", ".")}}),
            text_turn("The note says: a line.")};
  }

  static ReplayReport played(const Cassette& cassette, const ReplayOptions& options = {}) {
    auto report = replay(cassette, options);
    if (!report) throw std::runtime_error(report.error().to_string());
    return std::move(*report);
  }
  static std::string differences(const ReplayReport& report) {
    std::string out;
    for (const Mismatch& m : report.mismatches)
      out += fmt::format("{}: {}\n  expected {}\n  actual   {}\n", place_of(m), m.what, m.expected, m.actual);
    return out;
  }
  // Through the file's form, as it is used.
  static Cassette reread(const Cassette& cassette) {
    const std::string text = *write_cassette(cassette);
    return *cassette_from_json(*json::parse(text), text, "");
  }

  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  int lives_ = 0;
};

}  // namespace soma::harness
