// Any bytes: parse, write, parse again, and the two values are one. What parses is also taken as a schema,
// and as a value for it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json/json.h"
#include "base/json/scan.h"
#include "base/json/schema.h"

using namespace soma;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto value = json::parse(text);
  json::Scanner careful(text, json::kDefaultMaxDepth);
  if (value.has_value() != careful.document()) abort();
  json::locate(text, "/a/0/b");
  if (!value) {
    if (value.error().code == os::Code::kInternal) abort();
    return 0;
  }
  std::string written = json::write(*value);
  auto read = json::parse(written);
  if (!read || *read != *value || json::write(*read) != written) abort();
  if (auto schema = json::Schema::compile(*value)) {
    json::violations_error(schema->validate(*value), text, "fuzz");
    schema->validate(value->get("default"));
  }
  return 0;
}
