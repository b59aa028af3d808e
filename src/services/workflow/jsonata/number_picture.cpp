// A picture has one sub-picture for all numbers, or a second for negative ones. Each is split into prefix,
// integer, fraction, exponent and suffix, checked, and measured; the number is then written with as many
// digits as the measures ask for, and separators are put in where the picture has them.
#include "services/workflow/jsonata/number_picture.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/rounding.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

constexpr size_t kNone = std::u16string::npos;

struct Parts {
  std::u16string subpicture, prefix, suffix, active, mantissa, integer, fraction;
  std::optional<std::u16string> exponent;
};

using Measures = NumberPicture::Measures;

class Picture {
 public:
  explicit Picture(const NumberSymbols& symbols) : symbols_(symbols) {}

  Parts split(const std::u16string& subpicture) const {
    Parts parts{.subpicture = subpicture};
    const auto bounds = [&](char16_t c) { return is_active(c) && c != symbols_.exponent_separator; };
    const auto first = std::ranges::find_if(subpicture, bounds);
    if (first == subpicture.end()) throw Failure{.code = "D3085"};
    const auto last = std::find_if(subpicture.rbegin(), subpicture.rend(), bounds);
    parts.prefix.assign(subpicture.begin(), first);
    parts.suffix.assign(last.base(), subpicture.end());
    parts.active.assign(first, last.base());
    const size_t exponent = subpicture.find(symbols_.exponent_separator, parts.prefix.size());
    if (exponent == kNone || exponent > subpicture.size() - parts.suffix.size()) {
      parts.mantissa = parts.active;
    } else {
      parts.mantissa = parts.active.substr(0, exponent);
      parts.exponent = parts.active.substr(std::min(exponent + 1, parts.active.size()));
    }
    const size_t point = parts.mantissa.find(symbols_.decimal_separator);
    parts.integer = parts.mantissa.substr(0, point);
    parts.fraction = point == kNone ? parts.suffix : parts.mantissa.substr(point + 1);
    return parts;
  }

  // Of several faults the last one is named, as in the reference.
  void check(const Parts& parts) const {
    std::string_view fault;
    const auto rule = [&](bool broken, std::string_view code) {
      if (broken) fault = code;
    };
    const std::u16string& whole = parts.subpicture;
    const char16_t point = symbols_.decimal_separator, group = symbols_.grouping_separator;
    const size_t point_at = whole.find(point);
    const bool has_percent = whole.contains(symbols_.percent),
               has_per_mille = whole.contains(symbols_.per_mille);
    rule(point_at != whole.rfind(point), "D3081");
    rule(whole.find(symbols_.percent) != whole.rfind(symbols_.percent), "D3082");
    rule(whole.find(symbols_.per_mille) != whole.rfind(symbols_.per_mille), "D3083");
    rule(has_percent && has_per_mille, "D3084");
    rule(std::ranges::none_of(parts.mantissa, [&](char16_t c) { return is_place(c); }), "D3085");
    rule(!std::ranges::all_of(parts.active, [&](char16_t c) { return is_active(c); }), "D3086");
    if (point_at != kNone) {
      rule((point_at > 0 && whole[point_at - 1] == group) ||
               (point_at + 1 < whole.size() && whole[point_at + 1] == group),
           "D3087");
    } else {
      rule(!parts.integer.empty() && parts.integer.back() == group, "D3088");
    }
    rule(whole.contains(std::u16string(2, group)), "D3089");
    const size_t optional = parts.integer.find(symbols_.digit);
    rule(optional != kNone && count_digits(parts.integer.substr(0, optional)) > 0, "D3090");
    const size_t last_optional = parts.fraction.rfind(symbols_.digit);
    rule(last_optional != kNone && count_digits(parts.fraction.substr(last_optional)) > 0, "D3091");
    if (parts.exponent) {
      rule(!parts.exponent->empty() && (has_percent || has_per_mille), "D3092");
      rule(parts.exponent->empty() || count_digits(*parts.exponent) < parts.exponent->size(), "D3093");
    }
    if (!fault.empty()) throw Failure{.code = fault};
  }

