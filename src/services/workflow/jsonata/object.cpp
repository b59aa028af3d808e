#include "services/workflow/jsonata/object.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

namespace soma::workflow::jsonata {
namespace {

constexpr size_t kLeastIndexCapacity = 64;
constexpr size_t kTimesScanned = 8;

// The number that a key is the canonical text of ("0", "17", not "01"), up to 2^32 - 2.
std::optional<uint32_t> array_index(std::string_view key) {
  if (key.empty() || key.size() > 10 || key[0] < '0' || key[0] > '9' || (key[0] == '0' && key.size() > 1))
    return std::nullopt;
  uint64_t index = 0;
  const auto end = std::from_chars(key.data(), key.data() + key.size(), index);
  if (end.ptr != key.data() + key.size() || index >= UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(index);
}

size_t home(const Object* object, std::string_view key) {
  return std::hash<std::string_view>()(key) & (object->index_capacity - 1);
}

void enter(Object* object, uint32_t position) {
  size_t at = home(object, object->members[position].key);
  while (object->index[at] != 0) at = (at + 1) & (object->index_capacity - 1);
  object->index[at] = position + 1;
}

void rebuild(Object* object) {
  std::fill_n(object->index, object->index_capacity, 0);
  for (uint32_t position = 0; position < object->size; ++position) enter(object, position);
}

void grow(Memory& memory, Object* object) {
  const size_t capacity = std::max<size_t>(size_t{object->capacity} * 2, 4);
  Member* members = memory.take_array<Member>(capacity);
  std::copy_n(object->members, object->size, members);
  object->members = members;
  object->capacity = static_cast<uint32_t>(capacity);
}

void keep_index(Memory& memory, Object* object) {
  if (object->size <= kFewMembers) return;
  if (size_t{object->size} * 2 <= object->index_capacity) return enter(object, object->size - 1);
  object->index_capacity =
      static_cast<uint32_t>(std::max(size_t{object->index_capacity} * 2, kLeastIndexCapacity));
  object->index = memory.take_array<uint32_t>(object->index_capacity);
  rebuild(object);
}

bool has_numeric_keys(const json::Object& object) {
  return std::ranges::any_of(
      object, [](const json::Member& member) { return array_index(member.first).has_value(); });
}

void order(std::span<Member> members) {
  std::vector<std::pair<uint32_t, Member>> numeric;
  std::vector<Member> others;
  for (const Member& member : members) {
    if (const auto index = array_index(member.key)) {
      numeric.emplace_back(*index, member);
    } else {
      others.push_back(member);
    }
  }
  std::ranges::sort(numeric, {}, &std::pair<uint32_t, Member>::first);
  const auto rest =
      std::ranges::transform(numeric, members.begin(), &std::pair<uint32_t, Member>::second).out;
  std::ranges::copy(others, rest);
}

}  // namespace

Object* make_object(Memory& memory, size_t capacity) {
  Object* object = memory.make<Object>();
  object->members = memory.take_array<Member>(capacity);
  object->capacity = static_cast<uint32_t>(capacity);
  return object;
}

Member* find(const Object* object, std::string_view key) {
  if (object->index_capacity == 0) {
    for (uint32_t at = 0; at < object->size; ++at) {
      if (object->members[at].key == key) return &object->members[at];
    }
    return nullptr;
  }
  for (size_t at = home(object, key); object->index[at] != 0; at = (at + 1) & (object->index_capacity - 1)) {
    Member* member = &object->members[object->index[at] - 1];
    if (member->key == key) return member;
  }
  return nullptr;
}

void set(Memory& memory, Object* object, std::string_view key, Value value) {
  if (Member* member = find(object, key)) {
    member->value = value;
    return;
  }
  if (object->size == object->capacity) grow(memory, object);
  object->members[object->size++] = {key, value};
  if (array_index(key)) object->has_numeric_keys = true;
  keep_index(memory, object);
}

void erase(Object* object, std::string_view key) {
  const Member* member = find(object, key);
  if (member == nullptr) return;
  const size_t at = static_cast<size_t>(member - object->members);
  std::copy(object->members + at + 1, object->members + object->size, object->members + at);
  --object->size;
  if (object->index_capacity > 0) rebuild(object);
}

const json::Value* ObjectIndexes::find(const json::Object& object, std::string_view key, uint64_t& steps) {
  Index& index = indexes_[&object];
  if (++index.times_asked <= kTimesScanned) {
    spend(steps, 1 + object.size() / 16);
    const auto found = std::ranges::find(object, key, &json::Member::first);
    return found == object.end() ? nullptr : &found->second;
  }
  if (index.members.empty()) {
    spend(steps, object.size());
    index.members.reserve(object.size());
    for (const auto& [name, value] : object) index.members.emplace(name, &value);
  }
  const auto found = index.members.find(key);
  return found == index.members.end() ? nullptr : found->second;
}

size_t member_count(Value object) {
  return object.tag() == Tag::kJsonObject ? object.json_object().size() : object.object()->size;
}

std::span<const Member> members(Memory& memory, Value value) {
  if (value.tag() == Tag::kObject && !value.object()->has_numeric_keys) {
    return {value.object()->members, value.object()->size};
  }
  const size_t count = member_count(value);
  const std::span copy(memory.take_array<Member>(count), count);
  if (value.tag() == Tag::kObject) {
    std::copy_n(value.object()->members, count, copy.begin());
    order(copy);
  } else {
    std::ranges::transform(value.json_object(), copy.begin(), [](const json::Member& member) {
      return Member{member.first, Value::of(member.second)};
    });
    if (has_numeric_keys(value.json_object())) order(copy);
  }
  return copy;
}

}  // namespace soma::workflow::jsonata
