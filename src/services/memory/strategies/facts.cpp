#include "services/memory/strategies/facts.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>
#include "base/os/text.h"
#include "services/memory/strategies/echoes.h"
#include "services/memory/strategies/language/clauses.h"
#include "services/memory/strategies/language/corrections.h"
#include "services/memory/strategies/language/dates.h"
#include "services/memory/strategies/language/sentences.h"
#include "services/memory/strategies/language/speaker.h"
#include "services/memory/strategies/language/statements.h"
#include "services/memory/strategies/language/verbs.h"
#include "services/memory/strategies/language/words.h"

namespace soma::memory {
namespace {

using language::Speaker;
using language::Word;
using Words = std::span<const Word>;

constexpr size_t kLeastContent = 2;        // words that say something
constexpr size_t kLeastOfTheWorld = 3;     // of an assistant's statement without a name or number
constexpr size_t kMaxQuestionBytes = 200;  // quoted before a short answer

bool is_first_person(std::string_view folded) {
  constexpr std::string_view kList[] = {"i",     "i'm",  "i've",  "i'd",  "i'll", "im",
                                        "ive",   "my",   "me",    "mine", "we",   "we're",
                                        "we've", "we'd", "we'll", "our",  "us",   "myself"};
  return std::ranges::find(kList, folded) != std::end(kList);
}

bool is_second_person(std::string_view folded) {
  constexpr std::string_view kList[] = {"you", "your", "you're", "you've", "you'll", "you'd", "yours"};
  return std::ranges::find(kList, folded) != std::end(kList);
}

bool is_date_word(std::string_view folded) {
  constexpr std::string_view kList[] = {"yesterday", "tomorrow", "today", "tonight", "ago"};
  return language::is_weekday(folded) || language::is_month(folded) ||
         std::ranges::find(kList, folded) != std::end(kList);
}

bool is_anybody(std::string_view folded) {
  constexpr std::string_view kList[] = {"everyone", "everybody", "everything", "someone", "something",
                                        "nothing",  "anyone",    "life",       "time"};
  return std::ranges::any_of(kList, [&](std::string_view each) { return folded.starts_with(each); });
}

// "Thanks for that, Ada!": a name apart from the sentence is spoken to, not about.
bool is_address(Words all, size_t at) {
  const bool ends = at + 1 == all.size() || all[at + 1].after_break;
  return ends && (at == 0 || all[at].after_break);
}

// Words between double quotes are somebody else's.
std::string without_quotations(std::string_view sentence) {
  std::string kept;
  bool quoted = false;
  for (size_t at = 0; at < sentence.size(); ++at) {
    const std::string_view three = sentence.substr(at, 3);
    if (sentence[at] == '"') quoted = !quoted;
    if (three == "\xE2\x80\x9C") quoted = true;
    if (three == "\xE2\x80\x9D") quoted = false;
    kept += quoted ? ' ' : sentence[at];
  }
  return kept;
}

bool begins_with_capital(const Word& word) {
  return word.raw[0] >= 'A' && word.raw[0] <= 'Z';
}

template <bool (*Person)(std::string_view)>
bool has(Words all) {
  return std::ranges::any_of(all, [](const Word& word) { return Person(word.folded); });
}

// The first word has a capital anyway: a name is what a list does not know as something else.
bool may_begin_with_a_name(Words all) {
  return all.size() >= 3 && begins_with_capital(all[0]) && !language::is_stop_word(all[0].folded) &&
         !is_anybody(all[0].folded) && !is_first_person(all[0].folded) && !is_second_person(all[0].folded);
}

// "Mia can't eat gluten", "Rex likes cheese"
bool begins_with_a_name(Words all) {
  if (!may_begin_with_a_name(all) || !language::is_finite(all[1].folded)) return false;
  const std::string& name = all[0].folded;
  return !language::is_finite(name) && !language::is_base_verb(name) && !language::is_adverb(name) &&
         !name.ends_with("ing") && !has<is_second_person>(all);
}

// Whether a name, a number or a date is in it. The first word is a name when a verb follows it: "Ada left".
bool is_concrete(Words all) {
  for (size_t at = 0; at < all.size(); ++at)
    if ((language::is_name(all, at) && !is_address(all, at)) ||
        (language::is_number(all[at].folded) && all[at].folded != "one") || is_date_word(all[at].folded))
      return true;
  if (!may_begin_with_a_name(all)) return false;
  const std::string& verb = all[all[0].folded.ends_with("'s") ? 2 : 1].folded;
  return language::is_past(verb) || verb == "is" || verb == "has" || verb == "says" || verb == "claims";
}

// "Went to Rome", "Just got a dog", "Gonna move": the speaker is left out.
size_t words_before_left_out_subject(Words all) {
  const size_t at =
      !all.empty() && (all[0].folded == "just" || all[0].folded == "finally" || all[0].folded == "recently")
          ? 1
          : 0;
  if (at >= all.size()) return 0;
  const std::string& verb = all[at].folded;
  const bool past =
      language::is_past(verb) && verb != "let" && verb != "set" && verb != "put" && verb != "read";
  return past || verb == "gonna" || verb == "been" ? at + 1 : 0;
}

bool is_praise(Words all) {
  constexpr std::string_view kList[] = {
      "great",   "awesome", "amazing",    "inspiring", "incredible", "wonderful", "proud",  "fantastic",
      "support", "passion", "dedication", "love",      "lucky",      "kind",      "best",   "got",
      "job",     "strong",  "positive",   "helped",    "mean",       "means",     "should", "could"};
  return std::ranges::any_of(
      all, [&](const Word& word) { return std::ranges::find(kList, word.folded) != std::end(kList); });
}

size_t content_size(Words all) {
  return static_cast<size_t>(
      std::ranges::count_if(all, [](const Word& word) { return !language::is_stop_word(word.folded); }));
}

bool tells_of_the_speaker(Words all) {
  return has<is_first_person>(all) || words_before_left_out_subject(all) > 0;
}

// What a user says counts when it is about a thing with a name, number or date, or about the user. What is
// said about "us" all, or to the assistant, is rarely that.
bool user_states(Words all) {
  if (is_concrete(all) || begins_with_a_name(all)) return true;
  const bool of_all = std::ranges::none_of(all, [](const Word& word) {
    return is_first_person(word.folded) && word.folded != "us" && word.folded != "our";
  });
  if (of_all && words_before_left_out_subject(all) == 0) return false;
  return !has<is_second_person>(all) && content_size(all) >= kLeastContent;
}

// What an assistant says counts when it is about the world or about the user, not about itself.
bool assistant_states(std::string_view sentence, Words all) {
  const std::string own = without_quotations(sentence);
  if (has<is_first_person>(language::words(own))) return false;
  if (is_concrete(all)) return true;
  if (is_second_person(all[0].folded) && is_praise(all)) return false;
  const bool definite = all[0].folded == "the" || all[0].folded == "there" || is_second_person(all[0].folded);
  return definite && content_size(all) >= kLeastOfTheWorld;
}

// "You should clear the cache": what could be done, not what is.
bool advises(Words all) {
  constexpr std::string_view kList[] = {"can", "could", "should", "might", "may", "need", "must"};
  for (size_t at = 0; at + 1 < all.size(); ++at) {
    const std::string& next = all[at + 1].folded;
    if (all[at].folded == "you" && std::ranges::find(kList, next) != std::end(kList)) return true;
    if (all[at].folded == "you'll" && (next == "need" || next == "want")) return true;
  }
  return false;
}

bool ends_with_mark(std::string_view sentence) {
  return !sentence.empty() && std::string_view(".!").contains(sentence.back());
}

class Reader {
 public:
  explicit Reader(const Conversation& conversation) : conversation_(conversation) {}

