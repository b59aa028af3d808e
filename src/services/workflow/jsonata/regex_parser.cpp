#include <algorithm>
#include <map>
#include <optional>

#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/regex_syntax.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

using Kind = Term::Kind;

constexpr uint32_t kMostRepetitions = 1'000'000'000;

TermPointer make(Kind kind) {
  auto term = std::make_unique<Term>();
  term->kind = kind;
  return term;
}

bool is_digit(int c) {
  return c >= '0' && c <= '9';
}

int hex_value(int c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

UnitSet digits() {
  UnitSet set;
  set.add('0', '9');
  return set;
}

UnitSet word_units() {
  UnitSet set = digits();
  set.add('A', 'Z');
  set.add('a', 'z');
  set.add('_', '_');
  return set;
}

UnitSet space_units() {
  UnitSet set;
  set.add('\t', '\r');
  set.add(0x2000, 0x200A);
  for (const char16_t unit : {0x20, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF})
    set.add(unit, unit);
  return set;
}

UnitSet line_ends() {
  UnitSet set;
  for (const char16_t unit : {0x0A, 0x0D, 0x2028, 0x2029}) set.add(unit, unit);
  return set;
}

// \d \D \w \W \s \S; nothing for another letter.
std::optional<UnitSet> class_escape(int letter) {
  std::optional<UnitSet> set;
  if (letter == 'd' || letter == 'D') set = digits();
  if (letter == 'w' || letter == 'W') set = word_units();
  if (letter == 's' || letter == 'S') set = space_units();
  if (letter == 'D' || letter == 'W' || letter == 'S') set->invert();
  return set;
}

class PatternParser {
 public:
  PatternParser(std::u16string_view pattern, size_t position) : pattern_(pattern), position_(position) {
    find_groups();
  }

  ParsedPattern parse() {
    TermPointer whole = alternatives();
    if (at_ < pattern_.size()) refuse("unmatched ')'");
    return {std::move(whole), group_count_};
  }

 private:
  [[noreturn]] void refuse(std::string_view why) const {
    throw Failure{.code = "S0303", .position = position_, .message = std::string(why)};
  }

  int peek(size_t ahead = 0) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : -1; }
  bool accept(std::u16string_view text) {
    if (!pattern_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  // Numbers and names of all groups: a reference may stand before its group.
  void find_groups() {
    bool in_class = false;
    for (size_t at = 0; at < pattern_.size(); ++at) {
      const char16_t c = pattern_[at];
      if (c == '\\') {
        ++at;
      } else if (in_class) {
        in_class = c != ']';
      } else if (c == '[') {
        in_class = true;
      } else if (c == '(' && pattern_.substr(at + 1, 1) != u"?") {
        ++total_groups_;
      } else if (c == '(' && pattern_.substr(at + 1).starts_with(u"?<") &&
                 !std::u16string_view(u"=!").contains(at + 3 < pattern_.size() ? pattern_[at + 3] : u'=')) {
        const size_t close = std::min(pattern_.find(u'>', at), pattern_.size());
        names_[std::u16string(pattern_.substr(at + 3, close - at - 3))] = ++total_groups_;
      }
    }
  }

  TermPointer alternatives() {
    if (++depth_ > kMaxPatternNesting) refuse("nests deeper than kMaxPatternNesting");
    TermPointer first = sequence();
    if (peek() == '|') {
      TermPointer all = make(Kind::kAlternatives);
      all->parts.push_back(std::move(first));
      while (accept(u"|")) all->parts.push_back(sequence());
      first = std::move(all);
    }
    --depth_;
    return first;
  }

  TermPointer sequence() {
    TermPointer all = make(Kind::kSequence);
    while (at_ < pattern_.size() && peek() != '|' && peek() != ')') {
      const uint32_t groups_before = group_count_;
      bool repeatable = true;
      TermPointer term = one(repeatable);
      all->parts.push_back(repeatable ? repeated(std::move(term), groups_before) : std::move(term));
    }
    return all;
  }

  TermPointer repeated(TermPointer term, uint32_t groups_before) {
    uint32_t least = 0, most = UINT32_MAX;
    if (accept(u"+")) {
      least = 1;
    } else if (accept(u"?")) {
      most = 1;
    } else if (!accept(u"*") && !counts(least, most)) {
      return term;
    }
    TermPointer repeat = make(Kind::kRepeat);
    repeat->greedy = !accept(u"?");
    repeat->least = least;
    repeat->most = most;
    repeat->first_group = groups_before + 1;
    repeat->last_group = group_count_;
    repeat->parts.push_back(std::move(term));
    return repeat;
  }

  // {n}, {n,} or {n,m}; anything else is a brace.
  bool counts(uint32_t& least, uint32_t& most) {
    const size_t start = at_;
    const auto number = [&](uint32_t& value) {
      const size_t first = at_;
      uint64_t sum = 0;
      for (; is_digit(peek()); ++at_)
        sum = std::min<uint64_t>(sum * 10 + static_cast<uint64_t>(peek() - '0'), kMostRepetitions);
      value = static_cast<uint32_t>(sum);
      return at_ > first;
    };
    if (accept(u"{") && number(least)) {
      most = least;
      if (accept(u",") && !number(most)) most = UINT32_MAX;
      if (accept(u"}")) {
        if (most < least) refuse("numbers out of order in {} quantifier");
        return true;
      }
    }
    at_ = start;
    return false;
  }

  TermPointer one(bool& repeatable) {
    const int c = peek();
    if (c == '^' || c == '$') {
      ++at_;
      repeatable = false;
      return make(c == '^' ? Kind::kLineStart : Kind::kLineEnd);
    }
    if (accept(u"\\b") || accept(u"\\B")) {
      repeatable = false;
      return make(pattern_[at_ - 1] == 'b' ? Kind::kBoundary : Kind::kNotBoundary);
    }
    if (c == '(') return group(repeatable);
    if (c == '[') return set();
    if (accept(u".")) {
      UnitSet all = line_ends();
      all.invert();
      return of_set(std::move(all));
    }
    if (c == '\\') return escape();
    uint32_t least, most;
    if (c == '*' || c == '+' || c == '?' || counts(least, most)) refuse("nothing to repeat");
    ++at_;
    return of_unit(static_cast<char16_t>(c));
  }

  static TermPointer of_unit(char16_t unit) {
    TermPointer term = make(Kind::kUnit);
    term->unit = unit;
    return term;
  }

  static TermPointer of_set(UnitSet set) {
    TermPointer term = make(Kind::kSet);
    term->set = std::move(set);
    return term;
  }

  TermPointer group(bool& repeatable) {
    ++at_;
    TermPointer term = make(Kind::kGroup);
    if (accept(u"?=") || accept(u"?!")) {
      term->kind = Kind::kLook;
      term->negative = pattern_[at_ - 1] == '!';
    } else if (accept(u"?<=") || accept(u"?<!")) {
      term->kind = Kind::kLook;
      term->backward = true;
      term->negative = pattern_[at_ - 1] == '!';
      repeatable = false;
    } else if (accept(u"?<")) {
      const size_t close = pattern_.find(u'>', at_);
      if (close == std::u16string_view::npos || close == at_) refuse("invalid capture group name");
      at_ = close + 1;
      term->group = ++group_count_;
    } else if (accept(u"?:")) {
      term->group = 0;
    } else if (peek() == '?') {
      refuse("invalid group");
    } else {
      term->group = ++group_count_;
    }
    term->parts.push_back(alternatives());
    if (!accept(u")")) refuse("unterminated group");
    return term;
  }

  TermPointer escape() {
    ++at_;
    const int c = peek();
    if (c < 0) refuse("\\ at end of pattern");
    if (auto set = class_escape(c)) {
      ++at_;
      return of_set(std::move(*set));
    }
    if (c >= '1' && c <= '9') {
      size_t end = at_;
      uint32_t number = 0;
      while (end < pattern_.size() && is_digit(pattern_[end]) && number <= total_groups_)
        number = number * 10 + static_cast<uint32_t>(pattern_[end++] - '0');
      if (number <= total_groups_) {
        at_ = end;
        return back_reference(number);
      }
    }
    if (c == 'k' && !names_.empty()) {
      const size_t close = pattern_.find(u'>', at_);
      if (peek(1) != '<' || close == std::u16string_view::npos) refuse("invalid named reference");
      const auto name = names_.find(std::u16string(pattern_.substr(at_ + 2, close - at_ - 2)));
      if (name == names_.end()) refuse("invalid named capture referenced");
      at_ = close + 1;
      return back_reference(name->second);
    }
    return of_unit(unit_escape(false));
  }

  static TermPointer back_reference(uint32_t group) {
    TermPointer term = make(Kind::kBackReference);
    term->group = group;
    return term;
  }

  // What stands for one unit behind a backslash.
  char16_t unit_escape(bool in_class) {
    const int c = peek();
    ++at_;
    static constexpr std::u16string_view kLetters = u"tnvfr", kUnits = u"\t\n\v\f\r";
    if (const size_t known = kLetters.find(static_cast<char16_t>(c)); known != std::u16string_view::npos)
      return kUnits[known];
    if (in_class && c == 'b') return '\b';
    if (c == 'x' || c == 'u') {
      const size_t length = c == 'x' ? 2 : 4;
      int value = 0;
      for (size_t digit = 0; digit < length && value >= 0; ++digit) {
        const int hex = hex_value(peek(digit));
        value = hex < 0 ? -1 : value * 16 + hex;
      }
      if (value < 0) return static_cast<char16_t>(c);
      at_ += length;
      return static_cast<char16_t>(value);
    }
    if (c == 'c') {
      const int letter = peek();
      const bool is_letter = (letter | 32) >= 'a' && (letter | 32) <= 'z';
      if (is_letter || (in_class && (is_digit(letter) || letter == '_'))) {
        ++at_;
        return static_cast<char16_t>(letter & 31);
      }
      --at_;
      return '\\';
    }
    if (c >= '0' && c <= '7') {
      int value = c - '0';
      const int longest = c <= '3' ? 2 : 1;
      for (int more = 0; more < longest && peek() >= '0' && peek() <= '7'; ++more)
        value = value * 8 + (pattern_[at_++] - '0');
      return static_cast<char16_t>(value);
    }
    return static_cast<char16_t>(c);
  }

  // One end of a range; nothing where it is a class of its own, which is added.
  std::optional<char16_t> class_unit(UnitSet& set) {
    if (!accept(u"\\")) return pattern_[at_++];
    if (at_ == pattern_.size()) refuse("\\ at end of pattern");
    if (auto escaped = class_escape(peek())) {
      ++at_;
      set.add(*escaped);
      return std::nullopt;
    }
    return unit_escape(true);
  }

  TermPointer set() {
    ++at_;
    UnitSet result;
    const bool inverted = accept(u"^");
    while (peek() != ']') {
      if (at_ == pattern_.size()) refuse("unterminated character class");
      const auto first = class_unit(result);
      if (peek() == '-' && peek(1) >= 0 && peek(1) != ']') {
        ++at_;
        const auto last = class_unit(result);
        if (first && last) {
          if (*last < *first) refuse("range out of order in character class");
          result.add(*first, *last);
          continue;
        }
        result.add('-', '-');
        if (last) result.add(*last, *last);
      }
      if (first) result.add(*first, *first);
    }
    ++at_;
    if (inverted) result.invert();
    return of_set(std::move(result));
  }

  std::u16string_view pattern_;
  size_t position_;
  size_t at_ = 0;
  size_t depth_ = 0;
  uint32_t group_count_ = 0;  // so far
  uint32_t total_groups_ = 0;
  std::map<std::u16string, uint32_t> names_;
};

}  // namespace

ParsedPattern parse_pattern(std::u16string_view pattern, size_t position) {
  return PatternParser(pattern, position).parse();
}

}  // namespace soma::workflow::jsonata
