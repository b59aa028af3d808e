// A stable sort whose comparison may be the expression's own, and so anything: it stays within its bounds
// whatever the comparison says. Private to jsonata/.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

namespace soma::workflow::jsonata {

namespace merge_sort_detail {

template <class Follows>
void sort(std::vector<uint32_t>& order, std::vector<uint32_t>& scratch, size_t begin, size_t end,
          Follows& follows) {
  if (end - begin <= 1) return;
  const size_t middle = begin + (end - begin) / 2;
  sort(order, scratch, begin, middle, follows);
  sort(order, scratch, middle, end, follows);
  size_t left = begin, right = middle, out = begin;
  while (left < middle && right < end) {
    scratch[out++] = follows(order[left], order[right]) ? order[right++] : order[left++];
  }
  while (left < middle) scratch[out++] = order[left++];
  while (right < end) scratch[out++] = order[right++];
  for (size_t at = begin; at < end; ++at) order[at] = scratch[at];
}

}  // namespace merge_sort_detail

// The order of `size` items. follows(a, b): item a, which stands before b, must come behind it.
template <class Follows>
std::vector<uint32_t> merge_sort(size_t size, Follows follows) {
  std::vector<uint32_t> order(size), scratch(size);
  std::iota(order.begin(), order.end(), 0u);
  merge_sort_detail::sort(order, scratch, 0, size, follows);
  return order;
}

}  // namespace soma::workflow::jsonata
