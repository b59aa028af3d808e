#include "services/memory/strategies/topics/shift.h"

#include <algorithm>

#include "base/os/text.h"
#include "services/memory/strategies/language/sentences.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory::topics {
namespace {

constexpr size_t kManyTerms = 6;
constexpr size_t kManyWords = 20;
constexpr size_t kSettledTurns = 4;  // a subject this long can be ended by a greeting

struct Signs {
  double always = 1;
  double repeats_words = 0;  // shares a word with the last turns
  double novelty = 0;        // new words, as a share of kManyTerms
  double length = 0;         // as a share of kManyWords
  double wordless = 0;       // says nothing by words that carry meaning
  double answers = 0;        // the turn before ends with a question
  double asks_new = 0;       // asks for something in new words only
  double asks_you = 0;
  double asks_back = 0;
  double small_talk = 0;
  double follow_up = 0;
  double requests = 0;  // in new words only
  double points_back = 0;
  double about_self = 0;
  double unasked_self = 0;  // about oneself, and nobody asked
  double just_opened = 0;   // the subject is one turn old
  double changes_subject = 0;
  double greets_anew = 0;
  double after_farewell = 0;
};

struct Weight {
  double Signs::* sign;
  double weight;
};
constexpr Weight kWeights[] = {
    {&Signs::always, -1.9},        {&Signs::repeats_words, -0.7},  {&Signs::novelty, 0.6},
    {&Signs::length, 0.5},         {&Signs::wordless, -0.3},       {&Signs::answers, -1.0},
    {&Signs::asks_new, 0.9},       {&Signs::asks_you, 0.9},        {&Signs::asks_back, -0.4},
    {&Signs::small_talk, 1.0},     {&Signs::follow_up, -0.5},      {&Signs::requests, 1.0},
    {&Signs::points_back, -0.4},   {&Signs::about_self, -0.5},     {&Signs::unasked_self, 0.6},
    {&Signs::just_opened, -0.4},   {&Signs::changes_subject, 2.5}, {&Signs::greets_anew, 2.5},
    {&Signs::after_farewell, 2.0},
};

double share(size_t count, size_t many) {
  return static_cast<double>(std::min(count, many)) / static_cast<double>(many);
}

std::vector<std::string> said_in(std::span<const Heard> turns) {
  std::vector<std::string> all;
  for (const Heard& turn : turns) all.insert(all.end(), turn.terms.begin(), turn.terms.end());
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

Signs signs(const Heard& turn, std::span<const Heard> before) {
  const Heard& last = before.back();
  const auto window = said_in(before.last(std::min(before.size(), kLookBackTurns)));
  const size_t repeated = shared(turn.terms, window);
  const bool new_words = !turn.asking_terms.empty() && shared(turn.asking_terms, window) == 0;
  const bool settled = before.size() >= kSettledTurns;
  Signs found;
  found.repeats_words = repeated > 0;
  found.novelty = share(turn.terms.size() - repeated, kManyTerms);
  found.length = share(turn.words, kManyWords);
  found.wordless = turn.terms.empty();
  found.answers = last.cues.ends_asking;
  found.asks_new = new_words;
  found.asks_you = turn.cues.asks_you;
  found.asks_back = turn.cues.asks_back;
  found.small_talk = turn.cues.small_talk;
  found.follow_up = turn.cues.follow_up;
  found.requests = turn.cues.request && !turn.cues.question && new_words;
  found.points_back = turn.cues.points_back;
  found.about_self = turn.cues.about_self;
  found.unasked_self = turn.cues.about_self && !last.cues.question;
  found.just_opened = before.size() == 1;
  found.changes_subject = turn.cues.changes_subject;
  found.greets_anew = turn.cues.greeting && settled;
  found.after_farewell = last.cues.farewell && !turn.cues.farewell && settled;
  return found;
}

}  // namespace

Heard hear(const Turn& turn) {
  const std::string_view text = os::utf8_prefix(turn.text, kMaxHeardBytes);
  Heard heard{.role = turn.role, .cues = cues(text), .terms = distinct_terms(text), .at = turn.at};
  heard.words = words(spaced_words(text)).size();
  std::string_view asking;
  for (const std::string_view sentence : language::sentences(text))
    if (sentence.ends_with('?')) asking = sentence;
  if (asking.empty() && heard.cues.request) asking = request_sentence(text);
  heard.asking_terms = distinct_terms(asking);
  return heard;
}

double shift_score(const Heard& turn, std::span<const Heard> before) {
  const Signs found = signs(turn, before);
  double score = 0;
  for (const auto& [sign, weight] : kWeights) score += weight * found.*sign;
  return score;
}

bool is_person(Role role) {
  return role == Role::kUser || role == Role::kOther;
}

}  // namespace soma::memory::topics
