// What the JSON forms of messages and of stream events share. Private to core/model.
#pragma once

#include <string>
#include <string_view>

#include "core/model/message.h"

namespace soma::model {

// kInvalidArgument: "/content/0/text: must be a string", with the pointer in the details.
std::unexpected<os::Error> wrong(std::string_view pointer, std::string_view what);

// Members of an object, by name; errors name the member's pointer.
os::Result<std::string> required_string(const json::Value& value, std::string_view pointer,
                                        std::string_view key);
os::Result<std::string> optional_string(const json::Value& value, std::string_view pointer,
                                        std::string_view key);
os::Result<std::string> optional_bytes(const json::Value& value, std::string_view pointer,
                                       std::string_view key);  // base64
os::Result<bool> status_is_error(const json::Value& status, std::string_view pointer);

// The one member of a union: {"text": …}. Errors name the known members.
os::Result<const json::Member*> union_member(const json::Value& value, std::string_view pointer,
                                             std::string_view known);

os::Result<Role> role_from_json(const json::Value& value, std::string_view pointer);
std::string_view role_name(Role role);

}  // namespace soma::model