  Measures measure(const Parts& parts) const {
    Measures measures{.prefix = parts.prefix, .suffix = parts.suffix, .subpicture = parts.subpicture};
    measures.integer_groups = groups(parts.integer, parts.integer, false);
    measures.fraction_groups = groups(parts.fraction, parts.integer, true);
    measures.regular_group = regular(measures.integer_groups);
    measures.least_integer = measures.scale = count_digits(parts.integer);
    measures.least_fraction = count_digits(parts.fraction);
    measures.most_fraction = count_places(parts.fraction);
    if (measures.least_integer == 0 && measures.most_fraction == 0) {
      if (parts.exponent) {
        measures.least_fraction = measures.most_fraction = 1;
      } else {
        measures.least_integer = 1;
      }
    }
    if (parts.exponent && measures.least_integer == 0 && parts.integer.contains(symbols_.digit))
      measures.least_integer = 1;
    if (measures.least_integer == 0 && measures.least_fraction == 0) measures.least_fraction = 1;
    measures.least_exponent = parts.exponent ? count_digits(*parts.exponent) : 0;
    return measures;
  }

 private:
  bool is_digit(char16_t c) const { return c >= symbols_.zero_digit && c < symbols_.zero_digit + 10; }
  bool is_place(char16_t c) const { return is_digit(c) || c == symbols_.digit; }
  bool is_active(char16_t c) const {
    return is_place(c) || c == symbols_.decimal_separator || c == symbols_.exponent_separator ||
           c == symbols_.grouping_separator || c == symbols_.pattern_separator;
  }
  size_t count_digits(const std::u16string& part) const {
    return static_cast<size_t>(std::ranges::count_if(part, [&](char16_t c) { return is_digit(c); }));
  }
  size_t count_places(const std::u16string& part) const {
    return static_cast<size_t>(std::ranges::count_if(part, [&](char16_t c) { return is_place(c); }));
  }

  // The reference looks for every separator but the first in the integer part.
  std::vector<size_t> groups(const std::u16string& part, const std::u16string& integer, bool to_left) const {
    std::vector<size_t> positions;
    for (size_t at = part.find(symbols_.grouping_separator); at != kNone;
         at = integer.find(symbols_.grouping_separator, at + 1)) {
      const size_t within = std::min(at, part.size());
      positions.push_back(count_places(to_left ? part.substr(0, within) : part.substr(within)));
    }
    return positions;
  }

  static size_t regular(const std::vector<size_t>& positions) {
    if (positions.empty()) return 0;
    const size_t factor = std::accumulate(positions.begin(), positions.end(), size_t{0},
                                          [](size_t a, size_t b) { return std::gcd(a, b); });
    for (size_t index = 1; index <= positions.size(); ++index) {
      if (std::ranges::find(positions, index * factor) == positions.end()) return 0;
    }
    return factor;
  }

  const NumberSymbols& symbols_;
};

class NumberWriter {
 public:
  NumberWriter(const Measures& measures, const NumberSymbols& symbols)
      : measures_(measures), symbols_(symbols) {}

  std::u16string write(double number) {
    if (measures_.subpicture.contains(symbols_.percent)) {
      number *= 100;
    } else if (measures_.subpicture.contains(symbols_.per_mille)) {
      number *= 1000;
    }
    std::optional<int> exponent;
    if (measures_.least_exponent > 0) number = normalise(number, exponent.emplace(0));
    const int places = static_cast<int>(std::min<size_t>(measures_.most_fraction, kMaxFixedDigits));
    text_ = digits(round_half_even(number, places), places);
    pad();
    put_separators();
    if (!measures_.subpicture.contains(symbols_.decimal_separator) || point() + 1 == text_.size())
      text_.pop_back();
    if (exponent) {
      std::u16string written = digits(*exponent, 0);
      if (written.size() < measures_.least_exponent) {
        written.insert(0, measures_.least_exponent - written.size(), symbols_.zero_digit);
      }
      text_ += symbols_.exponent_separator;
      if (*exponent < 0) text_ += symbols_.minus_sign;
      text_ += written;
    }
    return measures_.prefix + text_ + measures_.suffix;
  }

