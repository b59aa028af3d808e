#include "services/workflow/rollout/rollout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json/schema.h"

namespace soma::workflow::rollout {
namespace {

using json::Value;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kKindNames[] = {"ALL_AT_ONCE", "CANARY", "LINEAR"};

constexpr std::string_view kSchemaText = R"json({
  "type": "object",
  "required": ["type"],
  "properties": {
    "type": {"enum": ["ALL_AT_ONCE", "CANARY", "LINEAR"]},
    "percentage": {"type": "integer", "minimum": 1, "maximum": 99},
    "intervalSeconds": {"type": "integer", "minimum": 1, "maximum": 2592000},
    "minEnded": {"type": "integer", "minimum": 1, "maximum": 1000000},
    "significance": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5},
    "maxP95Ratio": {"type": "number", "minimum": 1, "maximum": 1000},
    "p95SlackMs": {"type": "integer", "minimum": 0, "maximum": 3600000}
  },
  "additionalProperties": false
})json";

double log_choose(uint64_t n, uint64_t k) {
  const auto of = [](uint64_t x) { return std::lgamma(static_cast<double>(x) + 1); };
  return of(n) - of(k) - of(n - k);
}

int64_t ms(os::Duration duration) {
  return duration_cast<milliseconds>(duration).count();
}

// Why the new version must not go on; empty when it may.
std::string breach(const Plan& plan, const Evidence& seen) {
  if (seen.p_value < plan.significance)
    return fmt::format(
        "{} of {} executions of the new version failed, {} of {} of the old one (p = {:.4f}, limit {})",
        seen.new_failed, seen.new_ended, seen.old_failed, seen.old_ended, seen.p_value, plan.significance);
  const auto allowed = static_cast<double>(seen.old_p95.count()) * plan.max_p95_ratio;
  if (seen.old_ended >= plan.min_ended && static_cast<double>(seen.new_p95.count()) > allowed &&
      seen.new_p95 - seen.old_p95 > plan.p95_slack)
    return fmt::format("the new version's 95th percentile is {} ms, the old one's {} ms (limit {} times)",
                       ms(seen.new_p95), ms(seen.old_p95), plan.max_p95_ratio);
  return "";
}

int64_t next_weight(const Plan& plan, int64_t weight) {
  return plan.kind == Kind::kLinear ? std::min<int64_t>(100, weight + plan.step_percent) : 100;
}

}  // namespace

os::Result<Plan> read_plan(const Value& value, std::string_view text, std::string_view source) {
  static const json::Schema schema = json::Schema::compile(json::parse(kSchemaText).value()).value();
  if (const auto violations = schema.validate(value); !violations.empty())
    return std::unexpected(json::violations_error(violations, text, source));
  Plan out;
  const auto kind = std::ranges::find(kKindNames, value.get("type").string_or(""));
  out.kind = static_cast<Kind>(kind - std::begin(kKindNames));
  out.step_percent = value.get("percentage").int_or(out.step_percent);
  out.interval = seconds(value.get("intervalSeconds").int_or(duration_cast<seconds>(out.interval).count()));
  out.min_ended = static_cast<uint64_t>(value.get("minEnded").int_or(static_cast<int64_t>(out.min_ended)));
  out.significance = value.get("significance").double_or(out.significance);
  out.max_p95_ratio = value.get("maxP95Ratio").double_or(out.max_p95_ratio);
  out.p95_slack = milliseconds(value.get("p95SlackMs").int_or(ms(out.p95_slack)));
  return out;
}

Value to_json(const Plan& plan) {
  return json::object({{"type", kKindNames[static_cast<size_t>(plan.kind)]},
                       {"percentage", plan.step_percent},
                       {"intervalSeconds", duration_cast<seconds>(plan.interval).count()},
                       {"minEnded", plan.min_ended},
                       {"significance", plan.significance},
                       {"maxP95Ratio", plan.max_p95_ratio},
                       {"p95SlackMs", ms(plan.p95_slack)}});
}

Evidence evidence_of(const Arm& before, const Arm& after) {
  return {before.ended(),
          before.failed,
          after.ended(),
          after.failed,
          fisher_exact(before.ended(), before.failed, after.ended(), after.failed),
          percentile(before.durations, 0.95),
          percentile(after.durations, 0.95)};
}

Value to_json(const Evidence& evidence) {
  return json::object({{"oldEnded", evidence.old_ended},
                       {"oldFailed", evidence.old_failed},
                       {"newEnded", evidence.new_ended},
                       {"newFailed", evidence.new_failed},
                       {"pValue", evidence.p_value},
                       {"oldP95Ms", ms(evidence.old_p95)},
                       {"newP95Ms", ms(evidence.new_p95)}});
}

std::string_view action_name(Action action) {
  switch (action) {
    case Action::kHold:
      return "hold";
    case Action::kAdvance:
      return "advance";
    case Action::kComplete:
      return "complete";
    case Action::kRollBack:
      return "rollback";
  }
  return "";
}

void Arm::add(bool success, os::Duration duration) {
  const size_t place = static_cast<size_t>(ended() % kMaxSamples);
  ++(success ? succeeded : failed);
  if (durations.size() < kMaxSamples) {
    durations.push_back(duration);
  } else {
    durations[place] = duration;
  }
}

int64_t first_weight(const Plan& plan) {
  return plan.kind == Kind::kAllAtOnce ? 100 : plan.step_percent;
}

Decision decide(const Plan& plan, int64_t weight, os::Duration since, const Arm& before, const Arm& after) {
  Decision out{Action::kHold, weight, "", evidence_of(before, after)};
  if (after.ended() < plan.min_ended) {
    out.reason =
        fmt::format("{} of {} executions of the new version have ended", after.ended(), plan.min_ended);
    return out;
  }
  if (const std::string why = breach(plan, out.evidence); !why.empty())
    return {Action::kRollBack, 0, why, out.evidence};
  if (since < plan.interval) {
    out.reason = fmt::format("{} of {} s at {}%", duration_cast<seconds>(since).count(),
                             duration_cast<seconds>(plan.interval).count(), weight);
    return out;
  }
  if (weight >= 100) return {Action::kComplete, 100, "nothing speaks against the new version", out.evidence};
  const int64_t next = next_weight(plan, weight);
  return {next >= 100 ? Action::kComplete : Action::kAdvance, next,
          fmt::format("nothing speaks against the new version at {}%", weight), out.evidence};
}

double fisher_exact(uint64_t old_ended, uint64_t old_failed, uint64_t new_ended, uint64_t new_failed) {
  const uint64_t failed = old_failed + new_failed, all = old_ended + new_ended;
  double sum = 0;
  for (uint64_t k = new_failed; k <= std::min(failed, new_ended); ++k) {
    if (failed - k > old_ended) continue;
    sum += std::exp(log_choose(new_ended, k) + log_choose(old_ended, failed - k) - log_choose(all, failed));
  }
  return std::min(sum, 1.0);
}

os::Duration percentile(std::vector<os::Duration> durations, double share) {
  if (durations.empty()) return {};
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(durations.size())));
  const size_t place = std::clamp<size_t>(rank, 1, durations.size()) - 1;
  std::ranges::nth_element(durations, durations.begin() + static_cast<std::ptrdiff_t>(place));
  return durations[place];
}

}  // namespace soma::workflow::rollout
