// The two ends that a replay puts in place of the world: a model and tools that answer what a cassette says,
// and note where the loop asks something else. Private to the replay.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/tool/tool.h"
#include "services/harness/cassette/cassette_replay.h"

namespace soma::harness {

// Where the replay stands in its cassette. Thread-safe; outlives the providers and tools it makes.
class Player {
 public:
  explicit Player(const Cassette& cassette) : cassette_(cassette) {}

  // Called for an invocation that was stopped from outside, at the place where it was: must stop it likewise.
  void on_stop(std::function<void()> stop) { stop_ = std::move(stop); }
  void begin(size_t invocation);  // from 0
  void end();                     // notes what was recorded and never asked for

  std::unique_ptr<model::Provider> make_provider();
  std::unique_ptr<tool::Tool> wrap(std::unique_ptr<tool::Tool> real);

  void note(Mismatch mismatch);
  void move_notes_to(ReplayReport& report);

 private:
  class PlayedModel;
  class PlayedTool;
  struct Call {
    const RecordedTool* tool;
    bool last_before_stop;
  };
  // Null when nothing was recorded for it.
  const RecordedTurn* ask(const model::ConverseRequest& request);
  Call call(std::string_view name, const json::Value& input);

  const RecordedInvocation& invocation() const { return cassette_.invocations[current_]; }
  bool was_stopped() const;
  void compare(const RecordedTurn& turn, const model::ConverseRequest& request);
  std::string expected_message(size_t index) const;
  void expect_answer(const RecordedTurn& turn);
  void note_locked(Mismatch mismatch);

  const Cassette& cassette_;
  std::function<void()> stop_;
  std::mutex mutex_;
  size_t current_ = 0, turn_ = 0;
  std::set<const RecordedTool*> answered_;
  // The conversation as the cassette tells it, and the digests that the recorded requests had.
  std::vector<model::Message> expected_;
  std::vector<std::string> expected_digests_, shown_;
  std::set<size_t> reported_;  // messages that differ, by their place
  std::vector<Mismatch> notes_;
  size_t left_out_ = 0;
};

}  // namespace soma::harness
