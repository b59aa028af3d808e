// Any bytes: what is read as a cassette is written, and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/harness/cassette/cassette.h"

using namespace soma;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = json::parse(text);
  if (!value) return 0;
  const auto cassette = harness::cassette_from_json(*value, text, "fuzz");
  if (!cassette) {
    if (cassette.error().code == os::Code::kInternal) abort();
    return 0;
  }
  const auto written = harness::write_cassette(*cassette);
  if (!written) return 0;
  const auto parsed = json::parse(*written);
  if (!parsed) abort();
  const auto again = harness::cassette_from_json(*parsed, *written, "fuzz");
  if (!again || *harness::write_cassette(*again) != *written) abort();
  return 0;
}
