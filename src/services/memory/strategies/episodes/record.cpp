#include "services/memory/strategies/episodes/record.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/os/text.h"
#include "services/memory/strategies/topics/cues.h"
#include "services/memory/strategies/topics/keyphrases.h"
#include "services/memory/strategies/topics/shift.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory::episodes {
namespace {

constexpr size_t kMaxSituationBytes = 500;
constexpr size_t kMaxIntentBytes = 300;
constexpr size_t kMaxQuoteBytes = 300;
constexpr size_t kMaxToolBytes = 64;
constexpr size_t kMaxArgumentBytes = 60;
constexpr size_t kMaxShownArguments = 6;
constexpr size_t kNames = 2;
constexpr size_t kRepeatedTerms = 3;  // a request with fewer is too short to be known again

struct Evidence {
  std::string_view assessment;  // empty: none
  std::string justification;
  bool weak = false;  // bare thanks, which are also said when nothing came of it
};

std::string quoted(std::string_view what, const Turn& turn) {
  return fmt::format("{}: \"{}\"", what, topics::condensed(turn.text, kMaxQuoteBytes));
}

// The same thing is asked for again: eight in ten of its words.
bool repeats(const Turn& turn, std::span<const std::string> intent) {
  if (intent.size() < kRepeatedTerms) return false;
  const auto terms = topics::distinct_terms(topics::request_sentence(turn.text));
  return topics::shared(terms, intent) * 10 >= intent.size() * 8;
}

Evidence said_of_it(const Turn& turn, std::span<const std::string> intent, bool answered) {
  const topics::Cues cues = topics::cues(turn.text);
  if (cues.complaint) return {"No", quoted("The user said", turn)};
  if (cues.dismissal) return {"Unknown", quoted("The user gave it up", turn)};
  if (cues.thanks) return {"Yes", quoted("The user said", turn), !cues.praise};
  if (answered && repeats(turn, intent)) return {"No", quoted("The user asked again", turn)};
  return {};
}

Evidence shown_by_tools(std::span<const Action> actions) {
  const auto known = static_cast<size_t>(
      std::ranges::count_if(actions, [](const Action& each) { return each.worked.has_value(); }));
  const auto worked = static_cast<size_t>(std::ranges::count(actions, std::optional(true), &Action::worked));
  const Action& last = actions.back();
  if (known == 0) return {};
  const std::string counts = fmt::format("{} of {} tool calls worked", worked, known);
  if (!last.worked) return {"Unknown", counts + "; how the last one ended is not known."};
  return {*last.worked ? "Yes" : "No",
          fmt::format("{}; the last, {}, {}.", counts, topics::condensed(last.tool, kMaxToolBytes),
                      *last.worked ? "did" : "did not")};
}

Evidence unknown() {
  return {"Unknown", "Nobody said how it ended, and no tool reported it."};
}

Evidence assess(std::span<const Turn> turns, std::span<const Action> actions, const Turn* next,
                std::span<const std::string> intent) {
  Evidence found;
  size_t found_at = 0;
  bool answered = false;
  for (size_t at = 0; at < turns.size(); ++at) {
    if (!topics::is_person(turns[at].role)) {
      answered = true;
    } else if (at > 0) {
      if (Evidence each = said_of_it(turns[at], intent, answered); !each.assessment.empty()) {
        found = std::move(each);
        found_at = at;
      }
    }
  }
  if (next != nullptr && topics::is_person(next->role))
    if (const topics::Cues cues = topics::cues(next->text); cues.thanks) {
      found = {"Yes", quoted("The user said next", *next), !cues.praise};
      found_at = turns.size();
    }
  if (actions.empty()) return found.assessment.empty() ? unknown() : found;
  const bool tools_later = actions.back().turn > found_at;
  const bool thanks_for_nothing = found.weak && actions.back().worked == false;
  if (found.assessment.empty() || tools_later || thanks_for_nothing)
    if (Evidence shown = shown_by_tools(actions); !shown.assessment.empty()) return shown;
  return found.assessment.empty() ? unknown() : found;
}

std::string worked_with(const Action& failed, const Action& worked) {
  const auto changed = changed_arguments(failed, worked);
  if (changed.empty()) return ".";
  return fmt::format(" with {}={}.", topics::condensed(changed.front().first, kMaxToolBytes),
                     topics::condensed(changed.front().second, kMaxArgumentBytes));
}

// "2 of 3 calls of search failed before it worked with query=tide." Of the first tool that did so.
std::string reflection_of(std::span<const Action> actions) {
  for (size_t at = 0; at < actions.size(); ++at) {
    if (actions[at].worked != true) continue;
    size_t failed = 0, calls = 0;
    const Action* last_failed = nullptr;
    for (const Action& before : actions.first(at)) {
      if (before.tool != actions[at].tool) continue;
      ++calls;
      if (before.worked != false) continue;
      ++failed;
      last_failed = &before;
    }
    if (failed == 0) continue;
    return fmt::format("{} of {} calls of {} failed before it worked{}", failed, calls + 1,
                       topics::condensed(actions[at].tool, kMaxToolBytes),
                       worked_with(*last_failed, actions[at]));
  }
  return {};
}

json::Value shown(const Action& action) {
  json::Value arguments = json::object({});
  if (action.arguments.is_object())
    for (const auto& [name, value] : action.arguments.as_object()) {
      if (arguments.size() == kMaxShownArguments) break;
      const bool plain = value.is_bool() || value.is_number() || value.is_null();
      const std::string text = value.is_string() ? value.as_string() : json::write(value);
      arguments.set(topics::condensed(name, kMaxToolBytes),
                    plain ? value : json::Value(topics::condensed(text, kMaxArgumentBytes)));
    }
  const char* status = !action.worked ? "unknown" : *action.worked ? "succeeded" : "failed";
  return json::object({{"tool", topics::condensed(action.tool, kMaxToolBytes)},
                       {"arguments", std::move(arguments)},
                       {"status", status}});
}

// The first turn of a person, with what the episode is about in front.
std::string situation_of(std::span<const Turn> turns, const Turn& first) {
  std::vector<topics::Passage> passages;
  for (const Turn& turn : turns)
    passages.push_back(
        {os::utf8_prefix(turn.text, kMaxSituationBytes * 2), topics::is_person(turn.role) ? 1.0 : 0.3});
  const auto names = topics::keyphrases(passages, kNames);
  const std::string said = topics::condensed(first.text, kMaxSituationBytes);
  return names.empty() ? said : fmt::format("About {}. {}", os::join(names, " and "), said);
}

}  // namespace

