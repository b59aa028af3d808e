// RFC 6901 pointers, taken apart. Private to base/json.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace soma::json {

// The unescaped tokens of a pointer; nothing when it is malformed (no leading slash, a broken ~).
std::optional<std::vector<std::string>> split_pointer(std::string_view pointer);
// The array index that a token names: digits without leading zeros.
std::optional<size_t> index_of_token(std::string_view token);

}  // namespace soma::json
