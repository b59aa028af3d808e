#include "base/json/schema.h"

#include <gtest/gtest.h>

namespace soma::json {
namespace {

Schema schema(std::string_view text) {
  auto compiled = Schema::compile(*parse(text));
  if (!compiled) throw std::runtime_error(compiled.error().to_string());
  return *compiled;
}

os::Error refusal(std::string_view text) {
  auto compiled = Schema::compile(*parse(text));
  return compiled ? os::Error{os::Code::kInternal, "accepted"} : compiled.error();
}

// "pointer keyword" of each violation.
std::vector<std::string> violations(std::string_view schema_text, std::string_view value) {
  std::vector<std::string> found;
  for (const Violation& violation : schema(schema_text).validate(*parse(value))) {
    found.push_back(violation.pointer + " " + violation.keyword);
  }
  return found;
}

std::string first_message(std::string_view schema_text, std::string_view value) {
  auto found = schema(schema_text).validate(*parse(value));
  return found.empty() ? "" : found[0].pointer + ": " + found[0].message;
}

using Found = std::vector<std::string>;

struct Case {
  std::string_view schema;
  std::vector<std::string_view> valid;
  std::vector<std::string_view> invalid;
};

TEST(Schema, EachKeywordTellsRightFromWrong) {
  const std::vector<Case> cases{
      {"true", {"1", "null"}, {}},
      {"false", {}, {"1", "null"}},
      {"{}", {"1", "{}"}, {}},
      {R"({"type":"integer"})",
       {"1", "-0", "1.0", "1e3", "18446744073709551615"},
       {"1.5", "\"1\"", "true", "null"}},
      {R"({"type":"number"})", {"1", "1.5"}, {"\"1\"", "[]"}},
      {R"({"type":["string","null"]})", {"\"\"", "null"}, {"0", "{}"}},
      {R"({"type":"boolean"})", {"true"}, {"0"}},
      {R"({"type":"object"})", {"{}"}, {"[]"}},
      {R"({"type":"array"})", {"[]"}, {"{}"}},
      {R"({"enum":[1,"a",{"b":[2]}]})", {"1", "1.0", "\"a\"", R"({"b":[2]})"}, {"2", "\"b\"", "{}", "true"}},
      {R"({"const":{"a":1,"b":2}})", {R"({"b":2,"a":1.0})"}, {R"({"a":1})", "null"}},
      {R"({"const":null})", {"null"}, {"0", "false"}},
      {R"({"minLength":2,"maxLength":3})", {"\"ab\"", "\"𝄞𝄞𝄞\"", "7"}, {"\"é\"", "\"abcd\"", "\"\""}},
      {R"({"minLength":2.0})", {"\"ab\""}, {"\"a\""}},
      {R"({"pattern":"^a+$"})", {"\"aa\"", "3"}, {"\"ab\"", "\"\"", "\"xa\""}},
      {R"({"pattern":"a"})", {"\"xax\""}, {"\"b\""}},
      {R"({"pattern":"^\\u00e9\\d\\/$"})", {"\"é1/\""}, {"\"e1/\""}},
      {R"({"minimum":1,"maximum":3})", {"1", "3.0", "2.5", "\"0\""}, {"0", "3.01", "-1"}},
      {R"({"exclusiveMinimum":1,"exclusiveMaximum":3})", {"2", "1.01"}, {"1", "3", "1.0"}},
      {R"({"minimum":9223372036854775808})", {"9223372036854775808", "1e30"}, {"9223372036854775807", "-1"}},
      {R"({"maximum":9007199254740992})", {"9007199254740992"}, {"9007199254740993"}},
      {R"({"multipleOf":2})", {"4", "0", "-2", "4.0"}, {"3", "4.5"}},
      {R"({"multipleOf":0.1})", {"0.3", "1", "1.1"}, {"0.35"}},
      {R"({"multipleOf":0.0001})", {"0.0075"}, {"0.00751"}},
      {R"({"multipleOf":9223372036854775808})", {"0", "9223372036854775808"}, {"1", "18446744073709551615"}},
      {R"({"items":{"type":"integer"}})", {"[]", "[1,2]", "{}"}, {"[1,\"x\"]"}},
      {R"({"prefixItems":[{"type":"integer"},{"type":"string"}],"items":false})",
       {"[]", "[1]", "[1,\"a\"]"},
       {"[\"a\"]", "[1,\"a\",2]"}},
      {R"({"prefixItems":[true],"items":{"type":"null"}})", {"[1,null]"}, {"[1,2]"}},
      {R"({"minItems":1,"maxItems":2})", {"[1]", "[1,2]", "\"\""}, {"[]", "[1,2,3]"}},
      {R"({"uniqueItems":true})",
       {"[]", "[1,2,\"1\",true,[1],{\"a\":1}]", "[[1],[true]]", "[9007199254740993,9007199254740992.0]"},
       {"[1,1.0]", R"([{"a":1,"b":2},{"b":2,"a":1}])", "[[],[]]",
        "[18446744073709551615,1,18446744073709551615]", "[0,-0.0]",
        "[9223372036854775808,9223372036854775808.0]"}},
      {R"({"uniqueItems":false})", {"[1,1]"}, {}},
      {R"({"contains":{"const":1}})", {"[1]", "[0,1]", "{}"}, {"[]", "[2]"}},
      {R"({"contains":{"const":1},"minContains":2,"maxContains":3})",
       {"[1,1]", "[1,0,1,1]"},
       {"[1]", "[1,1,1,1]"}},
      {R"({"contains":{"const":1},"minContains":0})", {"[]", "[2]"}, {}},
      {R"({"minContains":2})", {"[]"}, {}},
      {R"({"properties":{"a":{"type":"integer"},"b":false}})",
       {"{}", R"({"a":1,"c":0})", "[]"},
       {R"({"a":"x"})", R"({"b":1})"}},
      {R"({"required":["a","b"]})", {R"({"a":1,"b":null})", "[]"}, {R"({"a":1})", "{}"}},
      {R"({"properties":{"a":true},"patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false})",
       {R"({"a":1,"x-y":"z"})", "{}"},
       {R"({"x-y":1})", R"({"b":1})"}},
      {R"({"additionalProperties":{"type":"integer"}})", {R"({"a":1})"}, {R"({"a":"b"})"}},
      {R"({"propertyNames":{"pattern":"^[a-z]+$"}})", {R"({"abc":1})", "{}"}, {R"({"A":1})"}},
      {R"({"minProperties":1,"maxProperties":2})", {R"({"a":1})"}, {"{}", R"({"a":1,"b":2,"c":3})"}},
      {R"({"dependentRequired":{"a":["b"]}})", {"{}", R"({"b":1})", R"({"a":1,"b":1})"}, {R"({"a":1})"}},
      {R"({"dependentSchemas":{"a":{"required":["b"]}}})", {"{}", R"({"a":1,"b":1})"}, {R"({"a":1})"}},
      {R"({"allOf":[{"type":"integer"},{"minimum":3}]})", {"3"}, {"2", "3.5"}},
      {R"({"anyOf":[{"type":"integer"},{"type":"string"}]})", {"3", "\"\""}, {"3.5", "null"}},
      {R"({"oneOf":[{"multipleOf":2},{"multipleOf":3}]})", {"2", "3"}, {"6", "1"}},
      {R"({"not":{"type":"integer"}})", {"\"\""}, {"1"}},
      {R"({"not":{}})", {}, {"1"}},
      {R"({"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"required":["x"]},"else":{"required":["y"]}})",
       {R"({"k":1,"x":0})", R"({"k":2,"y":0})", R"({"y":0})"},
       {R"({"k":1,"y":0})", R"({"k":2,"x":0})"}},
      {R"({"then":false,"else":false})", {"1"}, {}},
      {R"({"$defs":{"n":{"type":"integer"}},"$ref":"#/$defs/n"})", {"1"}, {"\"\""}},
      {R"({"definitions":{"n":{"type":"integer"}},"$ref":"#/definitions/n"})", {"1"}, {"\"\""}},
      {R"({"$defs":{"a/b%c d~":{"type":"integer"}},"$ref":"#/$defs/a~1b%25c%20d~0"})", {"1"}, {"\"\""}},
      {R"({"properties":{"next":{"$ref":"#"}},"additionalProperties":false})",
       {R"({"next":{"next":{}}})"},
       {R"({"next":{"nxt":{}}})"}},
      {R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"type":"null"}},"title":"t"})",
       {"null"},
       {"1"}},
  };
  for (const Case& test : cases) {
    Schema compiled = schema(test.schema);
    for (auto value : test.valid)
      EXPECT_TRUE(compiled.validate(*parse(value)).empty()) << test.schema << " " << value;
    for (auto value : test.invalid)
      EXPECT_FALSE(compiled.validate(*parse(value)).empty()) << test.schema << " " << value;
  }
}

