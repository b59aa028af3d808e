#include <cmath>

#include "services/workflow/jsonata/calendar.h"
#include "services/workflow/jsonata/date_picture.h"
#include "services/workflow/jsonata/functions.h"
#include "services/workflow/jsonata/picture_cache.h"

namespace soma::workflow::jsonata::native {
namespace {

constexpr std::string_view kIsoPicture = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";

constexpr uint64_t kPictureSteps = 32;

double now_millis(Evaluator& evaluator) {
  return static_cast<double>(os::unix_ms(evaluator.surroundings().now));
}

const DatePicture& date_picture(std::string_view text) {
  thread_local PictureCache<DatePicture> pictures;
  return pictures.get(text);
}

Value format(Evaluator& evaluator, double millis, Value picture, Value timezone) {
  static const DatePicture iso = DatePicture::parse(kIsoPicture);
  const std::string_view zone = timezone.is_string() ? timezone.text() : std::string_view();
  if (!picture.is_string()) return evaluator.text(iso.format(millis, zone));
  evaluator.spend(kPictureSteps + picture.text().size() * 2);
  return evaluator.text(date_picture(picture.text()).format(millis, zone));
}

}  // namespace

Value now(Evaluator& evaluator, Args args) {
  return format(evaluator, now_millis(evaluator), args[0], args[1]);
}

Value millis(Evaluator& evaluator, Args) {
  return now_millis(evaluator);
}

Value from_millis(Evaluator& evaluator, Args args) {
  return args[0].is_undefined() ? args[0] : format(evaluator, args[0].number(), args[1], args[2]);
}

Value to_millis(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  std::optional<double> millis;
  if (args[1].is_string()) {
    evaluator.spend(args[1].text().size());
    millis = date_picture(args[1].text()).read(args[0].text(), now_millis(evaluator), evaluator.steps());
  } else {
    millis = read_iso_time(args[0].text());
    if (!millis) throw Failure{.code = "D3110", .value = describe(args[0])};
  }
  return millis ? Value(*millis) : Value();
}

}  // namespace soma::workflow::jsonata::native
