#include "services/workflow/jsonata/memory.h"

#include <algorithm>

#include "services/workflow/jsonata/failure.h"

namespace soma::workflow::jsonata {
namespace {

constexpr size_t kLeastBlockBytes = 16u << 10;
constexpr size_t kLargestGrowthBytes = 4u << 20;
// Shorter texts are copied: room behind each would cost more than it saves.
constexpr size_t kLeastGrownBytes = 64;

}  // namespace

void Memory::expect(size_t bytes) const {
  if (bytes > max_bytes_ || used_bytes_ > max_bytes_ - bytes) {
    throw Failure{
        .code = "D2014", .value = std::to_string(used_bytes_ + bytes), .message = "max_value_bytes"};
  }
}

void* Memory::take_from_new_block(size_t bytes) {
  const size_t growth = std::clamp(used_bytes_, kLeastBlockBytes, kLargestGrowthBytes);
  const size_t block = std::max(bytes, growth);
  charge(block);
  blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(block));
  std::byte* start = blocks_.back().get();
  // A large piece has a block of its own; what is left in the current one serves on.
  if (block - bytes < static_cast<size_t>(end_ - at_)) return start;
  at_ = start + bytes;
  end_ = start + block;
  return start;
}

std::string_view Memory::concatenate(std::string_view left, std::string_view right) {
  const size_t size = left.size() + right.size();
  if (grows_in_place(left, right)) {
    std::memcpy(grown_end_, right.data(), right.size());
    grown_end_ += right.size();
    grown_room_ -= right.size();
    return {left.data(), size};
  }
  const size_t capacity = size < kLeastGrownBytes ? size : size * 2;
  char* bytes = static_cast<char*>(take(capacity));
  std::memcpy(bytes, left.data(), left.size());
  std::memcpy(bytes + left.size(), right.data(), right.size());
  grown_end_ = bytes + size;
  grown_room_ = capacity - size;
  return {bytes, size};
}

}  // namespace soma::workflow::jsonata
