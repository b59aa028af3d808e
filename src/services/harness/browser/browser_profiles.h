// What browsers are given back: cookies and local storage under a profile's id, a file for each.
#pragma once

#include <string>
#include <string_view>

#include "base/json/json.h"

namespace soma::harness {

inline constexpr size_t kMaxProfileBytes = 32u << 20;

// "work-0123456789": a name of 1 to 48 letters, digits and underscores, a hyphen, and ten letters or digits,
// as the API has it. kInvalidArgument.
os::Result<> check_profile_id(std::string_view id);

// Blocking: from offload(). `directory`: of all profiles. Errors: kNotFound, kCorrupt.
os::Result<json::Value> read_profile(const std::string& directory, const std::string& id);
// Readable for nobody else: a profile is as good as the passwords that were typed. kLimitExceeded.
os::Result<> write_profile(const std::string& directory, const std::string& id, const json::Value& state);

}  // namespace soma::harness
