// The newest bytes of an output that goes on, by their place in the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace soma::harness {

class ReplayBuffer {
 public:
  explicit ReplayBuffer(size_t max_bytes) : max_bytes_(max_bytes) {}
  void append(std::string_view bytes);
  // The places of the oldest byte that is kept and behind the newest.
  uint64_t begin() const { return end_ - kept().size(); }
  uint64_t end() const { return end_; }
  // At most `max_bytes` from `place` on, or from begin() when that is newer.
  std::string_view read(uint64_t place, size_t max_bytes) const;

 private:
  std::string_view kept() const;

  size_t max_bytes_;
  std::string
      bytes_;  // grows to twice the limit, so that bytes move once in a while and not with each append
  uint64_t end_ = 0;
};

}  // namespace soma::harness
