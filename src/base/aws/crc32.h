// CRC-32 as in ISO 3309, zlib and PNG: of the event stream's frames, and S3's checksum.
#pragma once

#include <cstdint>
#include <string_view>

namespace soma::aws {

// `before`: the checksum of the bytes in front, to go on from.
uint32_t crc32(std::string_view bytes, uint32_t before = 0);

}  // namespace soma::aws
