// Retry and Catch.
#include <algorithm>

#include <fmt/format.h>

#include "services/workflow/definition/reading.h"

namespace soma::workflow {
namespace {

constexpr std::string_view kAllErrors = "States.ALL";

std::vector<std::string> read_errors(const FieldReader& handler) {
  std::vector<std::string> errors;
  const json::Value& names = handler.get("ErrorEquals");
  for (size_t i = 0; names.is_array() && i < names.size(); ++i) {
    if (names.at(i).is_string()) errors.push_back(names.at(i).as_string());
  }
  return errors;
}

// States.ALL matches what no other handler did: it stands alone, and last.
void check_errors(const std::vector<std::string>& errors, bool last, const FieldReader& handler) {
  if (std::ranges::count(errors, kAllErrors) == 0) return;
  if (errors.size() > 1) {
    handler.report().schema(handler.place().member("ErrorEquals"),
                            fmt::format("'{}' must appear alone in 'ErrorEquals'", kAllErrors));
  } else if (!last) {
    handler.report().schema(
        handler.place(),
        fmt::format("Only the last element of the array may have '{}' in 'ErrorEquals'", kAllErrors));
  }
}

}  // namespace

std::vector<Retrier> read_retry(const FieldReader& fields) {
  std::vector<Retrier> retriers;
  const json::Value& retry = fields.get("Retry");
  for (size_t i = 0; retry.is_array() && i < retry.size(); ++i) {
    FieldReader handler = fields.inside("Retry", i);
    if (!check_shape(retry.at(i), kRetrierShape, fields.language(), handler.place(), fields.report()))
      continue;
    Retrier retrier;
    retrier.error_equals = read_errors(handler);
    check_errors(retrier.error_equals, i + 1 == retry.size(), handler);
    retrier.interval_seconds = static_cast<int64_t>(handler.get("IntervalSeconds").double_or(1));
    retrier.max_attempts = static_cast<int64_t>(handler.get("MaxAttempts").double_or(3));
    retrier.backoff_rate = handler.get("BackoffRate").double_or(2.0);
    if (handler.has("MaxDelaySeconds")) {
      retrier.max_delay_seconds = static_cast<int64_t>(handler.get("MaxDelaySeconds").double_or(1));
    }
    retrier.full_jitter = handler.text("JitterStrategy") == "FULL";
    retriers.push_back(std::move(retrier));
  }
  return retriers;
}

std::vector<Catcher> read_catch(const FieldReader& fields, const Surrounding& around, Reading& reading,
                                Transitions& transitions) {
  std::vector<Catcher> catchers;
  const json::Value& list = fields.get("Catch");
  constexpr StatesMembers kAfterError{.error_output = true};
  for (size_t i = 0; list.is_array() && i < list.size(); ++i) {
    FieldReader handler = fields.inside("Catch", i);
    if (!check_shape(list.at(i), kCatcherShape, fields.language(), handler.place(), fields.report()))
      continue;
    Catcher catcher;
    catcher.error_equals = read_errors(handler);
    check_errors(catcher.error_equals, i + 1 == list.size(), handler);
    catcher.next = handler.text("Next");
    transitions.push_back({.target = catcher.next, .place = handler.place().member("Next")});
    if (fields.language() == query::Language::kJsonPath) {
      catcher.result_path = handler.result_place("ResultPath");
    } else {
      catcher.output = handler.payload("Output", kAfterError);
    }
    catcher.assign = handler.assign(kAfterError);
    reading.scopes.assign(around.scope, fields.place().pointer(), handler.get("Assign"), fields.language(),
                          handler.place().member("Assign"));
    catchers.push_back(std::move(catcher));
  }
  return catchers;
}

}  // namespace soma::workflow
