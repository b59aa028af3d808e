#include <cmath>

#include "services/workflow/jsonata/functions.h"

namespace soma::workflow::jsonata::native {
namespace {

void collect_keys(Evaluator& evaluator, Value value, Object* keys, size_t depth) {
  if (depth > kMaxValueDepth) throw Failure{.code = "U1001", .message = "kMaxValueDepth"};
  evaluator.spend(1);
  if (value.is_array()) {
    for (size_t at = 0; at < value.size(); ++at) collect_keys(evaluator, value.item(at), keys, depth + 1);
  } else if (value.is_object()) {
    evaluator.spend(member_count(value));
    for (const Member& member : members(evaluator.memory(), value))
      set(evaluator.memory(), keys, member.key, true);
  }
}

// The message that was given, or the function's own.
std::string message_or(Value message, std::string_view otherwise) {
  return std::string(message.is_string() && !message.text().empty() ? message.text() : otherwise);
}

Value spread(Evaluator& evaluator, Value value, size_t depth) {
  if (depth > kMaxValueDepth) throw Failure{.code = "U1001", .message = "kMaxValueDepth"};
  if (value.is_array()) {
    evaluator.spend(value.size());
    Value all = make_sequence(evaluator.memory());
    for (size_t at = 0; at < value.size(); ++at) {
      all = append(evaluator.memory(), all, spread(evaluator, value.item(at), depth + 1));
    }
    return all;
  }
  if (!value.is_object()) return value;
  evaluator.spend(member_count(value));
  Array* all = make_sequence(evaluator.memory(), member_count(value));
  for (const Member& member : members(evaluator.memory(), value)) {
    Object* one = make_object(evaluator.memory(), 1);
    set(evaluator.memory(), one, member.key, member.value);
    push(evaluator.memory(), all, one);
  }
  return all;
}

}  // namespace

Value keys(Evaluator& evaluator, Args args) {
  Object* keys = make_object(evaluator.memory());
  collect_keys(evaluator, args[0], keys, 0);
  Array* names = make_sequence(evaluator.memory(), keys->size);
  for (const Member& member : members(evaluator.memory(), keys)) push(evaluator.memory(), names, member.key);
  return names;
}

Value lookup(Evaluator& evaluator, Args args) {
  if (!args[1].is_string()) return Value();
  evaluator.spend(args[1].text().size() / kBytesPerStep);
  return evaluator.lookup(args[0], args[1].text());
}

Value spread(Evaluator& evaluator, Args args) {
  return spread(evaluator, args[0], 0);
}

Value merge(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  Object* merged = make_object(evaluator.memory());
  for (size_t at = 0; at < args[0].size(); ++at) {
    evaluator.spend(1 + member_count(args[0].item(at)));
    for (const Member& member : members(evaluator.memory(), args[0].item(at))) {
      set(evaluator.memory(), merged, member.key, member.value);
    }
  }
  return merged;
}

Value clone(Evaluator& evaluator, Args args) {
  return args[0].is_undefined() ? args[0] : evaluator.clone(args[0]);
}

Value boolean(Evaluator& evaluator, Args args) {
  return args[0].is_undefined() ? args[0] : Value(evaluator.holds(args[0]));
}

Value negation(Evaluator& evaluator, Args args) {
  return args[0].is_undefined() ? args[0] : Value(!evaluator.holds(args[0]));
}

Value exists(Evaluator&, Args args) {
  return !args[0].is_undefined();
}

Value type(Evaluator&, Args args) {
  const Value value = args[0];
  if (value.is_undefined()) return value;
  if (value.is_null()) return std::string_view("null");
  if (value.is_number() && is_numeric(value)) return std::string_view("number");
  if (value.is_string()) return std::string_view("string");
  if (value.is_bool()) return std::string_view("boolean");
  if (value.is_array()) return std::string_view("array");
  return std::string_view(value.is_function() ? "function" : "object");
}

Value error(Evaluator&, Args args) {
  throw Failure{.code = "D3137", .message = message_or(args[0], "$error() function evaluated")};
}

Value assertion(Evaluator& evaluator, Args args) {
  if (evaluator.holds(args[0])) return Value();
  throw Failure{.code = "D3141", .message = message_or(args[1], "$assert() statement failed")};
}

}  // namespace soma::workflow::jsonata::native
