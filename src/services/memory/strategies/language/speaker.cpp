#include "services/memory/strategies/language/speaker.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>
#include "services/memory/strategies/language/clauses.h"
#include "services/memory/strategies/language/verbs.h"
#include "services/memory/strategies/language/words.h"

namespace soma::memory::language {
namespace {

// How a pronoun is written out. `verb` is what is contracted to it ("i'm": am).
struct Pronoun {
  std::string_view word;
  bool first_person;
  enum { kSubject, kObject, kOwner, kGroup } what;
  std::string_view verb = "";
};
constexpr Pronoun kPronouns[] = {{"i", true, Pronoun::kSubject},
                                 {"i'm", true, Pronoun::kSubject, "is"},
                                 {"im", true, Pronoun::kSubject, "is"},
                                 {"i've", true, Pronoun::kSubject, "has"},
                                 {"ive", true, Pronoun::kSubject, "has"},
                                 {"i'll", true, Pronoun::kSubject, "will"},
                                 {"i'd", true, Pronoun::kSubject, "would"},
                                 {"me", true, Pronoun::kObject},
                                 {"my", true, Pronoun::kOwner},
                                 {"mine", true, Pronoun::kOwner},
                                 {"myself", true, Pronoun::kObject},
                                 {"our", true, Pronoun::kOwner},
                                 {"ours", true, Pronoun::kOwner},
                                 {"we", true, Pronoun::kGroup},
                                 {"we're", true, Pronoun::kGroup, "are"},
                                 {"we've", true, Pronoun::kGroup, "have"},
                                 {"we'll", true, Pronoun::kGroup, "will"},
                                 {"we'd", true, Pronoun::kGroup, "would"},
                                 {"us", true, Pronoun::kGroup},
                                 {"you", false, Pronoun::kSubject},
                                 {"you're", false, Pronoun::kSubject, "is"},
                                 {"you've", false, Pronoun::kSubject, "has"},
                                 {"you'll", false, Pronoun::kSubject, "will"},
                                 {"you'd", false, Pronoun::kSubject, "would"},
                                 {"your", false, Pronoun::kOwner},
                                 {"yours", false, Pronoun::kOwner},
                                 {"yourself", false, Pronoun::kObject}};

const Pronoun* pronoun(std::string_view folded) {
  for (const Pronoun& each : kPronouns)
    if (each.word == folded) return &each;
  return nullptr;
}

bool is_subject_of_another_verb(std::string_view folded) {
  for (const std::string_view word : {"he", "she", "they", "it", "we", "who", "that", "which", "because",
                                      "if", "when", "where", "while", "how", "what"})
    if (folded == word) return true;
  return false;
}

// A base verb that follows its object has another subject: "helps him pack and move".
bool takes_bare_infinitive(std::string_view folded) {
  for (const std::string_view word : {"help", "helped", "make", "made", "let", "see", "saw", "hear", "heard",
                                      "watch", "watched", "feel", "felt"})
    if (folded == word) return true;
  return false;
}

bool is_auxiliary(std::string_view folded) {
  for (const std::string_view word : {"am", "do", "don't", "dont", "have", "haven't"})
    if (folded == word) return true;
  return false;
}

bool may_be_object_of(const Word& before) {
  for (const std::string_view word :
       {"to", "for", "with", "of", "from", "about", "at", "by", "on", "than", "let", "and", "or", "like"})
    if (before.folded == word) return true;
  return is_base_verb(before.folded) || is_finite(before.folded) || before.folded.ends_with("ing");
}

// "World War I" is no person.
bool is_numeral(std::span<const Word> all, size_t at) {
  if (at == 0 || all[at].raw != "I" || all[at].after_break) return false;
  for (const std::string_view word : {"war", "part", "chapter", "phase", "volume", "type", "level"})
    if (all[at - 1].folded == word) return true;
  return false;
}

class Retelling {
 public:
  Retelling(std::string_view sentence, Speaker speaker)
      : sentence_(sentence), all_(words(sentence)), speaker_(speaker) {}

  std::string text() {
    size_t copied = 0;
    for (size_t at = 0; at < all_.size(); ++at) {
      const size_t begin = static_cast<size_t>(all_[at].raw.data() - sentence_.data());
      copy(sentence_.substr(copied, begin - copied));
      copied = begin + all_[at].raw.size();
      copy_word(at);
    }
    copy(sentence_.substr(copied));
    for (char& c : result_) {
      if (std::isalnum(static_cast<unsigned char>(c)) == 0 && static_cast<unsigned char>(c) < 0x80) continue;
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      break;
    }
    return std::move(result_);
  }

 private:
  void copy(std::string_view between) {
    for (size_t at = 0; at < between.size(); ++at) {
      if (between[at] == '"') quoted_ = !quoted_;
      if (between.substr(at, 3) == "\xE2\x80\x9C") quoted_ = true;
      if (between.substr(at, 3) == "\xE2\x80\x9D") quoted_ = false;
    }
    result_ += between;
  }

