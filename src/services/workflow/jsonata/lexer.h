// Tokens of an expression. Private to jsonata/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace soma::workflow::jsonata {

enum class TokenType { kEnd, kOperator, kName, kVariable, kString, kNumber, kTrue, kFalse, kNull, kRegex };

struct Token {
  TokenType type = TokenType::kEnd;
  std::string text{};   // the operator; the name; the variable without "$"; the string; the regex's pattern
  std::string flags{};  // the regex's
  double number = 0;
  size_t position = 0;  // behind the token, in bytes: what errors name
  size_t start = 0;

  bool is(std::string_view op) const { return type == TokenType::kOperator && text == op; }
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  // A "/" is a division where an operator can stand, else the beginning of a regular expression.
  // Fails with S01xx and S03xx.
  Token next(bool expects_operator);

 private:
  char at(size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }
  void skip_space();
  Token token(TokenType type, std::string text) const;
  Token string();
  char16_t escaped_unit();
  Token regex();
  bool number(Token& token);
  Token quoted_name();
  Token word();

  std::string_view text_;
  size_t at_ = 0;
  size_t start_ = 0;
};

}  // namespace soma::workflow::jsonata
