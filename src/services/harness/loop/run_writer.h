// Writes one run's events in order, without waiting for each: what comes while an append is on its way to the
// disk joins the next one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/journal/journal.h"
#include "core/model/model.h"

namespace soma::harness {

inline constexpr size_t kMaxStreamEventBytes = 256u
                                               << 10;  // of one "stream" event's body; more begins the next

// Belongs to one loop. A failed append (the store has stopped, another writer has the run) fails everything
// after it.
class RunWriter {
 public:
  RunWriter(journal::Journal& journal, const net::Executor& executor, std::string run, uint64_t last_seq);
  ~RunWriter();
  // Queues what clients see. Sent when the loop is next free, so that a burst becomes one event; neighbouring
  // text deltas become one delta.
  void stream(const model::StreamEvent& event);
  // Queues an event; goes out with the next send or flush().
  void add(std::string_view type, const json::Value& body);
  // Joins the next append's transaction.
  void set_options(journal::AppendOptions options);
  // Returns when everything queued so far is durable.
  net::Task<os::Result<>> flush();
  // Sends everything queued when the loop is next free.
  void send_soon();
  uint64_t last_seq() const;  // of what is durable
  const std::string& run() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace soma::harness