TEST(Schema, ChecksTheFormatsItNames) {
  const std::vector<Case> cases{
      {"date-time",
       {"2026-01-31T23:59:59Z", "2026-01-31t23:59:59.123456789+05:30"},
       {"2026-01-31", "2026-02-30T00:00:00Z", "now", "2026-01-31T23:59:59"}},
      {"date", {"2024-02-29"}, {"2023-02-29", "2024-2-9", "2024-02-29Z", "20240229"}},
      {"uri",
       {"https://example.org/a?b=c#d", "urn:isbn:0451450523", "mailto:a@b.c", "http://[::1]:8080/",
        "file:///etc", "http://u:p@h:80/%20"},
       {"/relative", "example.org", "http://a b", "http://a/%zz", "1http://x", "http://[::1", "http://a/[b]",
        ":x", "http://h:port/", "http://a#b#c", "http://é.org"}},
      {"uuid",
       {"01234567-89ab-7def-8000-00000000000F"},
       {"0123456789ab7def80000000000000ff", "01234567-89ab-7def-8000-00000000000g",
        "01234567-89ab-7def-8000-00000000000"}},
      {"email",
       {"a.b+c@example.org", "\"odd name\"@example.org", "x@localhost"},
       {"a@", "@b", "a b@c.d", ".a@b.c", "a..b@c.d", "a@-b.c", "a"}},
      {"ipv4",
       {"192.0.2.1", "0.0.0.0", "255.255.255.255"},
       {"256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.a", "1.2.3.+4"}},
      {"hostname", {"anything at all"}, {}},
  };
  for (const Case& test : cases) {
    Schema compiled = *Schema::compile(object({{"format", test.schema}}));
    for (auto value : test.valid)
      EXPECT_TRUE(compiled.validate(Value(value)).empty()) << test.schema << " " << value;
    for (auto value : test.invalid)
      EXPECT_FALSE(compiled.validate(Value(value)).empty()) << test.schema << " " << value;
    EXPECT_TRUE(compiled.validate(Value(7)).empty());
  }
}