  // Turns shortly before the new ones are read as well, for what a new turn may correct of them.
  std::vector<Fact> read() {
    const size_t first_new = std::min(conversation_.first_new, conversation_.turns.size());
    const size_t begin = first_new - std::min(first_new, kCorrectionReach);
    for (size_t at = begin - std::min(begin, 2 * kMaxHeardTurns); at < begin; ++at) hear(at);
    for (size_t at = begin; at < conversation_.turns.size(); ++at) {
      if (at == first_new) first_own_ = facts_.size();
      if (is_full()) {
        if (at >= first_new) break;
        continue;
      }
      hear(at);
      read_turn(at);
    }
    if (conversation_.turns.size() <= first_new) return {};
    facts_.erase(facts_.begin(), facts_.begin() + static_cast<std::ptrdiff_t>(first_own_));
    return std::move(facts_);
  }

 private:
  bool is_full() const { return facts_.size() - first_own_ >= kMaxChanges; }

  void hear(size_t at) {
    const Turn& turn = conversation_.turns[at];
    if (turn.role != Role::kUser) return;
    // What the user asks is not what the user said: the answer in the same words is news.
    std::string said;
    for (const std::string_view sentence : language::sentences(turn.text))
      if (!language::is_question(sentence, language::words(sentence))) said.append(sentence) += ' ';
    heard_.add(said);
  }

  void add(size_t at, Fact fact) {
    facts_.push_back(std::move(fact));
    told_at_.push_back(at);
  }

