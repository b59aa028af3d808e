// Eight bytes a step by eight tables ("slicing": Kounavis, Berry, "Novel table lookup-based algorithms for
// high-performance CRC generation", 2008). A checksum of its own because no library that soma links anyway
// offers one.
#include "base/aws/crc32.h"

#include <array>
#include <cstddef>

namespace soma::aws {
namespace {

constexpr uint32_t kReflectedPolynomial = 0xedb8'8320;
using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? kReflectedPolynomial : 0);
    tables[0][byte] = remainder;
  }
  for (size_t table = 1; table < tables.size(); ++table) {
    for (size_t byte = 0; byte < 256; ++byte) {
      uint32_t shorter = tables[table - 1][byte];
      tables[table][byte] = shorter >> 8 ^ tables[0][shorter & 255];
    }
  }
  return tables;
}
constexpr Tables kTables = make_tables();

}  // namespace

uint32_t crc32(std::string_view bytes, uint32_t before) {
  uint32_t remainder = ~before;
  auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])); };
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    uint32_t low = remainder ^ (byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24);
    remainder = kTables[7][low & 255] ^ kTables[6][low >> 8 & 255] ^ kTables[5][low >> 16 & 255] ^
                kTables[4][low >> 24] ^ kTables[3][byte(i + 4)] ^ kTables[2][byte(i + 5)] ^
                kTables[1][byte(i + 6)] ^ kTables[0][byte(i + 7)];
  }
  for (; i < bytes.size(); ++i) remainder = remainder >> 8 ^ kTables[0][(remainder ^ byte(i)) & 255];
  return ~remainder;
}

}  // namespace soma::aws
