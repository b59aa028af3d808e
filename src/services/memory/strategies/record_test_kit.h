// Talks in one line each, and a store of the records that strategies make. Test code.
#pragma once

#include <string>
#include <vector>

#include "services/memory/strategies/strategies.h"

namespace soma::memory::test {

// A session that grows; a turn a minute. Sources are "<number>/0".
struct Talk {
  std::string session = "s1";
  std::vector<Turn> turns;
  os::Time now = os::from_unix_ms(1'767'225'600'000);

  Talk& add(Turn turn) {
    turn.source = session + "-" + std::to_string(turns.size()) + "/0";
    turn.at = now;
    now += std::chrono::minutes(1);
    turns.push_back(std::move(turn));
    return *this;
  }
  Talk& user(std::string text) { return add({.role = Role::kUser, .text = std::move(text)}); }
  Talk& assistant(std::string text) { return add({.role = Role::kAssistant, .text = std::move(text)}); }
  Talk& tool(std::string name, json::Value arguments, std::optional<bool> succeeded, std::string text) {
    return add({.role = Role::kTool,
                .text = std::move(text),
                .call = ToolCall{
                    .name = std::move(name), .arguments = std::move(arguments), .succeeded = succeeded}});
  }
  void pause(os::Duration by) { now += by; }

  Conversation conversation(bool at_rest = false) const {
    return {.actor_id = "sloane", .session_id = session, .turns = turns, .at_rest = at_rest};
  }
  Talk first(size_t count) const {
    Talk part = *this;
    part.turns.resize(count);
    return part;
  }
};

class Records final : public KnownRecords {
 public:
  // All of them: whoever asks compares for himself.
  std::vector<Known> like(Place place, std::string_view, size_t) const override {
    std::vector<Known> out;
    for (const Stored& each : stored_)
      if (each.place == place) out.push_back(each.known);
    return out;
  }
  std::vector<Known> about(Place place, std::string_view subject) const override {
    std::vector<Known> out;
    for (const Stored& each : stored_)
      if (each.place == place && each.known.subject == subject) out.push_back(each.known);
    return out;
  }

  // Consolidates and keeps what comes of it. Returns the changes.
  std::vector<Change> apply(const Strategy& strategy, const Conversation& conversation, json::Value& notes) {
    Consolidated result = strategy.consolidate(conversation, *this, notes);
    wants_rest = result.wants_rest;
    for (const Change& change : result.changes) keep(change);
    return std::move(result.changes);
  }

  std::vector<std::string> texts(Place place) const {
    std::vector<std::string> out;
    for (const Stored& each : stored_)
      if (each.place == place) out.push_back(each.known.text);
    return out;
  }

  bool wants_rest = false;

 private:
  struct Stored {
    Place place;
    Known known;
  };
  void keep(const Change& change) {
    const os::Time now = os::from_unix_ms(++changes_);
    for (Stored& each : stored_)
      if (!change.record_id.empty() && each.known.id == change.record_id) {
        each.known.text = change.text;
        each.known.updated = now;
        return;
      }
    stored_.push_back({change.place,
                       {.id = "mem-" + std::to_string(stored_.size()),
                        .text = change.text,
                        .subject = change.subject,
                        .updated = now}});
  }
  std::vector<Stored> stored_;
  int64_t changes_ = 0;
};

}  // namespace soma::memory::test
