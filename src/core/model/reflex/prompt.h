// A prompt cut into tokens and clauses: quotes, code, URLs and paths stay whole. Private to
// core/model/reflex.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace soma::model::reflex {

enum class TokenKind {
  kWord,
  kNumber,
  kUrl,
  kEmail,
  kPath,
  kQuote,
  kCode,
  kFence,
  kPunctuation,
  kNewline,
  kBullet
};

struct Token {
  TokenKind kind = TokenKind::kWord;
  std::string text;           // what it means: a quote without its quotation marks, a URL with its scheme
  std::string lower;          // of words
  std::string language{};     // of a fence: "python"
  size_t begin = 0, end = 0;  // where it stands in the prompt
};

// At most kMaxPromptTokens; the rest of a longer prompt is not read.
inline constexpr size_t kMaxPromptTokens = 4000;
std::vector<Token> tokenize(std::string_view prompt);

using Clause = std::vector<Token>;
// What is to be done one after the other: sentences, list items, what "then" and "and" join.
std::vector<Clause> clauses(std::string_view prompt);

// "example.com/x" and "localhost:80" with their scheme; empty when the word is no web address.
std::string as_url(std::string_view word);
bool is_imperative(std::string_view lower_word);

}  // namespace soma::model::reflex
