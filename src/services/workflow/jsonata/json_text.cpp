#include "services/workflow/jsonata/json_text.h"

#include <cmath>

#include "base/os/os.h"
#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/object.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

constexpr double kExactInteger = 0x1p53;

constexpr char kSurrogateLead = '\xED';

struct TooLong {};

// JSON.stringify's quoting: control characters, quotes and backslashes; lone surrogates as escapes.
void append_quoted(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte >= 0x20 && byte != 0xED) {
      out += c;
    } else if (byte == 0xED) {
      size_t behind = at;
      const char32_t unit = decode(text, behind);
      if (unit >= 0xD800 && unit <= 0xDFFF) {
        out += {'\\', 'u', kHex[unit >> 12], kHex[unit >> 8 & 15], kHex[unit >> 4 & 15], kHex[unit & 15]};
      } else {
        out += text.substr(at, behind - at);
      }
      at = behind - 1;
    } else if (const size_t named = std::string_view("\b\f\n\r\t").find(c); named != std::string_view::npos) {
      out += {'\\', "bfnrt"[named]};
    } else {
      out += {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  out += '"';
}

class Writer {
 public:
  Writer(Memory& memory, bool pretty, size_t max_bytes)
      : memory_(memory), pretty_(pretty), max_bytes_(max_bytes) {}

  void write(Value value, size_t depth) {
    if (out.size() > max_bytes_) throw TooLong();
    switch (value.tag()) {
      case Tag::kBool:
        out += value.boolean() ? "true" : "false";
        break;
      case Tag::kNumber:
        if (std::isfinite(value.number())) {
          append_number(out, to_15_digits(value.number()));
        } else {
          out += "null";
        }
        break;
      case Tag::kString:
        append_quoted(out, value.text());
        break;
      case Tag::kFunction:
        out += "\"\"";
        break;
      case Tag::kArray:
      case Tag::kJsonArray:
        write_array(value, depth);
        break;
      case Tag::kObject:
      case Tag::kJsonObject:
        write_object(value, depth);
        break;
      default:
        out += "null";
    }
  }

  std::string out;

 private:
  void descend(size_t depth) {
    if (depth >= kMaxValueDepth) throw Failure{.code = "U1001", .message = "kMaxValueDepth"};
  }
  void new_line(size_t depth) {
    if (pretty_) out.append(1, '\n').append(depth * 2, ' ');
  }

  void write_array(Value array, size_t depth) {
    descend(depth);
    out += '[';
    for (size_t at = 0; at < array.size(); ++at) {
      if (at > 0) out += ',';
      new_line(depth + 1);
      write(array.item(at), depth + 1);
    }
    if (array.size() > 0) new_line(depth);
    out += ']';
  }

  void write_object(Value object, size_t depth) {
    descend(depth);
    out += '{';
    bool first = true;
    for (const auto& [key, value] : members(memory_, object)) {
      if (value.is_undefined()) continue;
      if (!first) out += ',';
      first = false;
      new_line(depth + 1);
      append_quoted(out, key);
      out += pretty_ ? ": " : ":";
      write(value, depth + 1);
    }
    if (!first) new_line(depth);
    out += '}';
  }

  Memory& memory_;
  bool pretty_;
  size_t max_bytes_;
};

json::Value to_json(Memory& memory, Value value, size_t depth);

json::Value number_to_json(double number) {
  if (!std::isfinite(number)) return nullptr;
  if (std::trunc(number) == number && std::abs(number) <= kExactInteger) return static_cast<int64_t>(number);
  return number;
}

// Half of a surrogate pair is no UTF-8: it becomes U+FFFD, as wherever such text is written.
json::Value text_to_json(Memory& memory, std::string_view text) {
  memory.charge(text.size());
  if (!text.contains(kSurrogateLead)) return text;
  std::string whole;
  for (size_t at = 0; at < text.size();) {
    const char32_t code_point = decode(text, at);
    const bool is_half = code_point >= 0xD800 && code_point <= 0xDFFF;
    append_code_point(whole, is_half ? 0xFFFD : code_point);
  }
  return whole;
}

json::Value array_to_json(Memory& memory, Value array, size_t depth) {
  memory.charge(array.size() * sizeof(json::Value));
  json::Array elements;
  elements.reserve(array.size());
  for (size_t at = 0; at < array.size(); ++at) elements.push_back(to_json(memory, array.item(at), depth + 1));
  return elements;
}

// What comes from the input keeps its order of members, and its integers their last digit.
json::Value copy_of(Memory& memory, const json::Value& value) {
  if (value.is_string()) return text_to_json(memory, value.as_string());
  if (value.is_array()) {
    memory.charge(value.size() * sizeof(json::Value));
    json::Array elements;
    elements.reserve(value.size());
    for (const json::Value& element : value.as_array()) elements.push_back(copy_of(memory, element));
    return elements;
  }
  if (!value.is_object()) return value;
  memory.charge(value.size() * sizeof(json::Member));
  json::Object members;
  members.reserve(value.size());
  for (const auto& [key, member] : value.as_object()) members.emplace_back(key, copy_of(memory, member));
  return members;
}

json::Value object_to_json(Memory& memory, Value object, size_t depth) {
  memory.charge(member_count(object) * sizeof(json::Member));
  json::Object result;
  result.reserve(member_count(object));
  for (const auto& [key, value] : members(memory, object)) {
    if (!value.is_undefined()) result.emplace_back(std::string(key), to_json(memory, value, depth + 1));
  }
  return result;
}

json::Value to_json(Memory& memory, Value value, size_t depth) {
  if (depth > kMaxValueDepth) throw Failure{.code = "U1001", .message = "kMaxValueDepth"};
  switch (value.tag()) {
    case Tag::kBool:
      return value.boolean();
    case Tag::kNumber:
      return number_to_json(value.number());
    case Tag::kString:
      return text_to_json(memory, value.text());
    case Tag::kFunction:
      return "";
    case Tag::kArray:
      return array_to_json(memory, value, depth);
    case Tag::kJsonArray: {
      json::Array elements;
      elements.reserve(value.size());
      for (const json::Value& element : value.json_array()) elements.push_back(copy_of(memory, element));
      return elements;
    }
    case Tag::kObject:
      return object_to_json(memory, value, depth);
    case Tag::kJsonObject: {
      json::Object members;
      members.reserve(member_count(value));
      for (const auto& [key, member] : value.json_object())
        members.emplace_back(key, copy_of(memory, member));
      return members;
    }
    default:
      return nullptr;
  }
}

}  // namespace

std::string json_text(Memory& memory, Value value, bool pretty, size_t max_bytes) {
  Writer writer(memory, pretty, max_bytes);
  try {
    writer.write(value, 0);
  } catch (const TooLong&) {
    throw Failure{.code = "D2014", .value = std::to_string(writer.out.size()), .message = "max_string_bytes"};
  }
  return std::move(writer.out);
}

std::string shortened_json_text(Value value, size_t max_bytes) {
  // What a message shows needs little memory of its own; a value too large for it is shown as far as it went.
  constexpr size_t kScratchBytes = 1u << 20;
  std::byte none[1];
  Memory scratch(kScratchBytes, std::span(none, 0));
  Writer writer(scratch, false, max_bytes);
  try {
    if (value.is_undefined()) return "undefined";
    writer.write(value, 0);
  } catch (const TooLong&) {
  } catch (const Failure&) {
  }
  if (writer.out.size() <= max_bytes) return std::move(writer.out);
  return std::string(os::utf8_prefix(writer.out, max_bytes)) + "…";
}

json::Value to_json(Memory& memory, Value value) {
  return to_json(memory, value, 0);
}

}  // namespace soma::workflow::jsonata
