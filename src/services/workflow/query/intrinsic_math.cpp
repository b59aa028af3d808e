#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

#include "services/workflow/query/intrinsic_functions.h"

namespace soma::workflow::query {
namespace {

constexpr bool fits_int32(double number) {
  return number >= INT32_MIN && number <= INT32_MAX;
}

// Half up, towards positive infinity: -1.5 becomes -1.
std::optional<int64_t> rounded(const json::Value& value) {
  if (!value.is_number()) return std::nullopt;
  double number = std::floor(value.as_double() + 0.5);
  if (!fits_int32(number)) return std::nullopt;
  return static_cast<int64_t>(number);
}

// The fraction is cut off.
std::optional<int64_t> truncated(const json::Value& value) {
  if (!value.is_number()) return std::nullopt;
  double number = std::trunc(value.as_double());
  if (!fits_int32(number)) return std::nullopt;
  return static_cast<int64_t>(number);
}

// Any whole number; a fraction is cut off.
std::optional<int64_t> seed_of(const json::Value& value) {
  if (value.type() == json::Type::kInt) return value.as_int();
  return truncated(value);
}

// java.util.Random: a linear congruential generator of 48 bits, of which the upper ones count. The same seed
// gives the same numbers as on the service.
class JavaRandom {
 public:
  explicit JavaRandom(int64_t seed) : state_((static_cast<uint64_t>(seed) ^ kMultiplier) & kMask) {}

  // In [0, bound).
  int32_t below(int32_t bound) {
    int32_t most = bound - 1;
    if ((bound & most) == 0) return static_cast<int32_t>((static_cast<int64_t>(bound) * next(31)) >> 31);
    while (true) {
      int32_t bits = next(31);
      int32_t value = bits % bound;
      if (static_cast<int64_t>(bits) - value + most <= INT32_MAX) return value;
    }
  }

  // In [first, end), where the distance does not fit below().
  int32_t between(int32_t first, int32_t end) {
    while (true) {
      int32_t value = next(32);
      if (value >= first && value < end) return value;
    }
  }

 private:
  static constexpr uint64_t kMultiplier = 0x5DEECE66D;
  static constexpr uint64_t kMask = (1ull << 48) - 1;

  int32_t next(int bits) {
    state_ = (state_ * kMultiplier + 0xB) & kMask;
    return static_cast<int32_t>(static_cast<uint32_t>(state_ >> (48 - bits)));
  }

  uint64_t state_;
};

}  // namespace

// From the first number, inclusive, to the second, exclusive.
IntrinsicResult math_random(IntrinsicValues& values, const jsonata::Surroundings& surroundings) {
  auto first = truncated(*values[0]);
  auto end = truncated(*values[1]);
  std::optional<int64_t> seed =
      values.size() == 3 ? seed_of(*values[2]) : std::bit_cast<int64_t>(surroundings.ids.random_u64());
  if (!first || !end || !seed || *first >= *end) return invalid_arguments("States.MathRandom");
  JavaRandom random(*seed);
  int64_t distance = *end - *first;
  if (distance <= INT32_MAX) return *first + random.below(static_cast<int32_t>(distance));
  return random.between(static_cast<int32_t>(*first), static_cast<int32_t>(*end));
}

IntrinsicResult math_add(IntrinsicValues& values, const jsonata::Surroundings&) {
  auto left = rounded(*values[0]);
  auto right = rounded(*values[1]);
  if (!left || !right || !fits_int32(static_cast<double>(*left + *right))) {
    return invalid_arguments("States.MathAdd");
  }
  return *left + *right;
}

}  // namespace soma::workflow::query