TEST(Schema, RefusesUnsupportedKeywordsByName) {
  for (std::string_view keyword :
       {"unevaluatedProperties", "unevaluatedItems", "$anchor", "$dynamicRef", "$vocabulary", "dependencies",
        "contentEncoding", "nullable", "x-anything", "additionalItems"}) {
    Value inside = object({{"properties", object({{"a", object({{std::string(keyword), true}})}})}});
    auto compiled = Schema::compile(inside);
    ASSERT_FALSE(compiled) << keyword;
    EXPECT_EQ(compiled.error().code, os::Code::kInvalidArgument);
    EXPECT_NE(compiled.error().message.find("'/properties/a/" + std::string(keyword) + "'"),
              std::string::npos)
        << compiled.error().message;
    EXPECT_NE(compiled.error().message.find("not supported"), std::string::npos);
  }
  EXPECT_EQ(refusal(R"({"maxLenght":3})").hint, "did you mean 'maxLength'?");
}

TEST(Schema, RefusesMalformedKeywords) {
  for (std::string_view text : {"1",
                                "null",
                                "\"x\"",
                                "[]",
                                R"({"type":"int"})",
                                R"({"type":[]})",
                                R"({"type":[1]})",
                                R"({"type":null})",
                                R"({"enum":1})",
                                R"({"minLength":-1})",
                                R"({"minLength":1.5})",
                                R"({"maxItems":"3"})",
                                R"({"pattern":"["})",
                                R"({"pattern":3})",
                                R"({"pattern":"(?=a)b"})",
                                R"({"patternProperties":{"[":true}})",
                                R"({"minimum":"1"})",
                                R"({"multipleOf":0})",
                                R"({"multipleOf":-1})",
                                R"({"items":[true]})",
                                R"({"prefixItems":[]})",
                                R"({"prefixItems":true})",
                                R"({"allOf":[]})",
                                R"({"anyOf":{}})",
                                R"({"not":1})",
                                R"({"properties":[]})",
                                R"({"properties":{"a":1}})",
                                R"({"required":"a"})",
                                R"({"required":["a","a"]})",
                                R"({"required":[1]})",
                                R"({"uniqueItems":1})",
                                R"({"$ref":1})",
                                R"({"$ref":"#/nowhere"})",
                                R"({"$ref":"other.json"})",
                                R"({"$ref":"https://example.org/s"})",
                                R"({"$ref":"#anchor"})",
                                R"({"$ref":"#/a%zz"})",
                                R"({"$schema":"http://json-schema.org/draft-04/schema#"})",
                                R"({"$schema":7})",
                                R"({"properties":{"a":{"$id":"x"}}})",
                                R"({"title":1})",
                                R"({"examples":1})",
                                R"({"deprecated":"yes"})",
                                R"({"format":1})",
                                R"({"dependentRequired":{"a":"b"}})",
                                R"({"dependentSchemas":[]})",
                                R"({"$defs":{"a":1}})",
                                R"({"$comment":1})"}) {
    auto compiled = Schema::compile(*parse(text));
    ASSERT_FALSE(compiled) << text;
    EXPECT_EQ(compiled.error().code, os::Code::kInvalidArgument) << text;
  }
}

TEST(Schema, AcceptsAnnotationsAndDialects) {
  EXPECT_NO_THROW(schema(
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://example.org/s","$comment":"c",
    "title":"t","description":"d","default":1,"examples":[1],"deprecated":false,"readOnly":true,"writeOnly":false})"));
  EXPECT_NO_THROW(schema(R"({"$schema":"http://json-schema.org/draft-07/schema#"})"));
}

TEST(Schema, TellsAllViolationsInDocumentOrder) {
  constexpr std::string_view kSchema =
      R"({"required":["z"],"properties":{"b":{"type":"integer"},"a":{"items":{"minimum":0}}},
    "allOf":[{"properties":{"b":{"minimum":5}}}]})";
  EXPECT_EQ(violations(kSchema, R"({"a":[-1,1,-2],"b":"x"})"),
            (Found{" required", "/a/0 minimum", "/a/2 minimum", "/b type"}));
  EXPECT_EQ(violations(kSchema, R"({"b":1.5,"a":[-1],"z":0})"),
            (Found{"/b type", "/b minimum", "/a/0 minimum"}));
}

TEST(Schema, MessagesSayWhatMustBeAndWhatIs) {
  EXPECT_EQ(first_message(R"({"properties":{"n":{"type":["integer","null"]}}})", R"({"n":"x"})"),
            "/n: must be null or integer, is string");
  EXPECT_EQ(first_message(R"({"minimum":1})", "0"), ": must be at least 1, is 0");
  EXPECT_EQ(first_message(R"({"required":["model"]})", "{}"), ": must have the key 'model'");
  EXPECT_EQ(first_message(R"({"enum":["low","medium","high"]})", "\"hihg\""),
            R"(: must be one of ["low","medium","high"]; did you mean 'high'?)");
  EXPECT_EQ(first_message(R"({"maxLength":1})", "\"abc\""), ": must have at most 1 characters, has 3");
}

TEST(Schema, UnknownMemberNamesTheNearestKey) {
  constexpr std::string_view kSchema =
      R"({"properties":{"maxIterations":true,"model":true},"additionalProperties":false})";
  EXPECT_EQ(violations(kSchema, R"({"maxIteration":1})"), Found{"/maxIteration additionalProperties"});
  EXPECT_EQ(first_message(kSchema, R"({"maxIteration":1})"),
            "/maxIteration: is not a known key; did you mean 'maxIterations'?");
  EXPECT_EQ(first_message(kSchema, R"({"colour":1})"), "/colour: is not a known key");
}

// A configuration's tools are alternatives told apart by "type": the complaint must be about the one that was
// meant.
TEST(Schema, FailedAlternativesComplainAboutTheOneThatWasMeant) {
  constexpr std::string_view kSchema = R"({"oneOf":[
    {"properties":{"type":{"const":"shell"},"command":{"type":"string"}},"required":["type","command"]},
    {"properties":{"type":{"const":"browser"},"width":{"type":"integer"}},"required":["type","width"]}]})";
  EXPECT_EQ(violations(kSchema, R"({"type":"browser","width":"wide"})"), Found{"/width type"});
  EXPECT_EQ(violations(kSchema, R"({"type":"shell"})"), Found{" required"});
  EXPECT_EQ(violations(kSchema, R"({"type":"printer"})"), Found{" oneOf"});
  EXPECT_EQ(violations(R"({"anyOf":[{"type":"string"},{"type":"integer"}]})", "null"), Found{" anyOf"});
}

