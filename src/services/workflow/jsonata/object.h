// Objects: those of the input and those made here. Private to jsonata/.
#pragma once

#include <unordered_map>

#include "services/workflow/jsonata/value.h"

namespace soma::workflow::jsonata {

struct Member {
  std::string_view key;
  Value value;
};

// Members in the order they were set. Past kFewMembers they are also found through `index`.
struct Object {
  Member* members = nullptr;
  uint32_t size = 0;
  uint32_t capacity = 0;
  uint32_t* index = nullptr;      // open addressing: position + 1, 0: free
  uint32_t index_capacity = 0;    // a power of two
  bool has_numeric_keys = false;  // "0", "17": JavaScript puts those first, by value
};

// Up to here looking at each member is quicker.
inline constexpr size_t kFewMembers = 16;

Object* make_object(Memory& memory, size_t capacity = 4);
void set(Memory& memory, Object* object, std::string_view key, Value value);
Member* find(const Object* object, std::string_view key);
void erase(Object* object, std::string_view key);

// Indexes of the input's large objects, made when one is asked again and again.
class ObjectIndexes {
 public:
  const json::Value* find(const json::Object& object, std::string_view key, uint64_t& steps);

 private:
  struct Index {
    size_t times_asked = 0;
    std::unordered_map<std::string_view, const json::Value*> members{};
  };
  std::unordered_map<const json::Object*, Index> indexes_;
};

size_t member_count(Value object);
// The members in JavaScript's order.
std::span<const Member> members(Memory& memory, Value object);

}  // namespace soma::workflow::jsonata
