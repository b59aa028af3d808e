#include "services/workflow/definition/report.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace soma::workflow {
namespace {

std::string unescape(std::string_view token) {
  std::string name;
  for (size_t at = 0; at < token.size(); ++at) {
    if (token[at] != '~' || at + 1 == token.size()) {
      name += token[at];
    } else {
      name += token[++at] == '1' ? '/' : '~';
    }
  }
  return name;
}

}  // namespace

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string_view detail(const os::Error& error, std::string_view key) {
  for (const auto& [name, value] : error.details) {
    if (name == key) return value;
  }
  return {};
}

Place Place::member(std::string_view name) const {
  return {json::append_pointer(pointer_, name), fmt::format("{}/{}", location_, name)};
}

Place Place::element(size_t index) const {
  return {fmt::format("{}/{}", pointer_, index), fmt::format("{}[{}]", location_, index)};
}

Place Place::descend(std::string_view pointer, const json::Value& value) const {
  Place place = *this;
  const json::Value* at = &value;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    if (at->is_array()) {
      size_t index = 0;
      std::from_chars(token.data(), token.data() + token.size(), index);
      place = place.element(index);
      at = &at->at(index);
    } else {
      std::string name = unescape(token);
      place = place.member(name);
      at = &at->get(name);
    }
  }
  return place;
}

void Report::error(std::string_view code, const Place& place, std::string message) {
  keep({.diagnostic = {.severity = Severity::kError,
                       .code = std::string(code),
                       .message = std::move(message),
                       .location = place.location()},
        .pointer = place.pointer(),
        .placed = true});
}

void Report::error_without_place(std::string_view code, std::string message) {
  keep({.diagnostic = {.severity = Severity::kError,
                       .code = std::string(code),
                       .message = std::move(message),
                       .location = {}},
        .pointer = {}});
}

void Report::warning(std::string_view code, const Place& place, std::string message) {
  keep({.diagnostic = {.severity = Severity::kWarning,
                       .code = std::string(code),
                       .message = std::move(message),
                       .location = place.location()},
        .pointer = place.pointer(),
        .placed = true});
}

void Report::add(Diagnostic diagnostic) {
  keep({.diagnostic = std::move(diagnostic), .pointer = {}});
}

void Report::keep(Entry entry) {
  bool is_error = entry.diagnostic.severity == Severity::kError;
  failed_ |= is_error;
  std::vector<Entry>& entries = is_error ? errors_ : warnings_;
  if (entries.size() < kMaxDiagnostics) {
    entries.push_back(std::move(entry));
  } else {
    truncated_ = true;
  }
}

void Report::finish(std::string_view text, Parsed& parsed) {
  parsed.truncated = truncated_;
  for (std::vector<Entry>* entries : {&errors_, &warnings_}) {
    for (Entry& entry : *entries) {
      if (parsed.diagnostics.size() == kMaxDiagnostics) {
        parsed.truncated = true;
        return;
      }
      if (entry.placed) entry.diagnostic.position = json::locate(text, entry.pointer);
      parsed.diagnostics.push_back(std::move(entry.diagnostic));
    }
  }
}

}  // namespace soma::workflow
