// The values of the keyword `format` that are checked. Private to base/json.
#pragma once

#include <string_view>

namespace soma::json {

enum class Format { kNone, kDateTime, kDate, kUri, kUuid, kEmail, kIpv4 };

// kNone for a name that is an annotation only.
Format format_by_name(std::string_view name);
bool matches_format(Format format, std::string_view text);
// "an absolute URI (https://example.org/path)"
std::string_view describe_format(Format format);

}  // namespace soma::json
