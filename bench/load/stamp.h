// The time inside a chunk's text: "@" and sixteen digits, nanoseconds of the monotonic clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace soma_load {

inline constexpr size_t kStampDigits = 16;
inline constexpr char kStampMark = '@';

inline int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

std::string stamp(int64_t ns);

// Finds stamps in bytes that come in pieces, whatever format is around them.
class StampReader {
 public:
  // Adds to `latencies` how long ago each stamp that is complete with these bytes was written.
  void feed(std::string_view bytes, int64_t now_ns, std::vector<int64_t>& latencies);

 private:
  std::string begun_;  // of a stamp that is not complete
};

}  // namespace soma_load
