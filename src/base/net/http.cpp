#include "base/net/http.h"
#include "base/os/os.h"

#include <algorithm>

namespace soma::net {

namespace {

bool same_name(std::string_view left, std::string_view right) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [&](char a, char b) { return a == b || lower(a) == lower(b); });
}

std::string_view value_of(const std::vector<std::pair<std::string, std::string>>& pairs,
                          std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [key, value] : entries_) {
    if (same_name(key, name)) return value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::ranges::any_of(entries_, [&](const auto& entry) { return same_name(entry.first, name); });
}

void Headers::add(std::string name, std::string value) {
  entries_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string name, std::string value) {
  std::erase_if(entries_, [&](const auto& entry) { return same_name(entry.first, name); });
  add(std::move(name), std::move(value));
}

std::string_view Request::query_value(std::string_view name) const {
  return value_of(query, name);
}

std::string_view Request::parameter(std::string_view name) const {
  return value_of(parameters, name);
}

os::Result<json::Value> Request::json_body() const {
  if (os::trim(body).empty()) return json::object({});
  json::ParseOptions options;
  options.source = "request body";
  return json::parse(body, options);
}

Response Response::json(int status, const json::Value& body) {
  return {status, {{"content-type", "application/json"}}, json::write(body)};
}

Response Response::text(int status, std::string body, std::string content_type) {
  return {status, {{"content-type", std::move(content_type)}}, std::move(body)};
}

}  // namespace soma::net
