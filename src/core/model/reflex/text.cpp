#include "core/model/reflex/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/vocabulary.h"

namespace soma::model::reflex {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Bytes of the character at `position` when it belongs to a word, else 0. Beyond ASCII, Latin-1 signs (£ © «
// °) and general punctuation (quotes, dashes, €) separate words; all the rest are letters.
size_t word_bytes(std::string_view text, size_t position) {
  const auto byte = static_cast<unsigned char>(text[position]);
  if (byte < 0x80) return is_ascii_letter(text[position]) || is_digit(text[position]) || byte == '_' ? 1 : 0;
  if (byte == 0xC2) return 0;
  if (byte == 0xE2 && position + 1 < text.size()) {
    const auto next = static_cast<unsigned char>(text[position + 1]);
    if (next >= 0x80 && next <= 0x9F) return 0;
  }
  return 1;
}

// Joins two parts of one word: "don't", "10.5", "1,200", "e-mail".
bool joins(std::string_view text, size_t position) {
  if (position == 0 || position + 1 >= text.size()) return false;
  const char before = text[position - 1];
  const char after = text[position + 1];
  switch (text[position]) {
    case '\'':
      return is_ascii_letter(before) && is_ascii_letter(after);
    case '-':
      return word_bytes(text, position - 1) > 0 && word_bytes(text, position + 1) > 0;
    case '.':
      return is_digit(before) && is_digit(after);
    case ',':
      return is_digit(before) && is_digit(after);
    default:
      return false;
  }
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() > end.size() && text.ends_with(end);
}

// One stem against another: 1 for equal, less for a likely slip or a shared beginning.
double stem_match(std::string_view left, std::string_view right) {
  if (left == right) return 1;
  const size_t shorter = std::min(left.size(), right.size());
  if (shorter >= 4 && os::edit_distance(left, right) <= 1 && !is_digit(left.back())) return 0.8;
  if (shorter >= 4 && (left.starts_with(right) || right.starts_with(left))) return 0.7;
  return 0;
}

}  // namespace

std::vector<std::string> words(std::string_view raw) {
  std::vector<std::string> out;
  // "Keeper’s" and "Keeper's" are one word.
  constexpr std::string_view kApostrophe = "’";
  std::string plain;
  if (contains(raw, kApostrophe)) {
    plain = raw;
    for (size_t at = plain.find(kApostrophe); at != std::string::npos; at = plain.find(kApostrophe, at))
      plain.replace(at, kApostrophe.size(), "'");
  }
  const std::string_view text = plain.empty() ? raw : std::string_view(plain);
  std::string word;
  for (size_t i = 0; i < text.size(); ++i) {
    if (word_bytes(text, i) > 0 || (!word.empty() && joins(text, i))) {
      word += text[i];
      continue;
    }
    if (!word.empty()) out.push_back(os::to_lower(word));
    word.clear();
    while (i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xC0) == 0x80)
      ++i;  // the rest of a sign
  }
  if (!word.empty()) out.push_back(os::to_lower(word));
  return out;
}

std::string stem(std::string_view lower_word) {
  std::string word(lower_word);
  if (word.empty() || is_digit(word.front())) {
    std::erase(word, ',');
    return word;
  }
  if (ends_with(word, "'s")) word.resize(word.size() - 2);
  const auto cut = [&](size_t count, std::string_view add = {}) {
    word.resize(word.size() - count);
    word += add;
  };
  if (ends_with(word, "ies") && word.size() > 4) {
    cut(3, "y");
  } else if (ends_with(word, "sses") || ends_with(word, "ches") || ends_with(word, "shes") ||
             ends_with(word, "xes")) {
    cut(2);
  } else if (ends_with(word, "s") && word.size() > 3 && !ends_with(word, "ss") && !ends_with(word, "us") &&
             !ends_with(word, "is")) {
    cut(1);
  }
  if (ends_with(word, "ing") && word.size() > 5) {
    cut(3);
    if (word.size() > 3 && word[word.size() - 1] == word[word.size() - 2] && word.back() != 'l' &&
        word.back() != 's')
      cut(1);
  } else if (ends_with(word, "ed") && word.size() > 4) {
    cut(2);
    if (word.size() > 3 && word[word.size() - 1] == word[word.size() - 2] && word.back() != 'l' &&
        word.back() != 's')
      cut(1);
  }
  if (ends_with(word, "ogue")) cut(2);
  if (ends_with(word, "tre")) cut(2, "er");
  if (const size_t our = word.find("our"); our != std::string::npos && our > 1 && word.size() > 5)
    word.erase(our + 1, 1);
  if (ends_with(word, "ise") && word.size() > 5) cut(2, "ze");
  if (ends_with(word, "e") && word.size() > 3) cut(1);
  return std::string(common_synonym(word));
}

