// Pictures of dates and times, as XPath's fn:format-dateTime has them: "[Y0001]-[M01]-[D01]", "[MNn] [D1o]".
// Private to jsonata/. Source: XPath and XQuery Functions and Operators 3.1, section 9.8, as far as the
// reference follows it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/jsonata/integer_picture.h"
#include "services/workflow/jsonata/regex.h"

namespace soma::workflow::jsonata {

// One thread at a time may read().
class DatePicture {
 public:
  // Fails with D3131, D3132, D3135.
  static DatePicture parse(std::string_view picture);

  // A moment in milliseconds since 1970, seen from an offset in minutes east of UTC; `offset_text` is that
  // offset as +hhmm has it. Fails with D3130, D3133, D3134.
  std::string format(double millis, std::string_view timezone) const;

  // Milliseconds since 1970; nothing where the text does not fit. What the text leaves open to the left is
  // taken from `now`, to the right it is the least. Fails with D3130, D3133, D3136. `steps` as in search().
  std::optional<double> read(std::string_view text, double now_millis, uint64_t& steps) const;

 private:
  enum class Names { kNone, kLower, kUpper, kTitle };
  struct Part {
    std::string literal{};  // where component is 0
    char component = 0;
    Names names = Names::kNone;
    bool prints_z = false;  // "Z" for UTC
    std::optional<int> least_width{}, most_width{};
    int digits = -1;  // of year, month and day: how many count
    std::optional<IntegerPicture> integer{};
  };
  friend class DateReader;

  static Part parse_marker(std::string_view marker);
  static void read_width(Part& part, std::string_view width);
  static void read_integer(Part& part, const std::string& picture);
  static std::string format_part(const Part& part, double millis, double offset_hours, double offset_minutes);
  static std::string format_offset(const Part& part, double hours, double minutes);
  static std::string format_name(const Part& part, double value);

  std::vector<Part> parts_;
  mutable std::shared_ptr<const Regex> pattern_;  // of texts, made when the first is read
};

}  // namespace soma::workflow::jsonata
