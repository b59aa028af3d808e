#include "app/cli/render/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace soma::cli {

std::string dollars(double usd) {
  if (usd <= 0) return "$0";
  if (usd >= 1) return fmt::format("${:.2f}", usd);
  if (usd >= 0.001) return fmt::format("${:.4f}", usd);
  return usd >= 0.000001 ? fmt::format("${:.6f}", usd) : "under $0.000001";
}

std::string short_time(os::Duration duration) {
  constexpr double kExact = 10, kMinute = 60, kHour = 3'600, kDay = 86'400;
  // Up to two of a unit are told in the smaller one.
  constexpr double kUpTo = 2;
  const double seconds = std::max(0.0, std::chrono::duration<double>(duration).count());
  if (seconds < kExact) return fmt::format("{:.1f}s", seconds);
  if (seconds < kUpTo * kMinute) return fmt::format("{:.0f}s", seconds);
  if (seconds < kUpTo * kHour) return fmt::format("{:.0f}m", seconds / kMinute);
  if (seconds < kUpTo * kDay) return fmt::format("{:.0f}h", seconds / kHour);
  return fmt::format("{:.0f}d", seconds / kDay);
}

}  // namespace soma::cli
