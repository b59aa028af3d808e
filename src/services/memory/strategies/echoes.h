// What of an assistant's words only repeats the user: "Noted: you live in Oslo."
#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/memory/strategies/language/words.h"

namespace soma::memory {

inline constexpr size_t kMaxHeardTurns = 30;  // of the user, the newest ones

inline constexpr double kEchoShare = 0.8;

// What the user said in a conversation so far.
class Heard {
 public:
  void add(std::string_view user_text);
  // Whether one of the user's turns has all the words of the sentence that say something; kEchoShare of them
  // are enough for a sentence that adds no value. A negation is there when any negation is.
  bool repeats(std::span<const language::Word> all, std::string_view sentence) const;
  // Whether a name, a number or a date is in the sentence that no turn of the user has.
  bool adds_value(std::span<const language::Word> sentence) const;

 private:
  std::deque<std::vector<std::string>> turns_;  // content words, sorted
};

}  // namespace soma::memory
