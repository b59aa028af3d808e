#include <algorithm>

#include "services/workflow/jsonata/regex.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

constexpr char16_t kLastUnit = 0xFFFF;

using Range = std::pair<char16_t, char16_t>;

void sort_and_merge(std::vector<Range>& ranges) {
  std::ranges::sort(ranges);
  std::vector<Range> merged;
  for (const auto& [first, last] : ranges) {
    if (!merged.empty() && first <= merged.back().second + 1) {
      merged.back().second = std::max(merged.back().second, last);
    } else {
      merged.emplace_back(first, last);
    }
  }
  ranges = std::move(merged);
}

}  // namespace

char16_t fold_case(char16_t unit) {
  const char32_t upper = simple_upper(unit);
  if (upper > kLastUnit || (unit >= 128 && upper < 128)) return unit;
  return static_cast<char16_t>(upper);
}

void UnitSet::add(char16_t first, char16_t last) {
  ranges_.emplace_back(first, last);
}

void UnitSet::add(const UnitSet& other) {
  if (!other.inverted_) {
    ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
    return;
  }
  std::vector<Range> excluded = other.ranges_;
  sort_and_merge(excluded);
  unsigned next = 0;
  for (const auto& [first, last] : excluded) {
    if (first > next) add(static_cast<char16_t>(next), static_cast<char16_t>(first - 1));
    next = last + 1u;
  }
  if (next <= kLastUnit) add(static_cast<char16_t>(next), kLastUnit);
}

void UnitSet::close(bool ignore_case) {
  ignore_case_ = ignore_case;
  sort_and_merge(ranges_);
  for (char16_t unit = 0; unit < 128; ++unit) ascii_[unit] = contains_wide(unit);
}

bool UnitSet::in_ranges(char16_t unit) const {
  const auto range = std::ranges::lower_bound(ranges_, unit, {}, &Range::second);
  return range != ranges_.end() && range->first <= unit;
}

bool UnitSet::contains_wide(char16_t unit) const {
  bool found = in_ranges(unit);
  if (!found && ignore_case_) {
    const char16_t folded = fold_case(unit);
    const auto same = [&](char32_t other) {
      return other <= kLastUnit && fold_case(static_cast<char16_t>(other)) == folded &&
             in_ranges(static_cast<char16_t>(other));
    };
    found = same(folded) || same(simple_lower(unit)) || same(simple_lower(folded));
  }
  return found != inverted_;
}

}  // namespace soma::workflow::jsonata
