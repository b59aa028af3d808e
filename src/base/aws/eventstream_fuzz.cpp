// Any bytes: whole or in two pieces the decoder says the same, and what it decodes encodes to what was read.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/aws/aws.h"
#include "base/aws/crc32.h"

using namespace soma;

namespace {

struct Outcome {
  std::vector<aws::Message> messages;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string_view head, std::string_view tail) {
  aws::Decoder decoder;
  Outcome outcome;
  for (std::string_view piece : {head, tail}) {
    auto messages = decoder.feed(piece);
    if (!messages) break;
    for (aws::Message& message : *messages) outcome.messages.push_back(std::move(message));
  }
  outcome.failed = !decoder.finish();
  return outcome;
}

// Puts right checksums into whatever frames the lengths describe: else no input would get past them.
std::string with_checksums(std::string_view bytes) {
  std::string stream(bytes);
  auto put = [&](size_t at, uint32_t number) {
    for (size_t i = 0; i < 4; ++i) stream[at + i] = static_cast<char>(number >> (24 - 8 * i) & 255);
  };
  for (size_t at = 0; stream.size() - at >= 16;) {
    size_t length =
        static_cast<unsigned char>(stream[at + 2]) << 8 | static_cast<unsigned char>(stream[at + 3]);
    put(at + 8, aws::crc32(std::string_view(stream).substr(at, 8)));
    if (length < 16 || length > stream.size() - at) break;
    put(at + length - 4, aws::crc32(std::string_view(stream).substr(at, length - 4)));
    at += length;
  }
  return stream;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string stream = with_checksums({reinterpret_cast<const char*>(data), size});
  size_t cut = size == 0 ? 0 : data[size - 1] * size / 256;
  Outcome whole = decode(stream, "");
  if (decode(std::string_view(stream).substr(0, cut), std::string_view(stream).substr(cut)) != whole) abort();
  aws::Decoder again;
  for (const aws::Message& message : whole.messages) {
    auto frame = aws::encode(message);
    if (!frame) continue;  // a value longer than we write ourselves
    auto read = again.feed(*frame);
    if (!read || read->size() != 1 || read->front() != message) abort();
  }
  return 0;
}
