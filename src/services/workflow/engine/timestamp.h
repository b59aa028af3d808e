// Timestamps as states compare and wait for them: ISO-8601's extended format with an offset
// ("2016-08-18T17:33:00.5Z", "…+02:00"). Private to engine/.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace soma::workflow::engine {

struct Timestamp {
  int64_t seconds = 0;  // since 1970 in UTC
  int32_t nanoseconds = 0;

  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

// Nothing when the text is no such timestamp. Seconds may be absent; a fraction has at most nine digits.
std::optional<Timestamp> parse_timestamp(std::string_view text);

}  // namespace soma::workflow::engine
