#include "load/stamp.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace soma_load {

std::string stamp(int64_t ns) {
  return fmt::format("{}{:0{}}", kStampMark, ns, kStampDigits);
}

void StampReader::feed(std::string_view bytes, int64_t now_ns, std::vector<int64_t>& latencies) {
  const std::string joined = std::exchange(begun_, {}) + std::string(bytes);
  std::string_view rest = joined;
  for (size_t mark = rest.find(kStampMark); mark != std::string_view::npos; mark = rest.find(kStampMark)) {
    rest.remove_prefix(mark);
    if (rest.size() < 1 + kStampDigits) {
      begun_ = rest;
      return;
    }
    const std::string_view digits = rest.substr(1, kStampDigits);
    int64_t sent = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), sent);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    if (whole) latencies.push_back(now_ns - sent);
    rest.remove_prefix(whole ? 1 + kStampDigits : 1);
  }
}

}  // namespace soma_load
