#include "services/workflow/jsonata/date_picture.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "services/workflow/jsonata/calendar.h"
#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/text.h"
#include "services/workflow/jsonata/value.h"

namespace soma::workflow::jsonata {
namespace {

constexpr std::string_view kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday"};
constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
// What a component looks like when the picture does not say.
constexpr std::pair<char, std::string_view> kDefaults[] = {
    {'Y', "1"}, {'M', "1"},     {'D', "1"},     {'d', "1"}, {'F', "n"}, {'W', "1"},  {'w', "1"},
    {'X', "1"}, {'x', "1"},     {'H', "1"},     {'h', "1"}, {'P', "n"}, {'m', "01"}, {'s', "01"},
    {'f', "1"}, {'Z', "01:01"}, {'z', "01:01"}, {'C', "n"}, {'E', "n"}};
constexpr std::string_view kIntegerComponents = "YMDdFWwXxHhmsf";
constexpr std::string_view kSpace = " \t\n\r\v\f";
constexpr int kLargestWidth = 10'000;

std::string described(char component) {
  return describe(std::string_view(&component, 1));
}

std::optional<int> width_of(std::string_view text) {
  const double width = text == "*" ? std::numeric_limits<double>::quiet_NaN() : leading_integer(text);
  if (std::isnan(width)) return std::nullopt;
  return static_cast<int>(std::clamp(width, 0.0, static_cast<double>(kLargestWidth)));
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

}  // namespace

DatePicture DatePicture::parse(std::string_view picture) {
  DatePicture result;
  size_t start = 0;
  const auto literal = [&](size_t end) {
    if (end > start)
      result.parts_.push_back(
          {.literal = replaced(std::string(picture.substr(start, end - start)), "]]", "]")});
  };
  for (size_t at = picture.find('['); at != std::string_view::npos; at = picture.find('[', start)) {
    literal(at);
    if (picture.substr(at + 1).starts_with('[')) {
      result.parts_.push_back({.literal = "["});
      start = at + 2;
      continue;
    }
    const size_t close = picture.find(']', at);
    if (close == std::string_view::npos) throw Failure{.code = "D3135"};
    result.parts_.push_back(parse_marker(picture.substr(at + 1, close - at - 1)));
    start = close + 1;
  }
  literal(picture.size());
  return result;
}

DatePicture::Part DatePicture::parse_marker(std::string_view text) {
  std::string marker;
  std::ranges::copy_if(text, std::back_inserter(marker), [](char c) { return !kSpace.contains(c); });
  Part part{.component = marker.empty() ? '\0' : marker[0]};
  const auto known = std::ranges::find(kDefaults, part.component, &std::pair<char, std::string_view>::first);
  if (known == std::end(kDefaults))
    throw Failure{.code = "D3132", .value = describe(std::string_view(marker).substr(0, 1))};
  const size_t comma = marker.rfind(',');
  if (comma != std::string::npos) read_width(part, std::string_view(marker).substr(comma + 1));
  std::string form = marker.substr(1, comma == std::string::npos ? comma : std::max<size_t>(comma, 1) - 1);
  char modifier = '\0';
  if (form.empty()) {
    form = known->second;
  } else if (form.size() > 1 && std::string_view("atco").contains(form.back())) {
    modifier = form.back();
    form.pop_back();
  }
  part.prints_z = modifier == 't';
  if (form[0] == 'n' || form[0] == 'N') {
    part.names = form[0] == 'n' ? Names::kLower : form.substr(1, 1) == "n" ? Names::kTitle : Names::kUpper;
  } else if (kIntegerComponents.contains(part.component)) {
    read_integer(part, modifier == '\0' ? form : form + ";" + modifier);
  }
  if (part.component == 'Z' || part.component == 'z') part.integer = IntegerPicture::parse(form);
  return part;
}

void DatePicture::read_width(Part& part, std::string_view width) {
  const size_t dash = width.find('-');
  part.least_width = width_of(width.substr(0, dash));
  if (dash != std::string_view::npos) part.most_width = width_of(width.substr(dash + 1));
}

void DatePicture::read_integer(Part& part, const std::string& picture) {
  IntegerPicture& integer = part.integer.emplace(IntegerPicture::parse(picture));
  const bool is_decimal = integer.form == IntegerPicture::Form::kDecimal;
  if (part.least_width && is_decimal)
    integer.mandatory_digits = std::max(integer.mandatory_digits, static_cast<size_t>(*part.least_width));
  if (!std::string_view("YMD").contains(part.component)) return;
  if (part.most_width) {
    part.digits = *part.most_width;
    integer.mandatory_digits = static_cast<size_t>(*part.most_width);
  } else if (const size_t digits = integer.mandatory_digits + integer.optional_digits;
             is_decimal && digits >= 2) {
    part.digits = static_cast<int>(std::min<size_t>(digits, kLargestWidth));
  }
}

// --- Formatting

std::string DatePicture::format(double millis, std::string_view timezone) const {
  double offset_hours = 0, offset_minutes = 0;
  if (timezone.data() != nullptr) {
    const double offset = leading_integer(timezone);
    offset_hours = std::floor(offset / 100);
    offset_minutes = std::fmod(offset, 100);
  }
  const double shifted = std::trunc(millis + (60 * offset_hours + offset_minutes) * 60 * 1000);
  std::string text;
  for (const Part& part : parts_) {
    if (part.component == 0) {
      text += part.literal;
    } else {
      text +=
          std::abs(shifted) <= kMaxMillis ? format_part(part, shifted, offset_hours, offset_minutes) : "NaN";
    }
  }
  return text;
}

std::string DatePicture::format_part(const Part& part, double millis, double offset_hours,
                                     double offset_minutes) {
  if (part.component == 'Z' || part.component == 'z')
    return format_offset(part, offset_hours, offset_minutes);
  if (part.component == 'P') {
    const std::string half = civil_time(millis).hour >= 12 ? "pm" : "am";
    return part.names == Names::kUpper ? upper_case(half) : half;
  }
  if (part.component == 'C' || part.component == 'E') return "ISO";
  double value = date_component(millis, part.component);
  if (part.names != Names::kNone) return format_name(part, value);
  if (part.component == 'Y' && part.digits >= 0) value = std::fmod(value, std::pow(10, part.digits));
  return part.integer->format(value);
}

std::string DatePicture::format_name(const Part& part, double value) {
  const auto index = static_cast<size_t>(value) - 1;
  std::string name;
  if (part.component == 'M' || part.component == 'x') {
    name = kMonths[index];
  } else if (part.component == 'F') {
    name = kDays[index];
  } else {
    throw Failure{.code = "D3133", .value = described(part.component)};
  }
  if (part.names == Names::kUpper) name = upper_case(name);
  if (part.names == Names::kLower) name = lower_case(name);
  if (part.most_width) name = name.substr(0, static_cast<size_t>(*part.most_width));
  return name;
}

std::string DatePicture::format_offset(const Part& part, double hours, double minutes) {
  const double offset = hours * 100 + minutes;
  if (offset == 0 && part.prints_z) return "Z";
  const IntegerPicture& picture = *part.integer;
  std::string text;
  if (picture.is_regular) {
    text = picture.format(offset);
  } else if (picture.mandatory_digits == 1 || picture.mandatory_digits == 2) {
    text = picture.format(hours);
    if (minutes != 0) text += ":" + IntegerPicture::parse("00").format(minutes);
  } else if (picture.mandatory_digits == 3 || picture.mandatory_digits == 4) {
    text = picture.format(offset);
  } else {
    throw Failure{.code = "D3134", .value = std::to_string(picture.mandatory_digits)};
  }
  if (offset >= 0) text.insert(0, "+");
  return part.component == 'z' ? "GMT" + text : text;
}

}  // namespace soma::workflow::jsonata