TEST(Schema, CountsOfViolationsAreBounded) {
  std::string value = "[";
  for (int i = 0; i < 1000; ++i) value += "\"x\",";
  EXPECT_EQ(violations(R"({"items":{"type":"integer"}})", value + "1]").size(), kMaxViolations);
}

TEST(Schema, EndlessReferencesAreRefusedNotFollowed) {
  for (std::string_view text :
       {R"({"$ref":"#"})", R"({"allOf":[{"$ref":"#"}]})", R"({"anyOf":[{"$ref":"#"},{"$ref":"#"}]})",
        R"({"not":{"$ref":"#"}})", R"({"if":{"$ref":"#"},"then":true})"}) {
    auto found = schema(text).validate(Value(1));
    ASSERT_FALSE(found.empty()) << text;
    EXPECT_NE(found.back().message.find("too costly"), std::string::npos) << text;
  }
}

TEST(Schema, ExponentialSchemasStopAtTheStepLimit) {
  std::string text = R"({"$defs":{"s0":{"type":"string"})";
  for (int i = 1; i <= 60; ++i) {
    std::string below = "{\"$ref\":\"#/$defs/s" + std::to_string(i - 1) + "\"}";
    text += ",\"s" + std::to_string(i) + "\":{\"anyOf\":[" + below + "," + below + "]}";
  }
  auto found = schema(text + R"(},"$ref":"#/$defs/s60"})").validate(Value(1));
  ASSERT_FALSE(found.empty());
  EXPECT_NE(found.back().message.find("too costly"), std::string::npos);
}

TEST(Schema, DeepSchemasAreRefused) {
  Value deep = object({});
  for (int i = 0; i < 400; ++i) deep = object({{"not", std::move(deep)}});
  auto compiled = Schema::compile(deep);
  ASSERT_FALSE(compiled);
  EXPECT_NE(compiled.error().message.find("deeper"), std::string::npos);
}

TEST(Schema, HostilePatternsStayLinear) {
  Schema compiled = schema(R"({"pattern":"^(a+)+$"})");
  EXPECT_FALSE(compiled.validate(Value(std::string(100'000, 'a') + "b")).empty());
  EXPECT_FALSE(Schema::compile(object({{"pattern", "((a{100}){100}){100}"}})));
  EXPECT_FALSE(Schema::compile(object({{"pattern", std::string(5000, 'a')}})));
}

TEST(Schema, OutlivesWhatItWasCompiledFrom) {
  auto copy = [] {
    Schema original = schema(R"({"properties":{"a":{"$ref":"#/$defs/n"}},"$defs":{"n":{"enum":["x"]}}})");
    return Schema(original);
  }();
  EXPECT_TRUE(copy.validate(*parse(R"({"a":"x"})")).empty());
  EXPECT_FALSE(copy.validate(*parse(R"({"a":"y"})")).empty());
}

TEST(ViolationsError, NamesFileLineAndKey) {
  constexpr std::string_view kText = "{\n  \"maxIteration\": 5,\n  \"model\": 1\n}";
  auto found =
      schema(
          R"({"properties":{"maxIterations":true,"model":{"type":"object"}},"additionalProperties":false})")
          .validate(*parse(kText));
  os::Error error = violations_error(found, kText, "harness.json");
  EXPECT_EQ(error.message,
            "harness.json:2:3: /maxIteration is not a known key; did you mean 'maxIterations'?; "
            "harness.json:3:3: /model must be object, is integer");
  EXPECT_EQ(error.code, os::Code::kInvalidArgument);
  EXPECT_EQ(
      violations_error(found, "", "").message,
      "/maxIteration is not a known key; did you mean 'maxIterations'?; /model must be object, is integer");
  EXPECT_EQ(violations_error({{"", "required", "must have the key 'a'"}}, "{}", "").message,
            "line 1:1: the value must have the key 'a'");
}

}  // namespace
}  // namespace soma::json
