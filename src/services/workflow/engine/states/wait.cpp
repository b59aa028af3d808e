#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "services/workflow/engine/data_flow.h"
#include "services/workflow/engine/states/states.h"
#include "services/workflow/engine/timestamp.h"

namespace soma::workflow::engine {
namespace {

// Measured on the service: 24,855 days are waited for, 24,856 are not.
constexpr int64_t kMaxWaitSeconds = 2'147'483'647;

std::string text_of(const json::Value& value) {
  return value.is_string() ? value.as_string() : json::write(value);
}

// "The SecondsPath parameter references a negative value: $.a == -1"
std::unexpected<Failure> refuse(const Frame& frame, const Computed& field, std::string_view problem,
                                const json::Value& value) {
  return std::unexpected(
      runtime_failure(frame, fmt::format("The {} parameter {}: {} == {}", field.field, problem,
                                         field.path ? field.path->text() : std::string(), text_of(value))));
}

std::unexpected<Failure> refuse_expression(const Frame& frame, std::string_view location,
                                           std::string_view sentence) {
  Failure failure{.error = std::string(errors::kQueryEvaluation), .cause = in_state(frame, sentence)};
  failure.evaluation = true;
  failure.after_entering = true;
  failure.location = location;
  return std::unexpected(std::move(failure));
}

std::optional<int64_t> whole_number(const json::Value& value) {
  if (value.type() == json::Type::kInt) return value.as_int();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.as_string();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Attempt<int64_t> until_after(const Run& run, const Frame& frame, const Computed& field,
                             const json::Value& value) {
  const auto seconds = whole_number(value);
  if (field.expression) {
    if (!value.is_integer()) {
      return std::unexpected(unexpected_type(frame, *field.expression, "Seconds", "integer", value));
    }
    if (*seconds < 0) {
      return refuse_expression(frame, "Seconds",
                               "The Seconds field references a negative value: " + text_of(value));
    }
  }
  if (!seconds) return refuse(frame, field, "cannot be parsed as a long value", value);
  if (*seconds < 0) return refuse(frame, field, "references a negative value", value);
  if (*seconds > kMaxWaitSeconds) {
    return std::unexpected(runtime_failure(frame, "Wait state delay is too long."));
  }
  return run.now_us() + (*seconds * 1'000'000);
}

Attempt<int64_t> until_time(const Run& run, const Frame& frame, const Computed& field,
                            const json::Value& value) {
  const auto time = value.is_string() ? parse_timestamp(value.as_string()) : std::nullopt;
  if (!time && field.expression) {
    return refuse_expression(frame, "Timestamp",
                             "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time "
                             "format string: " +
                                 text_of(value));
  }
  if (!time) {
    return refuse(frame, field, "does not reference a valid ISO-8601 extended offset date-time format string",
                  value);
  }
  if (time->seconds - (run.now_us() / 1'000'000) > kMaxWaitSeconds) {
    return std::unexpected(runtime_failure(frame, "Wait state delay is too long."));
  }
  // Never before its time: a fraction of a microsecond counts as one.
  return (time->seconds * 1'000'000) + ((time->nanoseconds + 999) / 1'000);
}

Attempt<json::Value> value_of(Run& run, Frame& frame, const Computed& field) {
  auto effective = effective_input(run, frame);
  if (!effective) return std::unexpected(std::move(effective.error()));
  View view(run, frame);
  view.with_input(effective->value());
  auto value = view.evaluate(field);
  if (!value && field.path && value.error().fatal()) {
    return std::unexpected(
        runtime_failure(frame, fmt::format("The {} parameter does not reference an input value: {}",
                                           field.field, field.path->text())));
  }
  return value;
}

}  // namespace

void begin_wait(Run& run, Frame& frame) {
  const auto& details = details_of<WaitDetails>(frame.plan());
  auto value = value_of(run, frame, details.value);
  if (!value) return run.fail(frame, std::move(value.error()));
  auto until = details.is_timestamp ? until_time(run, frame, details.value, *value)
                                    : until_after(run, frame, details.value, *value);
  if (!until) return run.fail(frame, std::move(until.error()));
  if (*until <= run.now_us()) return end_wait(run, frame);
  frame.now.until = *until;
  frame.set_phase(Phase::kWait);
  run.touch(frame);
  run.set_timer(frame);
}

void end_wait(Run& run, Frame& frame) {
  frame.now.until = 0;
  complete(run, frame, nullptr, frame.plan().next);
}

}  // namespace soma::workflow::engine
