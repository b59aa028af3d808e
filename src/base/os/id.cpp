// Ids. A UUIDv7 holds 48 bits of milliseconds, 12 bits that count within the millisecond (RFC 9562,
// section 6.2, method 1) and 62 random bits; so ids of one source sort in the order they were made, even when
// the clock stands still.
#include "base/os/id.h"

#include <sys/random.h>

#include <array>
#include <cstring>
#include <mutex>
#include <stdexcept>

#include "base/os/clock.h"

namespace soma::os {
namespace {

constexpr std::string_view kTokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr uint64_t kCounterLimit = 1u << 12;
constexpr size_t kRandomBufferBytes = 1024;  // one system call for many ids

using Bits = std::array<uint8_t, 16>;

std::string format_uuid(const Bits& bits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (size_t i = 0; i < bits.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[bits[i] >> 4];
    text += kHex[bits[i] & 15];
  }
  return text;
}

Bits parse_uuid(std::string_view text) {
  Bits bits{};
  size_t digit = 0;
  for (char c : text) {
    if (c == '-' || digit >= 32) continue;
    auto value = static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    bits[digit / 2] = static_cast<uint8_t>(bits[digit / 2] << 4 | value);
    ++digit;
  }
  return bits;
}

// What both sources share: the lock, the clock part of a UUID. `generate` is called with the lock held.
class LockedIds : public IdSource {
 public:
  explicit LockedIds(Clock& clock) : clock_(clock) {}

  void fill_random(std::span<uint8_t> bytes) final {
    std::lock_guard lock(mutex_);
    generate(bytes);
  }

  uint64_t random_u64() final {
    std::lock_guard lock(mutex_);
    return next_u64();
  }

  std::string uuid() final {
    auto now_ms = static_cast<uint64_t>(unix_ms(clock_.now()));
    std::lock_guard lock(mutex_);
    uint64_t random_low = next_u64();
    if (now_ms > last_ms_) {
      last_ms_ = now_ms;
      counter_ = next_u64() % (kCounterLimit / 2);  // the upper half is room to count in
    } else if (++counter_ == kCounterLimit) {
      ++last_ms_;
      counter_ = 0;
    }
    uint64_t high = last_ms_ << 16 | 0x7000 | counter_;
    uint64_t low = (random_low >> 2) | 0x8000'0000'0000'0000;
    Bits bits;
    for (size_t i = 0; i < 8; ++i) {
      bits[i] = static_cast<uint8_t>(high >> (56 - 8 * i));
      bits[8 + i] = static_cast<uint8_t>(low >> (56 - 8 * i));
    }
    return format_uuid(bits);
  }

 protected:
  virtual void generate(std::span<uint8_t> bytes) = 0;

 private:
  uint64_t next_u64() {
    std::array<uint8_t, 8> bytes;
    generate(bytes);
    uint64_t value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  Clock& clock_;
  std::mutex mutex_;
  uint64_t last_ms_ = 0;
  uint64_t counter_ = 0;
};

class RandomIds final : public LockedIds {
 public:
  using LockedIds::LockedIds;

 private:
  void generate(std::span<uint8_t> bytes) override {
    for (uint8_t& byte : bytes) {
      if (used_ == buffer_.size()) refill();
      byte = std::exchange(buffer_[used_++], uint8_t{0});  // handed out once, kept nowhere
    }
  }

  void refill() {
    for (size_t filled = 0; filled < buffer_.size();) {
      ssize_t got = getrandom(buffer_.data() + filled, buffer_.size() - filled, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) throw std::runtime_error("the kernel gives no random bytes");
      filled += static_cast<size_t>(got);
    }
    used_ = 0;
  }

  std::array<uint8_t, kRandomBufferBytes> buffer_{};
  size_t used_ = kRandomBufferBytes;
};

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): repeatable, not
// secret.
class SeededIds final : public LockedIds {
 public:
  SeededIds(uint64_t seed, Clock& clock) : LockedIds(clock), state_(seed) {}

 private:
  void generate(std::span<uint8_t> bytes) override {
    for (size_t i = 0; i < bytes.size(); i += 8) {
      uint64_t z = state_ += 0x9e37'79b9'7f4a'7c15;
      z = (z ^ z >> 30) * 0xbf58'476d'1ce4'e5b9;
      z = (z ^ z >> 27) * 0x94d0'49bb'1331'11eb;
      z ^= z >> 31;
      std::memcpy(bytes.data() + i, &z, std::min<size_t>(8, bytes.size() - i));
    }
  }

  uint64_t state_;
};

}  // namespace

std::string IdSource::token(size_t length) {
  constexpr size_t kFair =
      256 / kTokenAlphabet.size() * kTokenAlphabet.size();  // bytes above would favour some letters
  std::string text;
  text.reserve(length);
  std::array<uint8_t, 32> bytes;
  while (text.size() < length) {
    fill_random(bytes);
    for (uint8_t byte : bytes) {
      if (byte < kFair && text.size() < length) text += kTokenAlphabet[byte % kTokenAlphabet.size()];
    }
  }
  return text;
}

std::string IdSource::prefixed(std::string_view prefix) {
  Bits bits = parse_uuid(uuid());
  std::string text(prefix);
  text += '_';
  unsigned pending = 0;
  int pending_bits = 2;  // 128 bits are 26 digits of 5 bits with two zero bits in front
  for (uint8_t byte : bits) {
    pending = pending << 8 | byte;
    pending_bits += 8;
    while (pending_bits >= 5) {
      pending_bits -= 5;
      text += kCrockford[pending >> pending_bits & 31];
    }
  }
  return text;
}

std::unique_ptr<IdSource> make_random_ids(Clock& clock) {
  return std::make_unique<RandomIds>(clock);
}

std::unique_ptr<IdSource> make_seeded_ids(uint64_t seed, Clock& clock) {
  return std::make_unique<SeededIds>(seed, clock);
}

}  // namespace soma::os
