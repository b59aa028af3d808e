#include "services/workflow/engine/timestamp.h"

#include <chrono>

namespace soma::workflow::engine {
namespace {

constexpr size_t kMaxFractionDigits = 9;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool accept(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  bool digit() const { return peek() >= '0' && peek() <= '9'; }

  // Exactly so many digits, at most `most`.
  bool number(int digits, int most, int& value) {
    value = 0;
    for (int i = 0; i < digits; ++i) {
      if (!digit()) return false;
      value = value * 10 + (text_[at_++] - '0');
    }
    return value <= most;
  }

  bool fraction(int32_t& nanoseconds) {
    size_t digits = 0;
    int32_t value = 0;
    for (; digit(); ++at_) {
      if (++digits > kMaxFractionDigits) return false;
      value = value * 10 + (peek() - '0');
    }
    for (size_t i = digits; i < kMaxFractionDigits; ++i) value *= 10;
    nanoseconds = value;
    return digits > 0;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

bool read_date(Reader& reader, std::chrono::sys_days& day) {
  int year = 0;
  int month = 0;
  int date = 0;
  if (!reader.number(4, 9999, year) || !reader.accept('-') || !reader.number(2, 12, month) ||
      !reader.accept('-') || !reader.number(2, 31, date)) {
    return false;
  }
  const std::chrono::year_month_day read{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(date))};
  day = std::chrono::sys_days(read);
  return read.ok();
}

bool read_time(Reader& reader, Timestamp& time) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!reader.number(2, 23, hour) || !reader.accept(':') || !reader.number(2, 59, minute)) return false;
  if (reader.accept(':')) {
    if (!reader.number(2, 59, second)) return false;
    if (reader.accept('.') && !reader.fraction(time.nanoseconds)) return false;
  }
  time.seconds = (hour * 3600) + (minute * 60) + second;
  return true;
}

bool read_offset(Reader& reader, int& seconds) {
  seconds = 0;
  if (reader.accept('Z') || reader.accept('z')) return true;
  const bool west = reader.accept('-');
  if (!west && !reader.accept('+')) return false;
  int hours = 0;
  int minutes = 0;
  if (!reader.number(2, 18, hours) || !reader.accept(':') || !reader.number(2, 59, minutes)) return false;
  seconds = (hours * 3600) + (minutes * 60);
  if (west) seconds = -seconds;
  return true;
}

}  // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  Reader reader(text);
  std::chrono::sys_days day;
  Timestamp time;
  int offset = 0;
  if (!read_date(reader, day) || !(reader.accept('T') || reader.accept('t')) || !read_time(reader, time) ||
      !read_offset(reader, offset) || !reader.at_end()) {
    return std::nullopt;
  }
  time.seconds += static_cast<int64_t>(day.time_since_epoch().count()) * 86'400 - offset;
  return time;
}

}  // namespace soma::workflow::engine
