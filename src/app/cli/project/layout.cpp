#include "app/cli/project/layout.h"

namespace soma::cli {
namespace {

using json::Value;

void write_flat(const Value& value, std::string& out) {
  if (value.is_object() && !value.empty()) {
    out += "{ ";
    bool first = true;
    for (const auto& [key, member] : value.as_object()) {
      if (!first) out += ", ";
      first = false;
      json::write_string_to(out, key);
      out += ": ";
      write_flat(member, out);
    }
    out += " }";
  } else if (value.is_array()) {
    out += '[';
    for (size_t index = 0; index < value.size(); ++index) {
      if (index > 0) out += ", ";
      write_flat(value.at(index), out);
    }
    out += ']';
  } else {
    json::write_to(out, value);
  }
}

void write_value(const Value& value, size_t indent, size_t used, std::string& out);

void write_broken(const Value& value, size_t indent, std::string& out) {
  const std::string margin(indent + 2, ' ');
  const bool is_object = value.is_object();
  out += is_object ? '{' : '[';
  for (size_t index = 0; index < value.size(); ++index) {
    out += index > 0 ? ",\n" : "\n";
    out += margin;
    size_t used = margin.size() + 1;  // the comma after it
    if (is_object) {
      const size_t before = out.size();
      json::write_string_to(out, value.as_object()[index].first);
      out += ": ";
      used += out.size() - before;
    }
    write_value(is_object ? value.as_object()[index].second : value.at(index), indent + 2, used, out);
  }
  out += '\n';
  out.append(indent, ' ');
  out += is_object ? '}' : ']';
}

void write_value(const Value& value, size_t indent, size_t used, std::string& out) {
  std::string flat;
  write_flat(value, flat);
  if (value.empty() || used + flat.size() <= kLayoutColumns)
    out += flat;
  else
    write_broken(value, indent, out);
}

}  // namespace

std::string lay_out(const Value& value) {
  std::string out;
  if (value.empty())
    write_flat(value, out);
  else
    write_broken(value, 0, out);
  out += '\n';
  return out;
}

}  // namespace soma::cli
