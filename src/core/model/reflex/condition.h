// Limits that a question sets: "under 20 euros", "after 12:00", "between 5 and 10 kg". Private to
// core/model/reflex.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace soma::model::reflex {

struct Condition {
  enum class Kind { kNumber, kTime, kDate };
  Kind kind = Kind::kNumber;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_inclusive = true, high_inclusive = true;
  std::string measure;  // "price" of "cheaper than", of "£20" and "20 euros"; "weight" of "heavier than"
  std::string unit;     // the word behind the number: "kg", "seats"
  std::string text;     // as it stands in the question: "after 12:00"

  bool accepts(double value) const;
};

// In the order they stand; values are those of sort_value().
std::vector<Condition> conditions(std::string_view question);

}  // namespace soma::model::reflex
