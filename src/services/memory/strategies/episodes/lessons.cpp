// The lessons that counts bear: which is clear, and how it is said.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/os/text.h"
#include "services/memory/strategies/episodes/statistics.h"

namespace soma::memory::episodes {
namespace {

constexpr double kDeviates = 1.645;  // 90 %, both sides
constexpr double kLeastConfidence = 0.1;
constexpr size_t kMaxToldValues = 8;

struct Rate {
  int64_t well = 0, calls = 0;
  double share() const { return calls == 0 ? 0 : static_cast<double>(well) / static_cast<double>(calls); }
};

// Wilson's interval of the rate behind `well` of `calls`; calls > 0.
std::pair<double, double> interval(const Rate& rate) {
  const auto n = static_cast<double>(rate.calls);
  const double p = rate.share(), z = kDeviates;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {middle - half, middle + half};
}

struct Value {
  std::string text;
  Rate rate;
};

std::vector<Value> values_of(const json::Value& choice) {
  std::vector<Value> out;
  const json::Value& values = choice.get("values");
  if (!values.is_object()) return out;
  for (const auto& [text, triple] : values.as_object())
    out.push_back({text, {triple.at(0).int_or(0), triple.at(1).int_or(0)}});
  std::ranges::sort(out, [](const Value& left, const Value& right) {
    return left.rate.calls != right.rate.calls ? left.rate.calls > right.rate.calls : left.text < right.text;
  });
  return out;
}

struct Lesson {
  const Value* value = nullptr;
  bool better = false;
  double confidence = 0;
};

// The clearest of the values that stand out; what ends well is told rather than what does not.
std::optional<Lesson> lesson_of(const std::vector<Value>& values) {
  Rate all;
  for (const Value& each : values) all = {all.well + each.rate.well, all.calls + each.rate.calls};
  std::optional<Lesson> best;
  for (const Value& each : values) {
    const Rate others{all.well - each.rate.well, all.calls - each.rate.calls};
    if (each.rate.calls < kLeastCalls || others.calls < kLeastOthers) continue;
    const auto [low, high] = interval(each.rate);
    Lesson found{.value = &each};
    if (low > others.share()) {
      found.better = true;
      found.confidence = low;
    } else if (high < others.share()) {
      found.confidence = 1 - high;
    } else {
      continue;
    }
    if (!best || std::pair(found.better, found.confidence) > std::pair(best->better, best->confidence))
      best = found;
  }
  return best;
}

std::string reflection(std::string title, std::string use_cases, std::string hints, double confidence) {
  const double rounded = std::round(std::clamp(confidence, kLeastConfidence, 1.0) * 100) / 100;
  return json::write(json::object({{"title", std::move(title)},
                                   {"use_cases", std::move(use_cases)},
                                   {"hints", std::move(hints)},
                                   {"confidence", rounded}}));
}

std::string told(const std::string& argument, const std::vector<Value>& values) {
  std::vector<std::string> parts;
  for (const Value& each : values) {
    if (parts.size() == kMaxToldValues) break;
    parts.push_back(fmt::format("{}={}: {} of {} calls ended well", argument, each.text, each.rate.well,
                                each.rate.calls));
  }
  return os::join(parts, "; ") + ". These are counts; they do not say why.";
}

}  // namespace

std::string choice_lesson(const json::Value& notes, const std::string& subject, bool known) {
  const json::Value& choice = notes.get("choices").get(subject);
  const std::string tool(choice.get("tool").string_or(""));
  const std::string argument(choice.get("argument").string_or(""));
  const std::vector<Value> values = values_of(choice);
  const std::optional<Lesson> lesson = lesson_of(values);
  if (!lesson && !known) return {};
  const std::string use_cases = fmt::format("Before {} is called with a choice of {}.", tool, argument);
  if (!lesson)
    return reflection(fmt::format("{}: no {} stands out any more", tool, argument), use_cases,
                      told(argument, values), kLeastConfidence);
  return reflection(fmt::format("{}: {}={} ends well {} often than others", tool, argument,
                                lesson->value->text, lesson->better ? "more" : "less"),
                    use_cases, told(argument, values), lesson->confidence);
}

std::string repair_lesson(const json::Value& notes, const std::string& subject, bool known) {
  const json::Value& repair = notes.get("repairs").get(subject);
  const Rate rate{repair.get("counts").at(0).int_or(0), repair.get("counts").at(1).int_or(0)};
  const bool clear = rate.well >= kLeastRepairs && rate.share() > 0.5;
  if (rate.calls == 0 || (!clear && !known)) return {};
  const std::string_view from = repair.get("from").string_or(""), to = repair.get("to").string_or("");
  return reflection(fmt::format("After {} failed, {} {}", from, to, clear ? "worked" : "did not always work"),
                    fmt::format("When {} has failed.", from),
                    fmt::format("After {} failed, {} came next {} times and worked {} times. These are "
                                "counts; they do not say why.",
                                from, to, rate.calls, rate.well),
                    clear ? interval(rate).first : kLeastConfidence);
}

}  // namespace soma::memory::episodes
