#include <algorithm>
#include <unordered_map>
#include <vector>

#include "services/workflow/jsonata/functions.h"
#include "services/workflow/jsonata/merge_sort.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata::native {
namespace {

bool are_all(Value array, Tag tag) {
  for (size_t at = 0; at < array.size(); ++at) {
    if (array.item(at).tag() != tag || (tag == Tag::kNumber && !is_numeric(array.item(at)))) return false;
  }
  return true;
}

bool follows(Value left, Value right) {
  if (left.is_number()) return left.number() > right.number();
  return compare_units(left.text(), right.text()) > 0;
}

}  // namespace

Value append(Evaluator& evaluator, Args args) {
  const size_t added = args[1].is_array() ? args[1].size() : 1;
  evaluator.spend((added + (args[0].is_array() && !grows_in_place(args[0], added) ? args[0].size() : 0)) / 8);
  return jsonata::append(evaluator.memory(), args[0], args[1]);
}

Value reverse(Evaluator& evaluator, Args args) {
  const Value array = args[0];
  if (array.is_undefined() || array.size() <= 1) return array;
  evaluator.spend(array.size() / 8);
  Array* reversed = make_array(evaluator.memory(), array.size());
  for (size_t at = array.size(); at-- > 0;) push(evaluator.memory(), reversed, array.item(at));
  return reversed;
}

Value sort(Evaluator& evaluator, Args args) {
  const Value array = args[0], comparator = args[1];
  if (array.is_undefined() || array.size() <= 1) return array;
  if (comparator.is_undefined() && !are_all(array, Tag::kNumber) && !are_all(array, Tag::kString)) {
    throw Failure{.code = "D3070", .index = 1};
  }
  evaluator.spend(array.size());
  const auto order = merge_sort(array.size(), [&](uint32_t left, uint32_t right) {
    const Value pair[] = {array.item(left), array.item(right)};
    evaluator.spend(1 + (pair[0].is_string() ? pair[0].text().size() / kBytesPerStep : 0));
    return comparator.is_undefined() ? follows(pair[0], pair[1])
                                     : is_truthy(evaluator.call(comparator, pair));
  });
  Array* sorted = make_array(evaluator.memory(), array.size());
  for (const uint32_t item : order) push(evaluator.memory(), sorted, array.item(item));
  return sorted;
}

// Fisher and Yates, from the inside out.
Value shuffle(Evaluator& evaluator, Args args) {
  const Value array = args[0];
  if (array.is_undefined() || array.size() <= 1) return array;
  evaluator.spend(array.size());
  Array* shuffled = make_array(evaluator.memory(), array.size());
  for (size_t at = 0; at < array.size(); ++at) {
    const size_t other = evaluator.surroundings().ids.random_u64() % (at + 1);
    push(evaluator.memory(), shuffled, array.item(at));
    std::swap(shuffled->items[at], shuffled->items[other]);
  }
  return shuffled;
}

Value distinct(Evaluator& evaluator, Args args) {
  const Value array = args[0];
  if (!array.is_array() || array.size() <= 1) return array;
  Array* found = make_array(evaluator.memory(), 0);
  found->sequence = array.is_sequence();
  std::unordered_multimap<uint64_t, Value> seen;
  for (size_t at = 0; at < array.size(); ++at) {
    evaluator.spend(1);
    const Value value = array.item(at);
    const uint64_t key = hash(value, evaluator.steps());
    const auto [first, last] = seen.equal_range(key);
    const bool known = std::any_of(
        first, last, [&](const auto& other) { return deep_equal(value, other.second, evaluator.steps()); });
    if (known) continue;
    seen.emplace(key, value);
    push(evaluator.memory(), found, value);
  }
  return found;
}

Value zip(Evaluator& evaluator, Args args) {
  size_t size = SIZE_MAX;
  for (const Value array : args) size = std::min(size, array.is_array() ? array.size() : 0);
  if (args.empty()) size = 0;
  evaluator.spend(size * args.size() / 4);
  Array* zipped = make_array(evaluator.memory(), size);
  for (size_t at = 0; at < size; ++at) {
    Array* tuple = make_array(evaluator.memory(), args.size());
    for (const Value array : args) push(evaluator.memory(), tuple, array.item(at));
    push(evaluator.memory(), zipped, tuple);
  }
  return zipped;
}

}  // namespace soma::workflow::jsonata::native
