// CRC-32 as in ISO 3309, zlib and PNG. Private to base/aws.
#pragma once

#include <cstdint>
#include <string_view>

namespace soma::aws {

// `before`: the checksum of the bytes in front, to go on from.
uint32_t crc32(std::string_view bytes, uint32_t before = 0);

}  // namespace soma::aws
