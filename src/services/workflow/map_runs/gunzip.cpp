#include "services/workflow/map_runs/gunzip.h"

#include <fmt/format.h>

#include <boost/beast/zlib/inflate_stream.hpp>

#include "base/aws/aws.h"

namespace soma::workflow {
namespace {

namespace zlib = boost::beast::zlib;
using os::Code;
using os::Result;

constexpr size_t kHeaderBytes = 10, kTrailerBytes = 8, kStepBytes = 64u << 10;
constexpr unsigned kHasHeaderCrc = 2, kHasExtra = 4, kHasName = 8, kHasComment = 16;

std::unexpected<os::Error> damaged() {
  return os::fail(Code::kInvalidArgument, "the gzip data is damaged or cut off");
}

uint32_t number_at(std::string_view bytes, size_t at, size_t size) {
  uint32_t number = 0;
  for (size_t byte = 0; byte < size; ++byte)
    number |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[at + byte])) << (8 * byte);
  return number;
}

// Where the compressed data begin.
Result<size_t> after_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !is_gzip(bytes)) return damaged();
  const auto flags = static_cast<unsigned char>(bytes[3]);
  size_t at = kHeaderBytes;
  if ((flags & kHasExtra) != 0) {
    if (bytes.size() < at + 2) return damaged();
    at += 2 + number_at(bytes, at, 2);
  }
  for (const unsigned text : {kHasName, kHasComment}) {
    if ((flags & text) == 0) continue;
    const size_t end = bytes.find('\0', at);
    if (end == std::string_view::npos) return damaged();
    at = end + 1;
  }
  if ((flags & kHasHeaderCrc) != 0) at += 2;
  if (at + kTrailerBytes > bytes.size()) return damaged();
  return at;
}

// One member's data to the end of `out`; how many bytes it took.
Result<size_t> inflate(std::string_view bytes, size_t max_bytes, std::string& out) {
  zlib::inflate_stream stream;
  stream.reset(15);
  std::string step(kStepBytes, '\0');
  zlib::z_params params;
  params.next_in = bytes.data();
  params.avail_in = bytes.size();
  boost::beast::error_code failed;
  while (failed != zlib::error::end_of_stream) {
    params.next_out = step.data();
    params.avail_out = step.size();
    stream.write(params, zlib::Flush::sync, failed);
    const size_t made = step.size() - params.avail_out;
    out.append(step, 0, made);
    if (out.size() > max_bytes)
      return os::fail(Code::kLimitExceeded,
                      fmt::format("it has more than {} bytes, uncompressed", max_bytes));
    const bool stuck = made == 0 && params.avail_in == 0;
    if ((failed && failed != zlib::error::end_of_stream) || (stuck && !failed)) return damaged();
  }
  return bytes.size() - params.avail_in;
}

}  // namespace

bool is_gzip(std::string_view bytes) {
  return bytes.starts_with("\x1F\x8B\x08");
}

Result<std::string> gunzip(std::string_view bytes, size_t max_bytes) {
  std::string out;
  while (!bytes.empty()) {
    SOMA_ASSIGN(const size_t header, after_header(bytes));
    bytes.remove_prefix(header);
    const size_t before = out.size();
    SOMA_ASSIGN(const size_t taken, inflate(bytes, max_bytes, out));
    if (bytes.size() < taken + kTrailerBytes) return damaged();
    if (number_at(bytes, taken, 4) != aws::crc32(std::string_view(out).substr(before))) return damaged();
    bytes.remove_prefix(taken + kTrailerBytes);
  }
  return out;
}

}  // namespace soma::workflow
