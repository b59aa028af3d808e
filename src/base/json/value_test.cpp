#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include "base/json/json.h"

namespace soma::json {
namespace {

TEST(Value, HasOneRepresentationForEachInteger) {
  EXPECT_EQ(Value(7).type(), Type::kInt);
  EXPECT_EQ(Value(7u).type(), Type::kInt);
  EXPECT_EQ(Value(UINT64_MAX).type(), Type::kUint);
  EXPECT_EQ(Value(static_cast<uint64_t>(INT64_MAX)).type(), Type::kInt);
  EXPECT_EQ(Value(true).type(), Type::kBool);
  EXPECT_EQ(Value(1.0).type(), Type::kDouble);
  EXPECT_EQ(Value("text").type(), Type::kString);
  EXPECT_EQ(Value(nullptr).type(), Type::kNull);
}

TEST(Value, ConvertsNumbersWhereNothingIsLost) {
  EXPECT_EQ(Value(7).as_uint(), 7u);
  EXPECT_EQ(Value(UINT64_MAX).as_uint(), UINT64_MAX);
  EXPECT_EQ(Value(-7).as_double(), -7.0);
  EXPECT_EQ(Value(0.5).as_double(), 0.5);
}

TEST(Value, TakenAsAnotherTypeIsABug) {
  EXPECT_THROW(Value(1).as_string(), std::logic_error);
  EXPECT_THROW(Value("1").as_int(), std::logic_error);
  EXPECT_THROW(Value(1.0).as_int(), std::logic_error);
  EXPECT_THROW(Value(-1).as_uint(), std::logic_error);
  EXPECT_THROW(Value().as_object(), std::logic_error);
  EXPECT_THROW(Value().as_array(), std::logic_error);
  EXPECT_THROW(Value(1).as_bool(), std::logic_error);
  EXPECT_THROW(Value("a").set("b", 1), std::logic_error);
  EXPECT_THROW(Value("a").push_back(1), std::logic_error);
}

TEST(Value, FallsBackWhereTheTypeIsAnother) {
  EXPECT_EQ(Value("a").int_or(3), 3);
  EXPECT_EQ(Value(UINT64_MAX).int_or(3), 3);
  EXPECT_EQ(Value(2).double_or(3), 2.0);
  EXPECT_EQ(Value(2).string_or("x"), "x");
  EXPECT_TRUE(Value().bool_or(true));
}

TEST(Value, KeepsMembersInOrderAndReplacesInPlace) {
  Value value;
  value.set("z", 1);
  value.set("a", 2);
  value.set("z", 3);
  EXPECT_EQ(write(value), R"({"z":3,"a":2})");
  EXPECT_TRUE(value.erase("z"));
  EXPECT_FALSE(value.erase("z"));
  EXPECT_EQ(write(value), R"({"a":2})");
}

TEST(Value, AbsentMembersAndElementsAreNull) {
  Value value = object({{"a", array({1, 2})}});
  EXPECT_TRUE(value.get("b").get("c").at(7).is_null());
  EXPECT_EQ(value.find("b"), nullptr);
  EXPECT_EQ(Value(1).find("b"), nullptr);
  EXPECT_EQ(value.get("a").at(1).as_int(), 2);
  EXPECT_TRUE(value.get("a").at(2).is_null());
  EXPECT_EQ(value.size(), 1u);
  EXPECT_EQ(Value("abc").size(), 0u);
}

TEST(Value, FollowsPointersOfRfc6901) {
  Value value = *parse(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"m~n":8,"10":["x"]})");
  EXPECT_EQ(value.pointer(""), &value);
  EXPECT_EQ(value.pointer("/foo/0")->as_string(), "bar");
  EXPECT_EQ(value.pointer("/")->as_int(), 0);
  EXPECT_EQ(value.pointer("/a~1b")->as_int(), 1);
  EXPECT_EQ(value.pointer("/c%d")->as_int(), 2);
  EXPECT_EQ(value.pointer("/m~0n")->as_int(), 8);
  EXPECT_EQ(value.pointer("/10/0")->as_string(), "x");
  for (std::string_view nowhere :
       {"foo", "/foo/2", "/foo/00", "/foo/-", "/foo/-1", "/foo/0/x", "/m~2n", "/m~", "/none"}) {
    EXPECT_EQ(value.pointer(nowhere), nullptr) << nowhere;
  }
}

TEST(Value, AppendedPointerTokensAreEscaped) {
  EXPECT_EQ(append_pointer("/a", "b/c~d"), "/a/b~1c~0d");
  EXPECT_EQ(append_pointer("", ""), "/");
}

TEST(Value, EqualityIsOfValuesNotOfSpelling) {
  EXPECT_EQ(Value(1), Value(1.0));
  EXPECT_EQ(Value(0.0), Value(-0.0));
  EXPECT_NE(Value(1), Value(true));
  EXPECT_NE(Value(1), Value("1"));
  EXPECT_NE(Value(), Value(false));
  EXPECT_EQ(*parse(R"({"a":1,"b":[2,{}]})"), *parse(R"({"b":[2.0,{}],"a":1.0})"));
  EXPECT_NE(*parse(R"({"a":1})"), *parse(R"({"a":1,"b":1})"));
  EXPECT_NE(*parse(R"({"a":1})"), *parse(R"({"b":1})"));
  EXPECT_NE(*parse("[1,2]"), *parse("[2,1]"));
}

TEST(Value, LargeNumbersCompareExactly) {
  EXPECT_NE(Value(INT64_MAX), Value(0x1p63));
  EXPECT_NE(Value(9'007'199'254'740'993), Value(9'007'199'254'740'992.0));
  EXPECT_EQ(Value(uint64_t{1} << 63), Value(0x1p63));
  EXPECT_NE(Value(UINT64_MAX), Value(0x1p64));
  EXPECT_EQ(Value(INT64_MIN), Value(-0x1p63));
  EXPECT_NE(Value(UINT64_MAX), Value(-1));
  EXPECT_NE(Value(std::numeric_limits<double>::quiet_NaN()), Value(0));
}

TEST(Value, LargeObjectsCompareInAnyOrder) {
  Value forward;
  Value backward;
  for (int i = 0; i < 1000; ++i) forward.set("key" + std::to_string(i), i);
  for (int i = 999; i >= 0; --i) backward.set("key" + std::to_string(i), i);
  EXPECT_EQ(forward, backward);
  backward.set("key500", "other");
  EXPECT_NE(forward, backward);
}

TEST(Value, CopiesDoNotShare) {
  Value original = *parse(R"({"a":[1]})");
  Value copy = original;
  copy.find("a")->push_back(2);
  EXPECT_EQ(original.get("a").size(), 1u);
  Value moved = std::move(copy);
  EXPECT_EQ(moved.get("a").size(), 2u);
}

TEST(Value, NamesTypesInJsonsWords) {
  EXPECT_EQ(type_name(Type::kUint), "integer");
  EXPECT_EQ(type_name(Type::kDouble), "number");
  EXPECT_EQ(type_name(Type::kBool), "boolean");
}

}  // namespace
}  // namespace soma::json
