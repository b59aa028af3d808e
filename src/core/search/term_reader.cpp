#include "core/search/term_reader.h"

#include <libstemmer.h>

#include <algorithm>
#include <memory>
#include <new>

#include "base/os/os.h"
#include "core/search/character.h"
#include "core/search/search.h"

namespace soma::search {
namespace {

// Words that say nothing about what a text is about: function words and the words of questions, as folded.
// In ascending order.
constexpr std::string_view kStopWords[] = {
    "a",     "about", "am",     "an",     "and",   "any",   "are",    "as",   "at",     "be",      "been",
    "being", "but",   "by",     "can",    "could", "did",   "didn't", "do",   "does",   "doesn't", "doing",
    "don't", "for",   "from",   "had",    "has",   "have",  "having", "he",   "her",    "hers",    "him",
    "his",   "how",   "i",      "i'd",    "i'll",  "i'm",   "i've",   "if",   "in",     "into",    "is",
    "isn't", "it",    "it's",   "its",    "me",    "my",    "no",     "not",  "of",     "on",      "or",
    "our",   "she",   "should", "so",     "some",  "such",  "than",   "that", "that's", "the",     "their",
    "them",  "then",  "there",  "these",  "they",  "this",  "those",  "to",   "too",    "very",    "was",
    "we",    "were",  "what",   "what's", "when",  "where", "which",  "who",  "whom",   "whose",   "why",
    "will",  "with",  "would",  "you",    "your",
};
static_assert(std::ranges::is_sorted(kStopWords));

struct StemmerDelete {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

// The Snowball stemmer for English on an ASCII word. A stemmer has a buffer of its own: one for each thread.
void stem(std::string& word) {
  thread_local const std::unique_ptr<sb_stemmer, StemmerDelete> stemmer(sb_stemmer_new("english", "UTF_8"));
  if (!stemmer) throw std::bad_alloc();
  const auto* symbols = reinterpret_cast<const sb_symbol*>(word.data());
  const sb_symbol* stemmed = sb_stemmer_stem(stemmer.get(), symbols, static_cast<int>(word.size()));
  if (stemmed == nullptr) throw std::bad_alloc();
  word.assign(reinterpret_cast<const char*>(stemmed), static_cast<size_t>(sb_stemmer_length(stemmer.get())));
}

bool is_english(std::string_view word) {
  return std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || c == '\''; });
}

}  // namespace

TermReader::TermReader(std::string_view text) : text_(text) {
  if (os::is_valid_utf8(text)) return;
  repaired_ = os::to_valid_utf8(text);
  text_ = repaired_;
}

bool TermReader::next(std::string& term) {
  while (next_word(term)) {
    if (!is_english(term)) return true;
    if (std::ranges::binary_search(kStopWords, std::string_view(term))) continue;
    stem(term);
    if (!term.empty()) return true;
  }
  return false;
}

bool TermReader::next_word(std::string& word) {
  word.clear();
  while (at_ < text_.size()) {
    const Character character = character_at(text_, at_);
    if (character.kind == CharacterKind::kWord) {
      read_spaced(word);
      return true;
    }
    if (character.kind == CharacterKind::kUnspaced) {
      if (read_unspaced(word)) return true;
    } else {
      at_ += character.bytes;
    }
  }
  return false;
}

// Up to the end of the word; a word that is too long goes by its beginning.
void TermReader::read_spaced(std::string& word) {
  while (at_ < text_.size()) {
    const Character character = character_at(text_, at_);
    const size_t after = at_ + character.bytes;
    if (character.kind == CharacterKind::kWord) {
      if (word.size() < kMaxTermBytes) append_folded(word, character.code);
    } else if (is_apostrophe(character.code) && after < text_.size() &&
               character_at(text_, after).kind == CharacterKind::kWord) {
      if (word.size() < kMaxTermBytes) word += '\'';
    } else if (character.kind != CharacterKind::kIgnored) {
      return;
    }
    at_ = after;
  }
}

// A pair of characters, which the next pair overlaps; a character that stands alone, alone. False when the
// character was in the pair before.
bool TermReader::read_unspaced(std::string& word) {
  const Character first = character_at(text_, at_);
  at_ += first.bytes;
  append_folded(word, first.code);
  size_t after = at_;
  while (after < text_.size()) {
    const Character second = character_at(text_, after);
    if (second.kind == CharacterKind::kUnspaced) {
      append_folded(word, second.code);
      at_ = after;
      in_run_ = true;
      return true;
    }
    if (second.kind != CharacterKind::kIgnored) break;
    after += second.bytes;
  }
  const bool alone = !in_run_;
  in_run_ = false;
  if (!alone) word.clear();
  return alone;
}

}  // namespace soma::search