 private:
  // Between 10^(scale-1) and 10^scale.
  double normalise(double number, int& exponent) const {
    if (number == 0 || !std::isfinite(number)) return number;
    const double most = std::pow(10, static_cast<double>(measures_.scale)), least = most / 10;
    for (; std::abs(number) < least; number *= 10) --exponent;
    for (; std::abs(number) > most; number /= 10) ++exponent;
    return number;
  }

  std::u16string digits(double number, int places) const {
    std::u16string result;
    for (const char c : fixed_text(std::abs(number), places)) {
      const bool is_digit = c >= '0' && c <= '9';
      result += is_digit ? static_cast<char16_t>(symbols_.zero_digit + (c - '0')) : static_cast<char16_t>(c);
    }
    return result;
  }

  size_t point() const { return std::min(text_.find(symbols_.decimal_separator), text_.size()); }

  void pad() {
    const size_t written_point = text_.find(u'.');
    if (written_point == kNone) {
      text_ += symbols_.decimal_separator;
    } else {
      text_[written_point] = symbols_.decimal_separator;
    }
    text_.erase(0, std::min(text_.find_first_not_of(symbols_.zero_digit), text_.size()));
    text_.resize(text_.find_last_not_of(symbols_.zero_digit) + 1);
    if (point() < measures_.least_integer)
      text_.insert(0, measures_.least_integer - point(), symbols_.zero_digit);
    const size_t fraction = text_.size() - point() - 1;
    if (fraction < measures_.least_fraction)
      text_.append(measures_.least_fraction - fraction, symbols_.zero_digit);
  }

  // At an index as JavaScript's slice has it: from the end below 0.
  void put(ptrdiff_t index) {
    const auto size = static_cast<ptrdiff_t>(text_.size());
    if (index < 0) index = std::max<ptrdiff_t>(size + index, 0);
    text_.insert(static_cast<size_t>(std::min(index, size)), 1, symbols_.grouping_separator);
  }

  void put_separators() {
    auto before_point = static_cast<ptrdiff_t>(point());
    if (const auto distance = static_cast<ptrdiff_t>(measures_.regular_group); distance > 0) {
      for (ptrdiff_t group = 1, count = (before_point - 1) / distance; group <= count; ++group) {
        put(before_point - group * distance);
      }
    } else {
      for (const size_t position : measures_.integer_groups)
        put(before_point++ - static_cast<ptrdiff_t>(position));
    }
    const auto behind_point = static_cast<ptrdiff_t>(point()) + 1;
    for (const size_t position : measures_.fraction_groups)
      put(behind_point + static_cast<ptrdiff_t>(position));
  }

  const Measures& measures_;
  const NumberSymbols& symbols_;
  std::u16string text_;
};

}  // namespace

void NumberSymbols::set(std::string_view name, std::string_view value) {
  const std::u16string units = to_utf16(value);
  if (units.empty()) return;
  if (name == "decimal-separator") decimal_separator = units[0];
  if (name == "grouping-separator") grouping_separator = units[0];
  if (name == "exponent-separator") exponent_separator = units[0];
  if (name == "zero-digit") zero_digit = units[0];
  if (name == "digit") digit = units[0];
  if (name == "pattern-separator") pattern_separator = units[0];
  if (name == "minus-sign") minus_sign = units;
  if (name == "percent") percent = units;
  if (name == "per-mille") per_mille = units;
}

NumberPicture NumberPicture::parse(std::string_view picture, const NumberSymbols& symbols) {
  const std::u16string whole = to_utf16(picture);
  const size_t separator = whole.find(symbols.pattern_separator);
  if (separator != whole.rfind(symbols.pattern_separator)) throw Failure{.code = "D3080"};
  const Picture reader(symbols);
  std::vector<Parts> parts = {reader.split(whole.substr(0, separator))};
  if (separator != kNone) parts.push_back(reader.split(whole.substr(separator + 1)));
  for (const Parts& part : parts) reader.check(part);
  NumberPicture result;
  result.symbols_ = symbols;
  result.positive_ = reader.measure(parts.front());
  result.negative_ = reader.measure(parts.back());
  if (parts.size() == 1) result.negative_.prefix.insert(0, symbols.minus_sign);
  return result;
}

std::string NumberPicture::format(double number) const {
  return from_utf16(NumberWriter(number >= 0 ? positive_ : negative_, symbols_).write(number));
}

}  // namespace soma::workflow::jsonata
