// Identifiers and randomness, passed in, so that a run replays exactly.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace soma::os {

class Clock;

// Thread-safe.
class IdSource {
 public:
  virtual ~IdSource() = default;
  virtual void fill_random(std::span<uint8_t> bytes) = 0;
  virtual uint64_t random_u64() = 0;
  // UUID version 7 (RFC 9562), 36 characters: sorts by time of creation.
  virtual std::string uuid() = 0;
  // `length` characters of [A-Za-z0-9].
  std::string token(size_t length);
  // "<prefix>_<26 characters>": Crockford base 32 of a UUIDv7's bits; sorts by time of creation.
  std::string prefixed(std::string_view prefix);
};

std::unique_ptr<IdSource> make_random_ids(Clock& clock);
// The same ids in the same order for the same seed.
std::unique_ptr<IdSource> make_seeded_ids(uint64_t seed, Clock& clock);

}  // namespace soma::os
