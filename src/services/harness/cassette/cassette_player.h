// What a replay puts in place of the world: models, tools, sub-agents, hooks and people that answer what a
// cassette says, and notes of where the loop asks something else. Private to the replay.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "services/harness/cassette/cassette_replay.h"
#include "services/harness/loop/approvals.h"
#include "services/harness/loop/stand_in.h"

namespace soma::harness {

// Where the replay stands in its cassette. Thread-safe; outlives the providers it makes.
class Player final : public StandIn {
 public:
  explicit Player(const Cassette& cassette);
  ~Player() override;

  // Called for an invocation that was stopped from outside, at the place where it was: must stop it likewise.
  void on_stop(std::function<void()> stop) { stop_ = std::move(stop); }
  void begin(size_t invocation);  // from 0
  void end();                     // notes what was recorded and never asked for

  std::unique_ptr<model::Provider> make_provider() override;
  std::vector<Skill> skills() override;
  json::Value listed_tools(const std::string& source) override;
  model::Provider& summarizer() override;
  net::Task<CallEnd> run_call(const model::ToolUse& call, const tool::Context& context) override;
  net::Task<HookOutcome> answer_hook(const HookCall& call, net::Cancellation cancellation) override;

  // What is said next to an invocation that waits for these approvals, of which there is one at least.
  struct Said {
    Approval approval;
    Answer answer;
    std::string by, reason;
  };
  Said say(const std::vector<Approval>& pending);

  void note(Mismatch mismatch);
  void move_notes_to(ReplayReport& report);

 private:
  class PlayedModel;
  class PlayedSummarizer;
  struct Call {
    const RecordedTool* tool;
    bool last_before_stop;
  };
  // Each is null when nothing was recorded for it.
  const RecordedTurn* ask(const model::ConverseRequest& request);
  Call call(const model::ToolUse& use);
  const RecordedHook* find_hook(const HookCall& call);
  const RecordedSummary* next_summary();

  const RecordedInvocation& invocation() const { return cassette_.invocations[current_]; }
  bool was_stopped() const;
  bool stopped_at_last_tool() const;
  const RecordedTool* recorded_call(std::string_view tool_use_id) const;
  void expect_messages();
  void note_unasked();
  void compare(const RecordedTurn& turn, const model::ConverseRequest& request);
  std::string expected_message(size_t index) const;
  void expect_answer(const RecordedTurn& turn);
  void note_locked(Mismatch mismatch);

  const Cassette& cassette_;
  std::function<void()> stop_;
  std::mutex mutex_;
  size_t current_ = 0, turn_ = 0;
  const RecordedTurn* asked_ = nullptr;  // whose calls may run: also the one that an invocation ended with
  std::set<const void*> answered_;       // the tools, hooks and approvals that were
  size_t summaries_ = 0;                 // that were asked for
  std::unique_ptr<model::Provider> summarizer_;
  // The conversation as the cassette tells it, and the digests that the recorded requests had.
  std::vector<model::Message> expected_;
  std::vector<std::string> expected_digests_, shown_;
  std::set<size_t> reported_;  // messages that differ, by their place
  std::vector<Mismatch> notes_;
  size_t left_out_ = 0;
};

// Both texts from a little before the place where they part, so that long ones show their difference.
void show_difference(Mismatch& mismatch, std::string_view expected, std::string_view actual);
// Returns when it is requested.
net::Task<> wait_for_stop(const net::Cancellation& cancellation);

}  // namespace soma::harness
