#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "base/json/json.h"

namespace soma::json {
namespace {

TEST(Write, IsCompact) {
  EXPECT_EQ(write(object({{"a", array({1, nullptr, true})}, {"b", object({})}, {"c", array({})}})),
            R"({"a":[1,null,true],"b":{},"c":[]})");
}

TEST(Write, PrettyIndentsByTwo) {
  EXPECT_EQ(
      write_pretty(object({{"a", array({1, object({{"b", 2}})})}, {"c", array({})}, {"d", object({})}})),
      "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}\n");
  EXPECT_EQ(write_pretty(Value(1)), "1\n");
}

TEST(Write, DoublesAreShortestAndStayDoubles) {
  for (const auto& [real, text] :
       std::vector<std::pair<double, std::string>>{{1.0, "1.0"},
                                                   {-0.0, "-0.0"},
                                                   {0.1, "0.1"},
                                                   {1e22, "1e+22"},
                                                   {5e-324, "5e-324"},
                                                   {1.7976931348623157e308, "1.7976931348623157e+308"},
                                                   {100000.0, "100000.0"},
                                                   {0.30000000000000004, "0.30000000000000004"}}) {
    EXPECT_EQ(write(Value(real)), text);
    Value read = *parse(text);
    EXPECT_EQ(read.type(), Type::kDouble) << text;
    EXPECT_EQ(std::signbit(read.as_double()), std::signbit(real));
  }
}

TEST(Write, WhatJsonCannotSayBecomesNull) {
  EXPECT_EQ(write(Value(std::numeric_limits<double>::infinity())), "null");
  EXPECT_EQ(write(Value(std::numeric_limits<double>::quiet_NaN())), "null");
}

TEST(Write, EscapesWhatMustBe) {
  EXPECT_EQ(write(Value(std::string("\"\\/\b\f\n\r\t\0\x1f\x7fé€𝄞", 20))),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7fé€𝄞\"");
}

TEST(Write, InvalidUtf8BecomesReplacementCharacters) {
  EXPECT_EQ(write(Value(std::string("a\xff\xc3z"))), "\"a\uFFFD\uFFFDz\"");
  EXPECT_TRUE(parse(write(object({{"\x80", 1}}))));
}

// Makes any value that JSON can hold.
class AnyValue {
 public:
  explicit AnyValue(uint64_t seed) : random_(seed) {}

  Value make(int depth = 0) {
    switch (random_() % (depth < 5 ? 9 : 7)) {
      case 0:
        return Value();
      case 1:
        return Value(random_() % 2 == 0);
      case 2:
        return Value(static_cast<int64_t>(random_() >> random_() % 64));
      case 3:
        return Value(-static_cast<int64_t>(random_() >> (1 + random_() % 63)));
      case 4:
        return Value(random_());
      case 5:
        return any_double();
      case 6:
        return Value(any_text());
      case 7: {
        Array elements;
        for (uint64_t i = random_() % 6; i > 0; --i) elements.push_back(make(depth + 1));
        return Value(std::move(elements));
      }
      default: {
        Value members = object({});
        for (uint64_t i = random_() % 40; i > 0; i /= 2) members.set(any_text(), make(depth + 1));
        return members;
      }
    }
  }

 private:
  Value any_double() {
    for (;;) {
      uint64_t bits = random_();
      double real;
      std::memcpy(&real, &bits, sizeof real);
      if (std::isfinite(real)) return Value(random_() % 3 == 0 ? std::trunc(std::fmod(real, 1e6)) : real);
    }
  }

  std::string any_text() {
    std::string text;
    for (uint64_t i = random_() % 12; i > 0; --i) {
      switch (random_() % 4) {
        case 0:
          text += static_cast<char>(random_() % 0x80);
          break;
        case 1:
          text += "é";
          break;
        case 2:
          text += "𝄞";
          break;
        default:
          text += static_cast<char>('a' + random_() % 26);
      }
    }
    return text;
  }

  std::mt19937_64 random_;
};

bool same_types(const Value& left, const Value& right) {
  if (left.type() != right.type() || left.size() != right.size()) return false;
  if (left.is_array()) {
    for (size_t i = 0; i < left.size(); ++i) {
      if (!same_types(left.at(i), right.at(i))) return false;
    }
  }
  if (left.is_object()) {
    for (size_t i = 0; i < left.size(); ++i) {
      if (left.as_object()[i].first != right.as_object()[i].first) return false;
      if (!same_types(left.as_object()[i].second, right.as_object()[i].second)) return false;
    }
  }
  return true;
}

TEST(Write, EveryValueReadsBackTheSameInValueTypeAndOrder) {
  AnyValue any(20260101);
  for (int round = 0; round < 3000; ++round) {
    Value value = any.make();
    std::string text = write(value);
    auto read = parse(text);
    ASSERT_TRUE(read) << text << " " << read.error().to_string();
    ASSERT_EQ(*read, value) << text;
    ASSERT_TRUE(same_types(*read, value)) << text;
    ASSERT_EQ(write(*read), text);
    auto pretty = parse(write_pretty(value));
    ASSERT_TRUE(pretty && *pretty == value) << text;
  }
}

}  // namespace
}  // namespace soma::json
