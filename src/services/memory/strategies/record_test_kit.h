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
  // A call and its answer as messages of their own.
  Talk& call(std::string name, json::Value arguments) {
    return add(
        {.role = Role::kTool, .call = ToolCall{.name = std::move(name), .arguments = std::move(arguments)}});
  }
  Talk& answer(std::optional<bool> succeeded, std::string text) {
    return add({.role = Role::kTool, .text = std::move(text), .call = ToolCall{.succeeded = succeeded}});
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

// A long session of everything that happens in sessions, the same for the same seed.
inline Talk mixed_talk(unsigned seed, size_t turns) {
  static constexpr const char* kThings[] = {"lantern", "anchor", "chart", "barrel",
                                            "compass", "rope",   "sail",  "ledger"};
  Talk talk{.session = "mixed-" + std::to_string(seed)};
  unsigned state = seed * 2'654'435'761u + 1;
  const auto next = [&state](unsigned below) {
    state = state * 1'664'525u + 1'013'904'223u;
    return (state >> 16) % below;
  };
  while (talk.turns.size() < turns) {
    const std::string thing = kThings[next(8)], other = kThings[next(8)];
    switch (next(9)) {
      case 0:
        talk.user("Find the " + thing + " of the old schooner.");
        break;
      case 1:
        talk.user("Do you like the " + thing + "? My grandfather kept a " + other + " in the attic.");
        break;
      case 2:
        talk.user("Thanks, that works.");
        break;
      case 3:
        talk.user("That's wrong, the " + thing + " doesn't work.");
        break;
      case 4:
        talk.assistant("Which " + thing + " do you mean, the one beside the " + other + "?");
        break;
      case 5:
        talk.assistant("The " + thing + " lies under the " + other + " in the harbour shed, dry and clean.");
        break;
      case 6:
        talk.pause(std::chrono::minutes(next(60)));
        break;
      default:
        talk.tool("search", json::object({{"item", thing}, {"method", next(2) == 0 ? "quick" : "careful"}}),
                  next(3) != 0, "The " + other + " is here.");
    }
  }
  return talk;
}

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