  void read_turn(size_t at) {
    const Turn& turn = conversation_.turns[at];
    if (turn.role != Role::kUser && turn.role != Role::kAssistant) return;
    std::string_view before;  // the sentence before, of this turn
    bool answers = true;      // nothing was said yet in this turn
    for (const std::string_view whole : language::sentences(turn.text)) {
      if (is_full()) return;
      if (whole.size() > kMaxFactBytes) continue;
      if (put_right(at, whole, answers)) continue;
      const std::string_view sentence = language::without_opener(whole);
      const std::vector<Word> all = language::words(sentence);
      if (all.empty()) continue;
      const bool acknowledges = turn.role == Role::kAssistant && sentence.data() != whole.data();
      if (acknowledges && heard_.repeats(all, sentence)) continue;
      const size_t told = facts_.size();
      before = read_sentence(at, sentence, all, before, answers);
      if (language::opens_correction(whole))
        for (size_t fact = told; fact < facts_.size(); ++fact) facts_[fact].puts_right = true;
      answers = false;
    }
  }

  // Returns what a sentence after it may be about.
  std::string_view read_sentence(size_t at, std::string_view sentence, Words all, std::string_view before,
                                 bool answers) {
    if (language::is_question(sentence, all)) return sentence;
    const std::optional<std::string_view> question = answers ? question_before(at) : std::nullopt;
    if (question && is_short_answer(all)) {
      add_answer(at, *question, sentence);
      return {};
    }
    if (!states(at, sentence, all)) return sentence;
    const std::vector<std::string_view> clauses = language::main_clauses(sentence);
    const bool each_states = std::ranges::all_of(
        clauses, [&](std::string_view clause) { return states(at, clause, language::words(clause)); });
    if (clauses.size() == 1 || !each_states) {
      read_statement(at, sentence, all, before, question);
      return sentence;
    }
    for (const std::string_view clause : clauses) {
      std::string alone(clause);
      if (ends_with_mark(sentence) && !ends_with_mark(clause)) alone += '.';
      read_statement(at, alone, language::words(alone), {}, std::nullopt);
    }
    return clauses.back();
  }

  bool states(size_t at, std::string_view sentence, Words all) const {
    if (all.empty()) return false;
    const bool user = conversation_.turns[at].role == Role::kUser;
    const bool to_the_user = !user && is_second_person(all[0].folded);
    if (!to_the_user && language::is_small_talk(all)) return false;
    if (content_size(all) < kLeastContent && !is_concrete(all)) return false;
    return user ? user_states(all) : assistant_states(sentence, all);
  }

  void read_statement(size_t at, std::string_view sentence, Words all, std::string_view before,
                      std::optional<std::string_view> question) {
    const Turn& turn = conversation_.turns[at];
    const bool user = turn.role == Role::kUser;
    const bool of_the_user = !user && has<is_second_person>(all);
    if (of_the_user && (heard_.repeats(all, sentence) || (advises(all) && !heard_.adds_value(all)))) return;
    const Speaker speaker = user ? Speaker::kUser : Speaker::kAssistant;
    std::string text = told(sentence, all, turn, speaker);
    std::vector<std::string> sources = {turn.source};
    if (language::begins_unresolved(all)) {
      const std::string antecedent =
          before.empty() ? std::string() : told(before, language::words(before), turn, speaker);
      if (continues_last_fact(antecedent, text, turn)) {
        facts_.back().text += " " + text;
        return;
      }
      if (!antecedent.empty() && antecedent.size() + text.size() < kMaxFactBytes) {
        text = antecedent + " " + text;
      } else if (question) {
        add_answer(at, *question, sentence);
        return;
      } else if (!tells_of_the_speaker(all) && !is_concrete(all)) {
        return;
      }
    }
    add(at, {.text = std::move(text), .sources = std::move(sources), .repeats_known = !user});
  }

  // "Sorry, I meant June": whether the sentence is a correction, and told as such.
  bool put_right(size_t at, std::string_view sentence, bool answers) {
    const std::optional<language::Correction> correction = language::correction_of(sentence);
    if (!correction) return false;
    // "Do you fly from Oslo?" "No, it's Bergen." is an answer.
    const bool answer = answers && question_before(at) && correction->wrong.empty() && !correction->meant;
    if (answer) return false;
    const Turn& turn = conversation_.turns[at];
    const std::optional<size_t> wrong = fact_to_correct(at, *correction);
    if (!wrong) {
      if (correction->wrong.empty()) return false;
      const std::string_view alone = language::without_opener(sentence);
      add(at, {.text = told(alone, language::words(alone), turn,
                            turn.role == Role::kUser ? Speaker::kUser : Speaker::kAssistant),
               .sources = {turn.source},
               .correction = correction});
      return true;
    }
    Fact& fact = facts_[*wrong];
    std::string text = *language::corrected(fact.text, *correction);
    if (*wrong >= first_own_ && at >= conversation_.first_new) {
      fact.text = std::move(text);
      fact.sources.push_back(turn.source);
    } else {
      Fact right{.text = std::move(text), .sources = {turn.source}, .corrects = fact.text};
      fact.text = right.text;  // a second correction finds it as it is now
      add(at, std::move(right));
    }
    return true;
  }