std::vector<std::string> terms(std::string_view text) {
  std::vector<std::string> meaningful;
  std::vector<std::string> all;
  for (const std::string& word : words(text)) {
    all.push_back(stem(word));
    if (!is_stop_word(word)) meaningful.push_back(all.back());
  }
  return meaningful.empty() ? all : meaningful;
}

double similarity(std::string_view wanted, std::string_view label) {
  const auto wanted_words = words(wanted);
  const auto label_words = words(label);
  if (wanted_words.empty() || label_words.empty()) return 0;
  if (wanted_words == label_words) return 1;
  const auto want = terms(wanted);
  const auto have = terms(label);
  double matched = 0;
  std::vector<bool> used(have.size());
  for (const std::string& term : want) {
    double best = 0;
    size_t best_index = 0;
    for (size_t i = 0; i < have.size(); ++i) {
      const double match = used[i] ? 0 : stem_match(term, have[i]);
      if (match > best) best = match, best_index = i;
    }
    if (best > 0) used[best_index] = true;
    matched += best;
  }
  const auto want_size = static_cast<double>(want.size());
  const auto have_size = static_cast<double>(have.size());
  double score = 2 * matched / (want_size + have_size);
  if (matched >= want_size * 0.99)
    score = std::max(score, 0.72 + 0.2 * want_size / std::max(have_size, want_size));
  if (matched >= have_size * 0.99) score = std::max(score, 0.5 + 0.3 * have_size / want_size);
  return std::min(score, 0.98);
}

std::vector<std::string> sentences(std::string_view text) {
  std::vector<std::string> out;
  size_t begin = 0;
  const auto flush = [&](size_t end) {
    const std::string_view sentence = os::trim(text.substr(begin, end - begin));
    if (!sentence.empty()) out.emplace_back(sentence);
    begin = end;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      flush(i + 1);
    } else if ((text[i] == '.' || text[i] == '!' || text[i] == '?') && i + 1 < text.size() &&
               text[i + 1] == ' ') {
      // "e.g. this", "No. 5" and initials do not end a sentence.
      const bool initial = text[i] == '.' && i >= 2 && (text[i - 2] == '.' || text[i - 2] == ' ');
      const bool lower_next = i + 2 < text.size() && text[i + 2] >= 'a' && text[i + 2] <= 'z';
      if (!initial && !lower_next) flush(i + 1);
    }
  }
  flush(text.size());
  return out;
}

std::optional<double> first_number(std::string_view text) {
  size_t i = 0;
  while (i < text.size() && !is_digit(text[i])) ++i;
  if (i == text.size()) return std::nullopt;
  const bool negative = i > 0 && text[i - 1] == '-' && (i == 1 || text[i - 2] == ' ');
  std::string digits;
  for (; i < text.size(); ++i) {
    const bool inner = i + 1 < text.size() && is_digit(text[i + 1]);
    if (text[i] == ',' && inner) continue;
    if (is_digit(text[i]) || (text[i] == '.' && inner && !contains(digits, "."))) {
      digits += text[i];
    } else {
      break;
    }
  }
  double value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return negative ? -value : value;
}

std::string format_number(double number) {
  if (std::abs(number - std::round(number)) < 1e-9) return fmt::format("{:.0f}", number);
  return fmt::format("{:.2f}", number);
}

bool has_currency(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kSigns = {"£", "€", "$", "¥", "EUR", "USD", "GBP", "CHF"};
  return first_number(text) &&
         std::ranges::any_of(kSigns, [&](std::string_view sign) { return contains(text, sign); });
}

std::string_view strip(std::string_view text, std::string_view characters) {
  const auto drop = [&](char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || characters.contains(c);
  };
  while (!text.empty() && drop(text.front())) text.remove_prefix(1);
  while (!text.empty() && drop(text.back())) text.remove_suffix(1);
  return text;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool contains_word(std::string_view text, std::string_view lower_word) {
  const auto all = words(text);
  return std::ranges::find(all, lower_word) != all.end();
}

std::string capitalized(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

std::string shortened(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::string_view head = os::utf8_prefix(text, max_bytes);
  if (const size_t space = head.find_last_of(" \n");
      space != std::string_view::npos && space > max_bytes / 2) {
    head = head.substr(0, space);
  }
  return std::string(head) + " …";
}

}  // namespace soma::model::reflex
