#include "services/memory/strategies/preference_findings.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include "base/os/text.h"
#include "services/memory/strategies/choices.h"
#include "services/memory/strategies/language/clauses.h"
#include "services/memory/strategies/language/preference_cues.h"
#include "services/memory/strategies/language/sentences.h"
#include "services/memory/strategies/language/speaker.h"
#include "services/memory/strategies/language/statements.h"
#include "services/memory/strategies/language/words.h"
#include "services/memory/strategies/slots.h"
#include "services/memory/strategies/tool_habits.h"

namespace soma::memory {
namespace {

using language::Attitude;
using language::Statement;

constexpr size_t kMaxKeyWords = 8;
constexpr size_t kMaxQuestionBytes = 120;

std::string cut_to(std::string_view text, size_t max_bytes) {
  return std::string(os::trim(os::utf8_prefix(text, max_bytes)));
}

// What a text is about, whatever it says of it: content words without negations and words of degree.
std::string key_of(std::string_view text) {
  std::string plain;
  for (const language::Word& word : language::words(text)) {
    if (language::is_negation(word.folded) || language::is_adverb(word.folded) || word.folded == "please")
      continue;
    plain += word.raw;
    plain += ' ';
  }
  std::vector<std::string> content = language::content_words(plain);
  content.resize(std::min(content.size(), kMaxKeyWords));
  return os::join(content, " ");
}

bool is_negative(std::string_view sentence) {
  const auto all = language::words(sentence);
  return std::ranges::any_of(all, [](const language::Word& word) {
    return language::is_negation(word.folded) || word.folded == "stop" || word.folded == "avoid";
  });
}

// "The user likes tea." as a record has it: "Likes tea".
std::string without_subject(std::string text) {
  for (const std::string_view subject : {"The user's ", "The user "})
    if (text.starts_with(subject)) {
      text.erase(0, subject.size());
      break;
    }
  while (text.ends_with('.') || text.ends_with('!') || text.ends_with(' ')) text.pop_back();
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string question_of(const Turn* before) {
  if (before == nullptr || before->role != Role::kAssistant) return {};
  // Its end alone is read; the sentence that is cut by that is not looked at.
  const std::string_view text = os::trim(before->text);
  const bool is_cut = text.size() > 4 * kMaxQuestionBytes;
  auto all = language::sentences(is_cut ? text.substr(text.size() - 4 * kMaxQuestionBytes) : text);
  if (is_cut && !all.empty()) all.erase(all.begin());
  const auto found = std::ranges::find_if(all, [](std::string_view each) { return each.ends_with('?'); });
  return found == all.end() ? std::string() : cut_to(*found, kMaxQuestionBytes);
}

// The sentence of the turn that says so, with the one before it that it leans on, or the one after it.
std::string with_neighbour(const Turn& turn, std::string_view sentence, size_t max_bytes) {
  const auto all = language::sentences(turn.text);
  const auto here = std::ranges::find_if(all, [&](std::string_view each) {
    return each.data() <= sentence.data() && sentence.data() < each.data() + each.size();
  });
  if (here == all.end() || here->size() > max_bytes) return cut_to(sentence, max_bytes);
  const bool leans = language::begins_unresolved(language::words(language::without_opener(*here)));
  auto first = here, last = here;
  if (leans && here != all.begin())
    --first;
  else if (here + 1 != all.end() && !language::is_question(here[1], language::words(here[1])))
    ++last;
  const std::string_view both(first->data(),
                              static_cast<size_t>(last->data() + last->size() - first->data()));
  return std::string(both.size() <= max_bytes ? both : *here);
}

std::string context_of(const Turn& turn, std::string_view sentence, const Turn* before) {
  const std::string question = question_of(before);
  const std::string day = os::format_time(turn.at).substr(0, 10);
  const std::string frame = question.empty()
                                ? fmt::format("On {} the user said: ", day)
                                : fmt::format("On {}, asked “{}”, the user said: ", day, question);
  constexpr size_t kQuotes = 6;
  return fmt::format("{}“{}”", frame,
                     with_neighbour(turn, sentence, kMaxContextBytes - frame.size() - kQuotes));
}

PreferenceFinding finding_of(const Statement& statement, std::string_view sentence, const Turn& turn,
                             const Turn* before) {
  PreferenceFinding finding{.context = context_of(turn, sentence, before), .sources = {turn.source}};
  sentence = language::without_opener(sentence);
  const std::string retold = language::retold(sentence, language::Speaker::kUser);
  if (const auto slot = slot_of(retold); slot && slot->key.starts_with("the user|favourite ")) {
    finding.preference = cut_to(without_subject(retold), kMaxPreferenceBytes);
    finding.subject = slot->key.substr(slot->key.find('|') + 1);
    return finding;
  }
  const std::string key = key_of(statement.object);
  const std::string instead = statement.instead.empty() ? std::string() : key_of(statement.instead);
  switch (statement.attitude) {
    case Attitude::kLikes:
      finding.subject = "likes|" + key, finding.opposites = {"dislikes|" + key};
      break;
    case Attitude::kDislikes:
      finding.subject = "dislikes|" + key, finding.opposites = {"likes|" + key};
      break;
    case Attitude::kWants:
      finding.subject = (is_negative(sentence) ? "refuses|" : "wants|") + key;
      finding.opposites = {(is_negative(sentence) ? "wants|" : "refuses|") + key};
      break;
  }
  if (!instead.empty())
    finding.opposites.push_back(finding.subject.substr(0, finding.subject.find('|') + 1) + instead);
  finding.preference = statement.attitude == Attitude::kWants
                           ? fmt::format("Wants this: {}", cut_to(sentence, kMaxPreferenceBytes))
                           : cut_to(without_subject(retold), kMaxPreferenceBytes);
  return finding;
}

// "The other options don't appeal to me": about nothing that has a name.
bool is_about_the_rest(const Statement& statement) {
  constexpr std::string_view kRest[] = {"other", "others",      "option", "choice", "rest",
                                        "one",   "alternative", "quite",  "seem"};
  const auto content = language::content_words(statement.object);
  return std::ranges::all_of(content, [&](const std::string& word) {
    return std::ranges::find(kRest, word) != std::end(kRest) || language::is_adverb(word) ||
           language::is_negation(word);
  });
}

class Reader {
 public:
  explicit Reader(const Conversation& conversation) : conversation_(conversation) {}

  std::vector<PreferenceFinding> read() {
    for (size_t at = conversation_.first_new;
         at < conversation_.turns.size() && findings_.size() < kMaxChanges; ++at) {
      const Turn& turn = conversation_.turns[at];
      if (turn.role != Role::kUser) continue;
      const Turn* const before = at > 0 ? &conversation_.turns[at - 1] : nullptr;
      const std::vector<std::string> options = options_before(before);
      const std::optional<Choice> choice = choice_of(turn.text, options);
      if (choice) add_choice(*choice, turn, before);
      add_statements(turn, before, choice, !options.empty());
    }
    return std::move(findings_);
  }

 private:
  static std::vector<std::string> options_before(const Turn* before) {
    if (before == nullptr || before->role != Role::kAssistant) return {};
    return options_of(before->text);
  }

  void add_choice(const Choice& choice, const Turn& turn, const Turn* before) {
    PreferenceFinding finding{.context = context_of(turn, choice.sentence, before),
                              .sources = {before->source, turn.source}};
    finding.preference =
        fmt::format("Chose “{}” among the options offered", cut_to(choice.chosen, kMaxOptionBytes));
    finding.subject = "chose|" + key_of(choice.chosen);
    findings_.push_back(std::move(finding));
  }

  void add_statements(const Turn& turn, const Turn* before, const std::optional<Choice>& choice,
                      bool offered) {
    for (const std::string_view sentence : language::sentences(turn.text)) {
      if (findings_.size() >= kMaxChanges) return;
      if (choice && language::without_opener(sentence) == choice->sentence) continue;
      const size_t known = findings_.size();
      for (const std::string_view clause : language::main_clauses(language::without_opener(sentence)))
        add_statement(clause, turn, before, offered);
      if (findings_.size() == known) add_statement(sentence, turn, before, offered);
    }
  }

  void add_statement(std::string_view sentence, const Turn& turn, const Turn* before, bool offered) {
    const auto statement =
        offered ? language::stated_reason(sentence) : language::stated_preference(sentence);
    if (statement && !is_about_the_rest(*statement) && findings_.size() < kMaxChanges)
      findings_.push_back(finding_of(*statement, sentence, turn, before));
  }

  const Conversation& conversation_;
  std::vector<PreferenceFinding> findings_;
};

}  // namespace

std::vector<PreferenceFinding> preferences_said(const Conversation& conversation) {
  return Reader(conversation).read();
}

std::vector<PreferenceFinding> preferences_shown(const Conversation& conversation, json::Value& notes) {
  std::vector<PreferenceFinding> findings;
  for (Habit& habit : count_habits(conversation, notes)) {
    PreferenceFinding finding{.sources = std::move(habit.sources)};
    finding.preference = fmt::format("Usually chooses {} as {} of {} ({} of {} times)", habit.value,
                                     habit.argument, habit.tool, habit.count, habit.of);
    finding.context = fmt::format("Counted over the calls of the tool {}", habit.tool);
    finding.subject = fmt::format("habit|{}.{}", habit.tool, habit.argument);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace soma::memory