  // The newest fact within reach that the correction fits. Where it names no wrong value, only what the same
  // side said is looked at, and of that the newest turn with such a value: two such facts leave it open.
  std::optional<size_t> fact_to_correct(size_t at, const language::Correction& correction) const {
    std::optional<size_t> found;
    for (size_t fact = facts_.size(); fact-- > 0 && told_at_[fact] + kCorrectionReach >= at;) {
      const bool own = conversation_.turns[told_at_[fact]].role == conversation_.turns[at].role;
      if (!own && correction.wrong.empty()) continue;
      if (!language::corrected(facts_[fact].text, correction)) continue;
      if (!correction.wrong.empty() || language::shares_topic(facts_[fact].text, correction)) return fact;
      if (!found) found = fact;
    }
    if (!found) return std::nullopt;
    for (size_t other = *found; other-- > 0 && told_at_[other] == told_at_[*found];)
      if (language::corrected(facts_[other].text, correction)) return std::nullopt;
    return found;
  }

  // Whether what it is about is the end of the fact before, of the same turn, which has room for it.
  bool continues_last_fact(std::string_view antecedent, std::string_view text, const Turn& turn) const {
    if (antecedent.empty() || facts_.empty() || facts_.back().sources.back() != turn.source) return false;
    return facts_.back().text.ends_with(antecedent) &&
           facts_.back().text.size() + text.size() < kMaxFactBytes;
  }

  // The question that the turn before ends with, when another one asked it.
  std::optional<std::string_view> question_before(size_t at) const {
    if (at == 0) return std::nullopt;
    const Turn& before = conversation_.turns[at - 1];
    if (before.role == conversation_.turns[at].role ||
        (before.role != Role::kUser && before.role != Role::kAssistant))
      return std::nullopt;
    // Its end alone is read; a sentence that is cut by that is too long to be quoted.
    const std::string_view text = os::trim(before.text);
    const auto all =
        language::sentences(text.substr(text.size() - std::min(text.size(), 2 * kMaxQuestionBytes)));
    if (all.empty() || all.back().size() > kMaxQuestionBytes || !all.back().ends_with('?'))
      return std::nullopt;
    return all.back();
  }

  // "Since 2016." "At the bar until midnight": a name or number and no sentence around it.
  static bool is_short_answer(Words all) {
    if (all.size() > 8 || tells_of_the_speaker(all)) return false;
    const bool verb = std::ranges::any_of(all, [](const Word& word) {
      return language::is_past(word.folded) || word.folded == "is" || word.folded == "are" ||
             word.folded == "has";
    });
    return !verb &&
           (is_concrete(all) ||
            (begins_with_capital(all[0]) && all.size() <= 2 && !language::is_stop_word(all[0].folded) &&
             !language::is_small_talk(all) && content_size(all) > 0 && all[0].folded.size() > 4));
  }

  void add_answer(size_t at, std::string_view question, std::string_view sentence) {
    const Turn& turn = conversation_.turns[at];
    const bool user = turn.role == Role::kUser;
    std::string text = fmt::format("Asked “{}”, the {} answered: “{}”", question, user ? "user" : "assistant",
                                   language::with_absolute_dates(sentence, turn.at));
    add(at, {.text = std::move(text),
             .sources = {conversation_.turns[at - 1].source, turn.source},
             .repeats_known = !user,
             .answer = user ? std::string() : std::string(sentence)});
  }

  static std::string told(std::string_view sentence, Words all, const Turn& turn, Speaker speaker) {
    std::string dated = language::with_absolute_dates(sentence, turn.at);
    if (speaker == Speaker::kUser && words_before_left_out_subject(all) > 0) {
      if (all[0].folded == "gonna" || all[0].folded == "been")
        dated = (all[0].folded == "been" ? "have " : "am ") + dated;
      dated = "I " + dated;
      dated[2] = static_cast<char>(std::tolower(static_cast<unsigned char>(dated[2])));
    }
    return language::retold(dated, speaker);
  }

  const Conversation& conversation_;
  Heard heard_;
  std::vector<Fact> facts_;
  std::vector<size_t> told_at_;  // of each fact: the place of the turn that told it
  size_t first_own_ = 0;         // facts before it are of turns that were read in an earlier conversation
};

}  // namespace

std::vector<Fact> facts_of(const Conversation& conversation) {
  return Reader(conversation).read();
}

}  // namespace soma::memory