  void copy_word(size_t at) {
    const Word& word = all_[at];
    const Pronoun* const found = quoted_ || is_numeral(all_, at) ? nullptr : pronoun(word.folded);
    if (found != nullptr) {
      write(*found, at);
    } else if (awaits_verb_ && !quoted_) {
      write_verb(at);
    } else if (agreeing_ && !quoted_ && is_joined(at) &&
               (is_base_verb(word.folded) || is_auxiliary(word.folded))) {
      result_ += third_person(word.folded);
      agreeing_ = !is_negation(word.folded);
    } else if (!quoted_ && is_auxiliary(word.folded) && at + 1 < all_.size() && all_[at + 1].folded == "i" &&
               speaker_ == Speaker::kUser) {
      result_ += third_person(word.folded);  // "so do I"
    } else {
      if (begins_another_verb(at)) agreeing_ = false;
      result_ += word.raw;
    }
  }

  void write(const Pronoun& found, size_t at) {
    const bool user = found.first_person == (speaker_ == Speaker::kUser);
    const std::string_view person = user ? "the user" : "the assistant";
    agreeing_ = awaits_verb_ = false;
    result_ += person;
    if (found.what == Pronoun::kOwner) result_ += "'s";
    if (found.what == Pronoun::kGroup) result_ += " and others";
    if (!found.verb.empty()) {
      result_ += ' ';
      result_ += found.verb == "would" && means_had(at + 1) ? std::string_view("had") : found.verb;
    }
    const bool subject = found.what == Pronoun::kSubject;
    agreeing_ = subject && (found.verb == "is" || found.verb == "has");
    awaits_verb_ = subject && found.verb.empty() && !ends_shared_subject(all_, at) &&
                   (found.word == "i" || begins_a_clause(at));
  }

  // What follows has a subject of its own, or none: "people who swim", "to swim", but not "to Rome".
  bool begins_another_verb(size_t at) const {
    if (is_modal(all_[at].folded)) return true;
    if (all_[at].folded != "to") return is_subject_of_another_verb(all_[at].folded);
    if (at + 1 >= all_.size()) return false;
    const std::string& next = all_[at + 1].folded;
    return is_base_verb(next) || next == "be" || (!is_name(all_, at + 1) && !is_stop_word(next));
  }

  // Whether "and" or the like joins the verb at `at` to the one before: "and never eat".
  bool is_joined(size_t at) const {
    while (at > 0 && is_adverb(all_[at - 1].folded)) --at;
    if (at == 0) return false;
    const std::string& before = all_[at - 1].folded;
    return before == "and" || before == "but" || before == "or";
  }

  // "you" is a subject where a clause begins, else an object: "help you swim".
  bool begins_a_clause(size_t at) const {
    constexpr std::string_view kList[] = {
        "and",     "but",   "or",     "that",  "if",    "when",     "what",    "where", "how",  "why",
        "because", "since", "as",     "than",  "while", "said",     "say",     "think", "know", "hope",
        "sure",    "until", "before", "after", "which", "whatever", "whether", "so",    "than"};
    if (at == 0 || all_[at].after_break || std::ranges::find(kList, all_[at - 1].folded) != std::end(kList))
      return true;
    const bool verb_follows =
        at + 1 < all_.size() && (is_base_verb(all_[at + 1].folded) || all_[at + 1].folded == "are");
    return verb_follows && !may_be_object_of(all_[at - 1]);
  }

  bool means_had(size_t next) const {
    while (next < all_.size() && is_adverb(all_[next].folded)) ++next;
    return next < all_.size() && (all_[next].folded == "been" || all_[next].folded == "better" ||
                                  (is_past(all_[next].folded) && all_[next].folded != "read"));
  }

  // The word after the subject: an adverb is passed, anything else is the verb or ends the wait.
  void write_verb(size_t at) {
    const Word& word = all_[at];
    if (!is_auxiliary(word.folded) && (is_adverb(word.folded) || is_negation(word.folded)) &&
        third_person(word.folded) != "doesn't") {
      result_ += word.raw;
      if (is_modal(word.folded)) awaits_verb_ = false;
      return;
    }
    awaits_verb_ = false;
    if (word.after_break || std::isupper(static_cast<unsigned char>(word.raw[0])) != 0) {
      result_ += word.raw;
      return;
    }
    const std::string verb = third_person(word.folded);
    const bool emphasis = word.folded == "do" && at + 1 < all_.size() && is_base_verb(all_[at + 1].folded);
    agreeing_ = (verb != word.folded || is_past(word.folded)) && !emphasis && !word.folded.contains("n't") &&
                !takes_bare_infinitive(word.folded);
    result_ += verb == word.folded ? std::string(word.raw) : verb;
  }

  std::string_view sentence_;
  std::vector<Word> all_;
  Speaker speaker_;
  std::string result_;
  bool quoted_ = false;
  bool awaits_verb_ = false;  // a subject stands before, its verb has not come
  bool agreeing_ = false;     // the last verb was changed: one that "and" joins to it has the same subject
};

}  // namespace

std::string retold(std::string_view sentence, Speaker speaker) {
  return Retelling(sentence, speaker).text();
}

}  // namespace soma::memory::language
