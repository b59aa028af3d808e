#include "core/model/reflex/arithmetic.h"

#include <charconv>
#include <cmath>

namespace soma::model::reflex {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<double> run() {
    const auto value = sum(0);
    skip();
    if (!value || !text_.empty() || !std::isfinite(*value)) return std::nullopt;
    return value;
  }

 private:
  static constexpr int kMaxDepth = 64;

  void skip() {
    while (!text_.empty() && text_.front() == ' ') text_.remove_prefix(1);
  }

  bool take(std::string_view token) {
    skip();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  std::optional<double> sum(int depth) {
    auto left = product(depth);
    while (left) {
      const bool plus = take("+");
      if (!plus && !take("-")) break;
      const auto right = product(depth);
      if (!right) return std::nullopt;
      left = plus ? *left + *right : *left - *right;
    }
    return left;
  }

  std::optional<double> product(int depth) {
    auto left = power(depth);
    while (left) {
      const char sign = take("*") || take("x") ? '*' : take("/") ? '/' : take("%") ? '%' : ' ';
      if (sign == ' ') break;
      const auto right = power(depth);
      if (!right || (sign != '*' && *right == 0)) return std::nullopt;
      left = sign == '*' ? *left * *right : sign == '/' ? *left / *right : std::fmod(*left, *right);
    }
    return left;
  }

  std::optional<double> power(int depth) {
    if (depth > kMaxDepth) return std::nullopt;
    const auto base = atom(depth);
    if (!base || !(take("^") || take("**"))) return base;
    const auto exponent = power(depth + 1);
    if (!exponent) return std::nullopt;
    return std::pow(*base, *exponent);
  }

  std::optional<double> atom(int depth) {
    if (depth > kMaxDepth) return std::nullopt;
    if (take("-")) {
      const auto value = power(depth + 1);
      return value ? std::optional(-*value) : std::nullopt;
    }
    if (take("(")) {
      const auto value = sum(depth + 1);
      return take(")") ? value : std::nullopt;
    }
    skip();
    double value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc()) return std::nullopt;
    text_.remove_prefix(static_cast<size_t>(end - text_.data()));
    return value;
  }

  std::string_view text_;
};

}  // namespace

std::optional<double> evaluate(std::string_view expression) {
  return Parser(expression).run();
}

}  // namespace soma::model::reflex
