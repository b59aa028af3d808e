#include "services/memory/strategies/topics/words.h"

#include <algorithm>

#include "base/os/text.h"
#include "core/search/search.h"
#include "services/memory/strategies/language/words.h"

namespace soma::memory::topics {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

}  // namespace

std::string spaced_words(std::string_view text) {
  std::string out = " ";
  for (const language::Word& word : language::words(text)) out += word.folded + ' ';
  return out;
}

bool says(std::string_view spaced, std::span<const std::string_view> phrases) {
  return std::ranges::any_of(phrases, [&](std::string_view phrase) {
    for (size_t at = spaced.find(phrase); at != std::string_view::npos; at = spaced.find(phrase, at + 1)) {
      const size_t end = at + phrase.size();
      if (at > 0 && spaced[at - 1] == ' ' && end < spaced.size() && spaced[end] == ' ') return true;
    }
    return false;
  });
}

bool begins(std::string_view spaced, std::span<const std::string_view> phrases) {
  return std::ranges::any_of(phrases, [&](std::string_view phrase) {
    return spaced.size() > phrase.size() + 1 && spaced.substr(1).starts_with(phrase) &&
           spaced[phrase.size() + 1] == ' ';
  });
}

std::vector<std::string_view> words(std::string_view spaced) {
  std::vector<std::string_view> out;
  for (const std::string_view word : os::split(spaced, ' '))
    if (!word.empty()) out.push_back(word);
  return out;
}

std::vector<std::string> distinct_terms(std::string_view text) {
  std::vector<std::string> terms = search::terms(text);
  std::ranges::sort(terms);
  const auto repeated = std::ranges::unique(terms);
  terms.erase(repeated.begin(), repeated.end());
  return terms;
}

size_t shared(std::span<const std::string> left, std::span<const std::string> right) {
  size_t count = 0;
  for (size_t at = 0, other = 0; at < left.size() && other < right.size();) {
    const int order = left[at].compare(right[other]);
    if (order == 0) ++count;
    if (order <= 0) ++at;
    if (order >= 0) ++other;
  }
  return count;
}

std::string condensed(std::string_view text, size_t max_bytes) {
  std::string line;
  // Twice the bytes hold enough, unless the text is white space for the most part.
  for (const char c : os::utf8_prefix(text, max_bytes * 2)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7F) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  line = os::to_valid_utf8(os::trim(line));
  if (line.size() <= max_bytes) return line;
  std::string_view kept = os::utf8_prefix(line, max_bytes - kEllipsis.size());
  if (const size_t space = kept.rfind(' '); space != std::string_view::npos && space * 2 > kept.size())
    kept = kept.substr(0, space);
  return std::string(os::trim(kept)) + std::string(kEllipsis);
}

}  // namespace soma::memory::topics
