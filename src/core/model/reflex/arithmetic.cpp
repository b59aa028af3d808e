#include "core/model/reflex/arithmetic.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/os/os.h"
#include "core/model/reflex/text.h"

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

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Cuts one of the openings, again and again: "what is the result of" is two of them.
bool cut_opening(std::string& text) {
  static constexpr std::array<std::string_view, 21> kOpenings = {
      "what is ",      "what's ",        "how much is ",  "calculate ",  "compute ",    "evaluate ",
      "solve ",        "work out ",      "work out",      "figure out ", "tell me ",    "the result of ",
      "the value of ", "use python to ", "use code to ",  "in python ",  "in python, ", "with python ",
      "with python, ", "using python ",  "using python, "};
  bool cut = false;
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view opening : kOpenings) {
      if (!text.starts_with(opening)) continue;
      text.erase(0, opening.size());
      cut = again = true;
    }
  }
  return cut;
}

void cut_ending(std::string& text) {
  for (const std::string_view joint : {" with ", " using ", " in ", " by "}) {
    for (const std::string_view tool : {"python", "code", "the code interpreter", "the python tool",
                                        "the code tool", "a python script", "python code"}) {
      const std::string end = std::string(joint) + std::string(tool);
      if (text.ends_with(end)) text.resize(text.size() - end.size());
    }
  }
}

// "1,234" is 1234.
void drop_thousands(std::string& text) {
  for (size_t i = 1; i + 3 < text.size(); ++i) {
    const bool group = text[i] == ',' && is_digit(text[i - 1]) && is_digit(text[i + 1]) &&
                       is_digit(text[i + 2]) && is_digit(text[i + 3]) &&
                       (i + 4 == text.size() || !is_digit(text[i + 4]));
    if (group) text.erase(i, 1);
  }
}

// "17% of 2340" is 17*2340/100, which keeps whole numbers whole as long as it can.
void spell_percent(std::string& text) {
  replace_all(text, " percent of ", "% of ");
  replace_all(text, " per cent of ", "% of ");
  const size_t at = text.find("% of ");
  if (at == std::string::npos) return;
  size_t end = at + std::string_view("% of ").size();
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) ++end;
  text.insert(end, "/100");
  text.replace(at, std::string_view("% of ").size(), "*");
}

void spell_signs(std::string& text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kSigns = {
      {{" plus ", "+"},
       {" minus ", "-"},
       {" multiplied by ", "*"},
       {" times ", "*"},
       {" divided by ", "/"},
       {" to the power of ", "^"},
       {" squared", "^2"},
       {" cubed", "^3"},
       {" modulo ", "%"},
       {" mod ", "%"},
       {"×", "*"},
       {"÷", "/"},
       {"−", "-"},
       {" x ", "*"},
       {"**", "^"},
       {"\u00b7", "*"},
       {"the square root of ", "sqrt "}}};
  for (const auto& [word, sign] : kSigns) replace_all(text, word, sign);
  replace_all(text, "square root of ", "sqrt ");
  if (text.starts_with("sqrt ")) text = text.substr(5) + "^0.5";
}

}  // namespace

std::optional<double> evaluate(std::string_view expression) {
  return Parser(expression).run();
}

std::optional<Sum> read_arithmetic(std::string_view text) {
  constexpr size_t kMaxSumBytes = 400;
  if (text.size() > kMaxSumBytes) return std::nullopt;
  std::string rest = os::to_lower(strip(text, "?!.:="));
  Sum sum;
  if (contains_word(rest, "python") || contains_word(rest, "code")) sum.language = "python";
  cut_opening(rest);
  cut_ending(rest);
  rest = strip(rest, "?!.:=`\"'");
  sum.shown = rest;
  drop_thousands(rest);
  spell_percent(rest);
  spell_signs(rest);
  const bool signs_only =
      std::ranges::all_of(rest, [](char c) { return std::string_view("0123456789.+-*/()%^ x").contains(c); });
  const bool operation = rest.find_first_of("+*/%^x") != std::string::npos || contains(rest, " - ") ||
                         contains(sum.shown, " minus ") || (contains(rest, "-") && contains(rest, "("));
  if (!signs_only || !operation || !first_number(rest)) return std::nullopt;
  sum.expression = std::move(rest);
  return sum;
}

}  // namespace soma::model::reflex
