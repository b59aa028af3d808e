#include "services/workflow/api/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace soma::workflow::api {
namespace {

using json::Value;

// Characters as the service counts them: UTF-16 code units.
int64_t length_of(std::string_view text) {
  int64_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

// A value as a sentence quotes it: a list of structures in the framework's own notation.
std::string quote(const Value& value, const Shape& shape) {
  switch (shape.kind) {
    case Kind::kString:
      return std::string(value.string_or(""));
    case Kind::kList: {
      std::vector<std::string> parts;
      for (const Value& element : value.as_array()) parts.push_back(quote(element, *shape.element));
      return fmt::format("[{}]", fmt::join(parts, ", "));
    }
    case Kind::kStructure: {
      std::vector<std::string> parts;
      for (const Member& member : shape.members)
        if (const Value* part = value.find(member.name); part && !part->is_null())
          parts.push_back(fmt::format("{}={}", member.name, quote(*part, *member.shape)));
      return fmt::format("{}({})", shape.name, fmt::join(parts, ", "));
    }
    default:
      return json::write(value);
  }
}

bool right_type(const Value& value, Kind kind) {
  switch (kind) {
    case Kind::kString:
      return value.is_string();
    case Kind::kInteger:
      return value.is_integer();
    case Kind::kNumber:
      return value.is_number();
    case Kind::kBoolean:
      return value.is_bool();
    case Kind::kList:
      return value.is_array();
    case Kind::kStructure:
      return value.is_object();
  }
  return false;
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kString:
      return "String";
    case Kind::kInteger:
      return "Integer";
    case Kind::kNumber:
      return "Float";
    case Kind::kBoolean:
      return "Boolean";
    case Kind::kList:
      return "List";
    case Kind::kStructure:
      return "Structure";
  }
  return "";
}

class Checker {
 public:
  // False when a value has another type: then nothing else counts.
  bool check(const Value& value, const Shape& shape, const std::string& path) {
    if (!right_type(value, shape.kind)) {
      mistyped_ = fmt::format("{}: {} can not be converted to {}", path.empty() ? "the body" : path,
                              json::type_name(value.type()), kind_name(shape.kind));
      return false;
    }
    check_bounds(value, shape, path);
    if (shape.kind == Kind::kString) check_text(value, shape, path);
    if (shape.kind == Kind::kList) {
      for (size_t at = 0; at < value.size(); ++at)
        if (!check(value.at(at), *shape.element, fmt::format("{}.{}.member", path, at + 1))) return false;
    }
    return shape.kind != Kind::kStructure || check_members(value, shape, path);
  }

  Answered<> answer() const {
    if (!mistyped_.empty()) return refuse(error::kSerialization, mistyped_);
    if (broken_.empty()) return {};
    return refuse(error::kValidation, fmt::format("{} validation error{} detected: {}", broken_.size(),
                                                  broken_.size() == 1 ? "" : "s", fmt::join(broken_, "; ")));
  }

 private:
  bool check_members(const Value& value, const Shape& shape, const std::string& path) {
    for (const Member& member : shape.members) {
      const std::string place =
          path.empty() ? std::string(member.name) : fmt::format("{}.{}", path, member.name);
      const Value& part = value.get(member.name);
      if (!part.is_null()) {
        if (!check(part, *member.shape, place)) return false;
      } else if (member.required) {
        broken_.push_back(
            fmt::format("Value null at '{}' failed to satisfy constraint: Member must not be null", place));
      }
    }
    return true;
  }

  void check_bounds(const Value& value, const Shape& shape, const std::string& path) {
    const bool counted = shape.kind == Kind::kString || shape.kind == Kind::kList;
    const bool number = shape.kind == Kind::kInteger || shape.kind == Kind::kNumber;
    if (!counted && !number) return;
    const double size = shape.kind == Kind::kString ? static_cast<double>(length_of(value.as_string()))
                        : counted                   ? static_cast<double>(value.size())
                                                    : value.as_double();
    const std::string_view what = counted ? "length" : "value";
    if (shape.most >= 0 && size > static_cast<double>(shape.most))
      breaks(value, shape, path,
             fmt::format("Member must have {} less than or equal to {}", what, shape.most));
    if (shape.least >= 0 && size < static_cast<double>(shape.least))
      breaks(value, shape, path,
             fmt::format("Member must have {} greater than or equal to {}", what, shape.least));
  }

  void check_text(const Value& value, const Shape& shape, const std::string& path) {
    const std::string& text = value.as_string();
    if (!shape.values.empty() &&
        std::ranges::find(shape.values, std::string_view(text)) == shape.values.end())
      breaks(value, shape, path,
             fmt::format("Member must satisfy enum value set: [{}]", fmt::join(shape.values, ", ")));
    if (shape.matches && !shape.matches(text))
      breaks(value, shape, path,
             fmt::format("Member must satisfy regular expression pattern: {}", shape.pattern));
  }

  void breaks(const Value& value, const Shape& shape, const std::string& path, std::string_view constraint) {
    const std::string quoted = shape.sensitive ? "" : fmt::format(" '{}'", quote(value, shape));
    broken_.push_back(
        fmt::format("Value{} at '{}' failed to satisfy constraint: {}", quoted, path, constraint));
  }

  std::vector<std::string> broken_;
  std::string mistyped_;
};

}  // namespace

Answered<> check(const Value& parameters, const Shape& shape) {
  Checker checker;
  checker.check(parameters, shape, "");
  return checker.answer();
}

}  // namespace soma::workflow::api
