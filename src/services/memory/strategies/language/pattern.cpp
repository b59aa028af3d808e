#include "services/memory/strategies/language/pattern.h"

#include <algorithm>

#include "base/os/text.h"

namespace soma::memory::language {

PatternList::PatternList(std::span<const std::string_view> patterns) {
  for (const std::string_view text : patterns) {
    Elements elements;
    for (std::string_view part : os::split(text, ' ')) {
      Element element;
      element.optional = part.ends_with('?');
      if (element.optional) part.remove_suffix(1);
      element.adverbs = part == "~";
      if (!element.adverbs && part != "_") element.any_of = os::split(part, '|');
      elements.push_back(std::move(element));
    }
    for (const std::string_view word : elements.front().any_of)
      by_first_word_[word].push_back(patterns_.size());
    patterns_.push_back(std::move(elements));
  }
}

bool PatternList::fits(const Element& element, std::string_view folded) {
  return element.any_of.empty() || std::ranges::find(element.any_of, folded) != element.any_of.end();
}

std::optional<size_t> PatternList::end_of(const Elements& elements, std::span<const Word> sentence,
                                          size_t at) {
  for (size_t i = 0; i < elements.size(); ++i) {
    const Element& element = elements[i];
    // The elements behind it that may be the next to match, up to the first that must.
    const auto next_wants = [&](std::string_view folded) {
      for (size_t next = i + 1; next < elements.size(); ++next) {
        if (!elements[next].any_of.empty() && fits(elements[next], folded)) return true;
        if (!elements[next].optional && !elements[next].adverbs) return false;
      }
      return false;
    };
    if (element.adverbs) {
      for (size_t taken = 0; taken < kMaxAdverbs && at < sentence.size() && is_adverb(sentence[at].folded) &&
                             !next_wants(sentence[at].folded);
           ++taken)
        ++at;
      continue;
    }
    const bool here = at < sentence.size() && fits(element, sentence[at].folded);
    if (here && !(element.optional && next_wants(sentence[at].folded)))
      ++at;
    else if (!element.optional)
      return std::nullopt;
  }
  return at;
}

std::optional<PatternList::Match> PatternList::at(std::span<const Word> sentence, size_t at) const {
  const auto candidates = by_first_word_.find(sentence[at].folded);
  if (candidates == by_first_word_.end()) return std::nullopt;
  for (const size_t pattern : candidates->second)
    if (const auto end = end_of(patterns_[pattern], sentence, at)) return Match{pattern, at, *end};
  return std::nullopt;
}

std::optional<PatternList::Match> PatternList::first(std::span<const Word> sentence) const {
  for (size_t at = 0; at < sentence.size(); ++at)
    if (const auto match = this->at(sentence, at)) return match;
  return std::nullopt;
}

}  // namespace soma::memory::language
