// Small text and encoding helpers that every tier needs once.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/result.h"

namespace soma::os {

std::string base64_encode(std::string_view bytes);         // RFC 4648, padded
Result<std::string> base64_decode(std::string_view text);  // padded or not; refuses other characters
std::string hex_encode(std::string_view bytes);            // lower case

// RFC 3986: everything but unreserved characters becomes %XX.
std::string percent_encode(std::string_view text, bool keep_slash = false);
Result<std::string> percent_decode(std::string_view text);  // refuses a broken %XX

bool is_valid_utf8(std::string_view text);
// The longest prefix of at most `max_bytes` that does not end inside a UTF-8 sequence.
std::string_view utf8_prefix(std::string_view text, size_t max_bytes);
// Every byte that is not part of valid UTF-8 becomes U+FFFD.
std::string to_valid_utf8(std::string_view bytes);

std::string_view trim(std::string_view text);  // ASCII white space
std::string to_lower(std::string_view text);   // ASCII
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);

// Optimal string alignment distance, bounded input (longer than 256 bytes counts as its length).
size_t edit_distance(std::string_view left, std::string_view right);
// The candidate nearest to `word`, or empty when none is near enough to be a slip (distance over a third of
// its length, or 3).
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// Glob with `*` (any run) and `?` (one character) over the whole text.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace soma::os
