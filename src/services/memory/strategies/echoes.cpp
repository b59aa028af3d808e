#include "services/memory/strategies/echoes.h"

#include <algorithm>
#include <iterator>

namespace soma::memory {
namespace {

// Content words of a text, every negation as the same word.
std::vector<std::string> content_of(std::string_view text) {
  std::vector<std::string> content = language::content_words(text);
  for (std::string& word : content)
    if (language::is_negation(word)) word = "not";
  std::ranges::sort(content);
  content.erase(std::unique(content.begin(), content.end()), content.end());
  return content;
}

// Words that tell of telling, and what is contracted with "you".
const std::vector<std::string>& telling_words() {
  static const std::vector<std::string> list = language::content_words(
      "noted remember mentioned said told understood confirm recap summary correction also now then still "
      "great perfect keep mind user assistant you're you've you'll you'd");
  return list;
}

}  // namespace

void Heard::add(std::string_view user_text) {
  turns_.push_back(content_of(user_text));
  if (turns_.size() > kMaxHeardTurns) turns_.pop_front();
}

bool Heard::repeats(std::span<const language::Word> all, std::string_view sentence) const {
  std::vector<std::string> said;
  std::ranges::set_difference(content_of(sentence), telling_words(), std::back_inserter(said));
  if (said.empty()) return !turns_.empty();
  size_t most = 0;
  for (const std::vector<std::string>& turn : turns_) {
    const auto is_heard = [&](const std::string& word) { return std::ranges::binary_search(turn, word); };
    most = std::max(most, static_cast<size_t>(std::ranges::count_if(said, is_heard)));
  }
  const double share = static_cast<double>(most) / static_cast<double>(said.size());
  return most == said.size() || (share >= kEchoShare && !adds_value(all));
}

bool Heard::adds_value(std::span<const language::Word> sentence) const {
  for (size_t at = 0; at < sentence.size(); ++at) {
    const language::Word& word = sentence[at];
    const bool value = language::is_name(sentence, at) || language::is_number(word.folded) ||
                       language::is_weekday(word.folded) || language::is_month(word.folded);
    if (!value) continue;
    const std::vector<std::string> content = content_of(word.raw);
    if (std::ranges::none_of(turns_, [&](const auto& turn) { return language::contains_all(turn, content); }))
      return true;
  }
  return false;
}

}  // namespace soma::memory
