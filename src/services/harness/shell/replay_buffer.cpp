#include "services/harness/shell/replay_buffer.h"

#include <algorithm>

namespace soma::harness {

void ReplayBuffer::append(std::string_view bytes) {
  end_ += bytes.size();
  if (bytes.size() > max_bytes_) bytes.remove_prefix(bytes.size() - max_bytes_);
  if (bytes_.size() + bytes.size() > 2 * max_bytes_)
    bytes_.erase(0, bytes_.size() + bytes.size() - max_bytes_);
  bytes_ += bytes;
}

std::string_view ReplayBuffer::kept() const {
  const std::string_view all = bytes_;
  return all.substr(all.size() - std::min(all.size(), max_bytes_));
}

std::string_view ReplayBuffer::read(uint64_t place, size_t max_bytes) const {
  if (place >= end_) return {};
  const uint64_t from = std::max(place, begin());
  return kept().substr(static_cast<size_t>(from - begin()), max_bytes);
}

}  // namespace soma::harness