std::string episode_text(std::span<const Turn> turns, std::span<const Action> actions, const Turn* next) {
  const auto person = std::ranges::find_if(turns, [](const Turn& turn) {
    return topics::is_person(turn.role) && !topics::is_courtesy(turn.text);
  });
  const Turn& first = person == turns.end() ? turns.front() : *person;
  std::string_view request = topics::request_sentence(first.text);
  if (request.empty()) request = first.text;
  const auto intent_terms = topics::distinct_terms(os::utf8_prefix(request, kMaxSituationBytes));
  const Evidence evidence = assess(turns, actions, next, intent_terms);
  json::Array shown_actions;
  for (const Action& action : actions.first(std::min(actions.size(), kMaxShownActions)))
    shown_actions.push_back(shown(action));
  json::Value episode = json::object({{"situation", situation_of(turns, first)},
                                      {"intent", topics::condensed(request, kMaxIntentBytes)},
                                      {"assessment", evidence.assessment},
                                      {"justification", evidence.justification},
                                      {"reflection", reflection_of(actions)},
                                      {"actions", std::move(shown_actions)}});
  std::string text = json::write(episode);
  while (text.size() > kMaxRecordTextBytes && !episode.get("actions").empty()) {
    episode.find("actions")->as_array().pop_back();
    text = json::write(episode);
  }
  return text;
}

}  // namespace soma::memory::episodes
