// Reads a date as a picture has it: the picture becomes a regular expression, what its groups have found
// becomes components, and components become a moment, if they are enough for one:
//
//   the date is year, month and day, or year and day of the year; the time is hours to 24, or to 12 and am or
//   pm. What is missing before the first component that is given is today's; what is missing behind the last
//   is the least there is; a gap in between is an error.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "services/workflow/jsonata/calendar.h"
#include "services/workflow/jsonata/date_picture.h"
#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/regex.h"
#include "services/workflow/jsonata/text.h"
#include "services/workflow/jsonata/value.h"

namespace soma::workflow::jsonata {
namespace {

constexpr std::string_view kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday"};
constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

std::string escaped(std::string_view literal) {
  std::string pattern;
  for (const char c : literal) {
    if (std::string_view(".*+?^${}()|[]\\").contains(c)) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// The offset in minutes that "+01:00", "+0100", "+1" or "GMT+01:00" says.
double read_offset(std::string_view text, char32_t separator, bool has_name) {
  if (has_name) text.remove_prefix(std::min<size_t>(3, text.size()));
  double hours, minutes = 0;
  std::string between;
  if (separator != 0) append_code_point(between, separator);
  const size_t at = separator == 0 ? std::string_view::npos : text.find(between);
  if (at != std::string_view::npos) {
    hours = leading_integer(text.substr(0, at));
    minutes = leading_integer(text.substr(at + between.size()));
  } else if (text.size() <= 3) {
    hours = leading_integer(text);
  } else {
    hours = leading_integer(text.substr(0, 3));
    minutes = leading_integer(text.substr(3));
  }
  return hours * 60 + minutes;
}

}  // namespace

class DateReader {
 public:
  using Part = DatePicture::Part;

  explicit DateReader(double now_millis) : now_(now_millis) {}

  std::string pattern(const Part& part) const {
    if (part.component == 0) return escaped(part.literal);
    if (part.component == 'Z' || part.component == 'z') {
      std::string pattern = part.component == 'z' ? "GMT[-+][0-9]+" : "[-+][0-9]+";
      if (part.integer->is_regular) {
        append_code_point(pattern, part.integer->regular.character);
        pattern += "[0-9]+";
      }
      return pattern;
    }
    if (part.integer) return part.integer->pattern(part.digits);
    if (!std::string_view("MxFP").contains(part.component)) {
      throw Failure{.code = "D3133", .value = describe(std::string_view(&part.component, 1))};
    }
    return "[a-zA-Z]+";
  }

  void take(const Part& part, std::string_view text) {
    if (part.component == 0) return;
    components_[part.component] = read(part, text);
  }

  std::optional<double> moment() {
    if (components_.empty()) return std::nullopt;
    const std::string_view date = date_form(), time = time_form();
    complete(std::string(date) + std::string(time));
    if (date[0] == 'X') throw Failure{.code = "D3136"};  // weeks can be written, not read
    const double month = value('M') > 0 ? value('M') - 1 : 0;
    double millis;
    const double hour = time[0] == 'P' ? hour_of_half(value('h'), value('P')) : value('H');
    if (date == "YD") {
      const double start = date_utc(value('Y'), 0) + (value('d') - 1) * kMillisPerDay;
      if (!(std::abs(start) <= kMaxMillis)) return std::numeric_limits<double>::quiet_NaN();
      const CivilTime day = civil_time(start);
      millis = date_utc(value('Y'), day.month - 1, day.day, hour, value('m'), value('s'), value('f'));
    } else {
      millis = date_utc(value('Y'), month, value('D'), hour, value('m'), value('s'), value('f'));
    }
    const double offset = value('Z') != 0 ? value('Z') : value('z');
    return millis - offset * 60 * 1000;
  }

 private:
  static std::optional<double> read(const Part& part, std::string_view text) {
    if (part.component == 'Z' || part.component == 'z') {
      return read_offset(text, part.integer->is_regular ? part.integer->regular.character : 0,
                         part.component == 'z');
    }
    if (part.integer) return part.integer->read(text);
    if (part.component == 'P') {
      if (text == "am" || text == "AM") return 0;
      return text == "pm" || text == "PM" ? std::optional(1.0) : std::nullopt;
    }
    const std::span<const std::string_view> names =
        part.component == 'F' ? std::span<const std::string_view>(kDays) : kMonths;
    const size_t width =
        part.most_width.value_or(0) > 0 ? static_cast<size_t>(*part.most_width) : std::string_view::npos;
    for (size_t at = names.size(); at > 0; --at) {  // of March and May, both "Ma", the later counts
      if (names[at - 1].substr(0, width) == text) return static_cast<double>(at);
    }
    return std::nullopt;
  }

  // What a component is worth; 0 where it is not known.
  double value(char component) const {
    const auto known = components_.find(component);
    return known == components_.end() ? 0 : known->second.value_or(0);
  }

  // Whether of the components `all` some are given that are in `form`, and none that are not.
  bool is_form(std::string_view all, std::string_view form) const {
    bool some = false;
    for (const char component : all) {
      if (value(component) == 0) continue;
      if (!form.contains(component)) return false;
      some = true;
    }
    return some;
  }

  std::string_view date_form() const {
    static constexpr std::string_view kAll = "YXMxWwdD";
    if (is_form(kAll, "YMD")) return "YMD";
    if (is_form(kAll, "Yd")) return "YD";
    if (is_form(kAll, "Xxw")) return "XxwF";
    if (is_form(kAll, "XW")) return "XWF";
    return "YMD";
  }

  std::string_view time_form() const {
    static constexpr std::string_view kAll = "PHhmsf";
    return !is_form(kAll, "Hmsf") && is_form(kAll, "Phmsf") ? "Phmsf" : "Hmsf";
  }

  void complete(const std::string& form) {
    bool started = false, ended = false;
    for (const char component : form) {
      std::optional<double>& given = components_[component];
      if (given) {
        started = true;
        if (ended) throw Failure{.code = "D3136"};
      } else if (started) {
        given = std::string_view("MDd").contains(component) ? 1 : 0;
        ended = true;
      } else {
        given = component == 'P' ? (civil_time(now_).hour >= 12 ? 1 : 0) : date_component(now_, component);
      }
    }
  }

  static double hour_of_half(double hour, double half) {
    return (hour == 12 ? 0 : hour) + (half == 1 ? 12 : 0);
  }

  double now_;
  std::map<char, std::optional<double>> components_;
};

std::optional<double> DatePicture::read(std::string_view text, double now_millis, uint64_t& steps) const {
  DateReader reader(now_millis);
  if (pattern_ == nullptr) {
    std::string pattern = "^";
    for (const Part& part : parts_) pattern.append("(").append(reader.pattern(part)).append(")");
    pattern += '$';
    spend(steps, pattern.size() * 4);
    pattern_ = Regex::compile(pattern, "i", kNoPosition);
  }
  const Subject subject(text);
  RegexScratch scratch;
  const auto match = search(*pattern_, subject, 0, steps, scratch);
  if (!match) return std::nullopt;
  for (size_t at = 0; at < parts_.size(); ++at) {
    std::string storage;
    reader.take(parts_[at], subject.slice(match->groups[at]->start, match->groups[at]->end, storage));
  }
  return reader.moment();
}

}  // namespace soma::workflow::jsonata
