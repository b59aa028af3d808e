#include "services/memory/api/members.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

namespace soma::memory::api {
namespace {

using json::Value;
using os::Result;

constexpr double kMaxSeconds = 253'402'300'799;  // the end of the year 9999
constexpr double kMicrosecondsPerSecond = 1e6;

// Patterns are constants of the program: each is compiled once for each thread that reads requests.
const re2::RE2& compiled(std::string_view pattern) {
  thread_local std::map<std::string_view, std::unique_ptr<re2::RE2>> known;
  std::unique_ptr<re2::RE2>& entry = known[pattern];
  if (!entry) entry = std::make_unique<re2::RE2>(pattern);
  return *entry;
}

std::string range_words(size_t least, size_t most, std::string_view what) {
  if (most == SIZE_MAX) return fmt::format("at least {} {}", least, what);
  if (least == most) return fmt::format("exactly {} {}", least, what);
  return fmt::format("{} to {} {}", least, most, what);
}

const Value kNoObject = json::Object{};
const json::Array kNoElements;

}  // namespace

void Faults::add(std::string member, std::string problem) {
  if (faults_.size() < kMaxFaults) faults_.push_back({std::move(member), std::move(problem)});
}

Result<> Faults::result() const {
  if (faults_.empty()) return {};
  os::Error error{os::Code::kInvalidArgument, ""};
  for (const Fault& fault : faults_) {
    if (!error.message.empty()) error.message += "; ";
    error.message += fmt::format("{}: {}", fault.member, fault.problem);
    error.details.emplace_back(kFaultMember, fault.member);
    error.details.emplace_back(kFaultProblem, fault.problem);
  }
  return std::unexpected(std::move(error));
}

void check_text(std::string_view text, const TextShape& shape, const std::string& member, Faults& faults) {
  if (text.size() < shape.least || text.size() > shape.most)
    faults.add(member, fmt::format("must have {}, and has {}", range_words(shape.least, shape.most, "bytes"),
                                   text.size()));
  else if (!shape.pattern.empty() && !re2::RE2::FullMatch(text, compiled(shape.pattern)))
    faults.add(member, fmt::format("must match {}", shape.pattern));
}

Members::Members(const Value& object, Faults& faults, std::string path)
    : object_(object.is_object() ? object : kNoObject),
      faults_(faults),
      path_(std::move(path)),
      is_object_(object.is_object() || object.is_null()) {
  if (!is_object_) faults_.add(path_.empty() ? "the body" : path_, "must be an object");
}

std::string Members::path_of(std::string_view member) const {
  return path_.empty() ? std::string(member) : fmt::format("{}.{}", path_, member);
}

std::string Members::path_of(std::string_view member, size_t index) const {
  return fmt::format("{}[{}]", path_of(member), index);
}

void Members::fault(std::string_view member, std::string problem) {
  faults_.add(path_of(member), std::move(problem));
}

const Value* Members::find(std::string_view member, Need need) {
  asked_.push_back(member);
  const Value* found = object_.find(member);
  if (found != nullptr && !found->is_null()) return found;
  // Of what is no object that was said, and is enough.
  if (need == kRequired && is_object_) fault(member, "is required");
  return nullptr;
}

bool Members::has(std::string_view member) {
  return find(member, kOptional) != nullptr;
}

std::optional<std::string> Members::optional_text(std::string_view member, const TextShape& shape) {
  const Value* found = find(member, kOptional);
  if (found == nullptr) return std::nullopt;
  if (!found->is_string()) {
    fault(member, "must be a string");
    return std::nullopt;
  }
  check_text(found->as_string(), shape, path_of(member), faults_);
  return found->as_string();
}

std::string Members::text(std::string_view member, Need need, const TextShape& shape) {
  if (find(member, need) == nullptr) return {};
  return optional_text(member, shape).value_or("");
}

std::string Members::choice(std::string_view member, Need need, std::initializer_list<std::string_view> of) {
  const Value* found = find(member, need);
  if (found == nullptr) return {};
  if (found->is_string() && std::ranges::find(of, std::string_view(found->as_string())) != of.end())
    return found->as_string();
  fault(member, fmt::format("must be one of {}", fmt::join(of, ", ")));
  return {};
}

std::optional<int64_t> Members::integer(std::string_view member, Need need, int64_t least, int64_t most) {
  const Value* found = find(member, need);
  if (found == nullptr) return std::nullopt;
  const int64_t number = found->int_or(INT64_MIN);
  if (found->type() == json::Type::kInt && number >= least && number <= most) return number;
  fault(member, fmt::format("must be a whole number from {} to {}", least, most));
  return std::nullopt;
}

bool Members::boolean(std::string_view member, bool fallback) {
  const Value* found = find(member, kOptional);
  if (found == nullptr) return fallback;
  if (!found->is_bool()) fault(member, "must be true or false");
  return found->bool_or(fallback);
}

os::Time Members::time(std::string_view member, Need need) {
  const Value* found = find(member, need);
  if (found == nullptr) return {};
  const double seconds = found->double_or(-1);
  if (seconds >= 0 && seconds <= kMaxSeconds)
    return os::Time(os::Duration(std::llround(seconds * kMicrosecondsPerSecond)));
  fault(member, "must be a number of seconds since 1970-01-01, up to the year 9999");
  return {};
}

const Value& Members::value(std::string_view member, Need need) {
  static const Value null;
  const Value* found = find(member, need);
  return found == nullptr ? null : *found;
}

Members Members::object(std::string_view member, Need need) {
  return {value(member, need), faults_, path_of(member)};
}

const json::Array& Members::list(std::string_view member, Need need, size_t least, size_t most) {
  const Value* found = find(member, need);
  if (found == nullptr) return kNoElements;
  if (!found->is_array()) {
    fault(member, "must be a list");
  } else if (found->size() < least || found->size() > most) {
    fault(member,
          fmt::format("must have {}, and has {}", range_words(least, most, "elements"), found->size()));
  } else {
    return found->as_array();
  }
  return kNoElements;
}

std::optional<std::string> Members::only_text(std::string_view member, size_t least, const TextShape& shape) {
  const json::Array& elements = list(member, kOptional, least, 1);
  if (elements.empty()) return std::nullopt;
  if (!elements.front().is_string()) {
    faults_.add(path_of(member, 0), "must be a string");
    return std::nullopt;
  }
  check_text(elements.front().as_string(), shape, path_of(member, 0), faults_);
  return elements.front().as_string();
}

std::string_view Members::one_of(std::initializer_list<std::string_view> members) {
  std::string_view found;
  size_t count = 0;
  for (const std::string_view member : members) {
    if (!has(member)) continue;
    found = member;
    ++count;
  }
  if (count == 1) return found;
  if (!is_object_) return {};
  faults_.add(path_.empty() ? "the body" : path_,
              fmt::format("must have exactly one of {}", fmt::join(members, ", ")));
  return {};
}

void Members::refuse(std::string_view member, std::string_view why) {
  const Value* found = find(member, kOptional);
  const bool empty = found == nullptr || ((found->is_array() || found->is_object()) && found->empty());
  if (!empty) fault(member, std::string(why));
}

void Members::done() {
  for (const auto& [member, value] : object_.as_object()) {
    if (std::ranges::find(asked_, std::string_view(member)) != asked_.end()) continue;
    const std::string_view near = os::nearest(member, asked_);
    fault(member, near.empty() ? std::string("is not known here")
                               : fmt::format("is not known here; did you mean {}?", near));
  }
}

}  // namespace soma::memory::api
