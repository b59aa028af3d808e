#include "services/workflow/map_runs/item_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/os/scratch_directory.h"
#include "services/workflow/map_runs/gunzip.h"

namespace soma::workflow {
namespace {

using query::Language;
using testing::ElementsAre;
using testing::HasSubstr;

class ItemSources : public testing::Test {
 protected:
  void put(const std::string& bucket, const std::string& key, std::string_view text) {
    ASSERT_TRUE(objects_.put(bucket, key, text));
  }
  // What the items are as inputs, as one JSON array, or why they cannot be read.
  std::string read(const std::string& action, json::Value config, json::Value arguments,
                   json::Value max_items = {}, Language language = Language::kJsonPath) {
    sources_.clear();
    const ItemReader reader{.resource = "arn:aws:states:::s3:" + action, .reader_config = std::move(config)};
    auto source = open_item_source(reader, language, arguments, max_items, objects_);
    if (!source) return source.error().error + ": " + source.error().cause;
    json::Value items = json::Array{};
    for (;;) {
      auto item = (*source)->next();
      if (!item) return item.error().error + ": " + item.error().cause;
      if (!*item) return json::write(items);
      items.push_back((*item)->input());
      sources_.push_back((*item)->source);
    }
  }
  std::string read_text(std::string_view text, json::Value config, json::Value max_items = {},
                        Language language = Language::kJsonPath) {
    put("b", "k", text);
    return read("getObject", std::move(config), json::object({{"Bucket", "b"}, {"Key", "k"}}),
                std::move(max_items), language);
  }

  os::ScratchDirectory scratch_;
  ObjectFolder objects_{scratch_ / "objects"};
  std::vector<std::string> sources_;  // of the items that were read last
  json::Value csv_ = json::object({{"InputType", "CSV"}, {"CSVHeaderLocation", "FIRST_ROW"}});
  json::Value json_ = json::object({{"InputType", "JSON"}});
  json::Value lines_ = json::object({{"InputType", "JSONL"}});
};

TEST_F(ItemSources, TheFirstRowOfCsvNamesTheColumns) {
  EXPECT_EQ(read_text("a,b\n1,2\n3,4\n", csv_), R"([{"a":"1","b":"2"},{"a":"3","b":"4"}])");
}
TEST_F(ItemSources, FieldsWithoutAHeaderAreLeftOutAndMissingOnesAreEmpty) {
  EXPECT_EQ(read_text("a,b\n1,2,3\n4\n", csv_), R"([{"a":"1","b":"2"},{"a":"4","b":""}])");
}
TEST_F(ItemSources, GivenHeadersMakeTheFirstRowAnItem) {
  csv_.set("CSVHeaderLocation", "GIVEN");
  csv_.set("CSVHeaders", json::array({"x"}));
  EXPECT_EQ(read_text("1\n2", csv_), R"([{"x":"1"},{"x":"2"}])");
}
TEST_F(ItemSources, HeadersAreAllDifferent) {
  EXPECT_EQ(read_text("a,a\n1,2", csv_), "States.ItemReaderFailed: CSV headers cannot contain duplicates.");
}
// What is no UTF-8 is replaced, and two replacements are alike: an item has no member twice.
TEST_F(ItemSources, HeadersAreAllDifferentAsTheItemsHaveThem) {
  EXPECT_EQ(read_text("\x8a,\x8f\n1,2", csv_),
            "States.ItemReaderFailed: CSV headers cannot contain duplicates.");
}
TEST_F(ItemSources, HeadersHaveTheirLimit) {
  EXPECT_THAT(read_text(std::string(kMaxCsvHeaderBytes, 'h') + "\n1", csv_), HasSubstr("10240 are allowed"));
}
TEST_F(ItemSources, TheDelimiterIsNamed) {
  csv_.set("CSVDelimiter", "SEMICOLON");
  EXPECT_EQ(read_text("a;b\n1;2", csv_), R"([{"a":"1","b":"2"}])");
}
TEST_F(ItemSources, JsonIsAnArray) {
  EXPECT_EQ(read_text("[1,{\"a\":2}]", json_), R"([1,{"a":2}])");
}
TEST_F(ItemSources, AnObjectIsNotMappedOver) {
  EXPECT_EQ(read_text(R"({"a":1})", json_),
            "States.ItemReaderFailed: Attempting to map over non-iterable node.");
}
TEST_F(ItemSources, APointerLeadsToAnArrayOrAnObject) {
  json_.set("ItemsPointer", "/a/b");
  EXPECT_EQ(read_text(R"({"a":{"b":[1,2]}})", json_), "[1,2]");
  EXPECT_EQ(read_text(R"({"a":{"b":{"c":1}}})", json_), R"([{"Key":"c","Value":1}])");
  EXPECT_THAT(read_text(R"({"a":1})", json_), HasSubstr("'/a/b' leads nowhere"));
}
TEST_F(ItemSources, InJsonataAnObjectsMembersAreItems) {
  EXPECT_EQ(read_text(R"({"a":1})", json_, {}, Language::kJsonata), R"([{"Key":"a","Value":1}])");
}
TEST_F(ItemSources, TextThatIsNoJsonFails) {
  EXPECT_THAT(read_text("[1,", json_), HasSubstr("States.ItemReaderFailed: The object is not valid JSON"));
}
TEST_F(ItemSources, EachLineIsAnItem) {
  EXPECT_EQ(read_text("{\"a\":1}\n\n2\r\n", lines_), R"([{"a":1},2])");
}
TEST_F(ItemSources, ABadLineIsNamed) {
  EXPECT_THAT(read_text("1\n{\n", lines_), HasSubstr("Line 2 is not valid JSON"));
}
TEST_F(ItemSources, ParquetIsRefused) {
  EXPECT_THAT(read_text("PAR1", json::object({{"InputType", "PARQUET"}})),
              HasSubstr("soma does not read InputType PARQUET"));
}
TEST_F(ItemSources, SoManyItemsAreEnough) {
  EXPECT_EQ(read_text("[1,2,3]", json_, 2), "[1,2]");
  EXPECT_EQ(read_text("[1,2,3]", json_, "2"), "[1,2]");
}
TEST_F(ItemSources, NoneAndTooManyMeanAll) {
  EXPECT_EQ(read_text("[1,2]", json_, 0), "[1,2]");
  EXPECT_EQ(read_text("[1,2]", json_, kMaxReadItems + 1), "[1,2]");
}
TEST_F(ItemSources, ANumberOfItemsIsNotNegative) {
  EXPECT_EQ(read_text("[1]", json_, -1), "States.ItemReaderFailed: field MaxItems must be positive");
  EXPECT_EQ(read_text("[1]", json_, "x"), "States.ItemReaderFailed: field MaxItems must be an integer");
}
TEST_F(ItemSources, AnObjectThatIsNotThereFails) {
  EXPECT_THAT(read("getObject", json_, json::object({{"Bucket", "no"}, {"Key", "k"}})),
              HasSubstr("s3://no/k cannot be read"));
}

TEST_F(ItemSources, ItemsTellWhichObjectTheyWereReadFrom) {
  read_text("[1,2]", json_);
  EXPECT_THAT(sources_, ElementsAre("S3://b/k", "S3://b/k"));
  put("b", "other", "[3]");
  json_.set("Transformation", "LOAD_AND_FLATTEN");
  read("listObjectsV2", json_, json::object({{"Bucket", "b"}}));
  EXPECT_THAT(sources_, ElementsAre("S3://b/k", "S3://b/k", "S3://b/other"));
}
TEST_F(ItemSources, ListedObjectsComeFromTheirBucket) {
  put("b", "p/1", "one");
  read("listObjectsV2", {}, json::object({{"Bucket", "b"}, {"Prefix", "p/"}}));
  EXPECT_THAT(sources_, ElementsAre("S3://b"));
}

TEST_F(ItemSources, AListTellsOfObjects) {
  put("b", "p/2", "two");
  put("b", "p/1", "one!");
  put("b", "q", "");
  const auto items =
      json::parse(read("listObjectsV2", {}, json::object({{"Bucket", "b"}, {"Prefix", "p/"}}))).value();
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items.at(0).get("Key"), json::Value("p/1"));
  EXPECT_EQ(items.at(0).get("Size"), json::Value(4));
  EXPECT_EQ(items.at(0).get("StorageClass"), json::Value("STANDARD"));
  EXPECT_EQ(items.at(0).get("Etag"), json::Value("\"" + md5_hex("one!") + "\""));
  EXPECT_TRUE(items.at(0).get("LastModified").is_integer());
  EXPECT_EQ(items.at(1).get("Key"), json::Value("p/2"));
}
TEST_F(ItemSources, AFlattenedListTellsWhatIsInTheObjects) {
  put("b", "1", "[1,2]");
  put("b", "2", "[]");
  put("b", "3", "[3]");
  json_.set("Transformation", "LOAD_AND_FLATTEN");
  EXPECT_EQ(read("listObjectsV2", json_, json::object({{"Bucket", "b"}})), "[1,2,3]");
  EXPECT_EQ(read("listObjectsV2", json_, json::object({{"Bucket", "b"}}), 1), "[1]");
}
TEST_F(ItemSources, AnInventorysFilesHaveTheColumnsOfItsManifest) {
  put("inventory", "data/1.csv", "\"b\",\"k1\",\"5\"\n\"b\",\"k2\",\"6\"\n");
  put("inventory", "data/2.csv", "\"b\",\"k3\",\"7\"\n");
  const std::string manifest = R"({"sourceBucket":"b","destinationBucket":"arn:aws:s3:::inventory",
      "fileFormat":"CSV","fileSchema":"Bucket, Key, Size",
      "files":[{"key":"data/1.csv","size":1},{"key":"data/2.csv","size":1}]})";
  EXPECT_EQ(read_text(manifest, json::object({{"InputType", "MANIFEST"}})),
            R"([{"Bucket":"b","Key":"k1","Size":"5"},{"Bucket":"b","Key":"k2","Size":"6"},)"
            R"({"Bucket":"b","Key":"k3","Size":"7"}])");
}
TEST_F(ItemSources, AnythingElseIsNoManifest) {
  EXPECT_THAT(read_text("[]", json::object({{"InputType", "MANIFEST"}})), HasSubstr("is no manifest"));
}
TEST_F(ItemSources, AnAthenaManifestNamesDataFiles) {
  put("athena", "out/1", "{\"a\":1}\n");
  put("athena", "out/2", "{\"a\":2}\n");
  lines_.set("ManifestType", "ATHENA_DATA");
  EXPECT_EQ(read_text("s3://athena/out/1\ns3://athena/out/2\n", lines_), R"([{"a":1},{"a":2}])");
  EXPECT_THAT(sources_, ElementsAre("S3://athena/out/1", "S3://athena/out/2"));
  EXPECT_THAT(read_text("/tmp/x\n", lines_), HasSubstr("no s3:// address"));
}
TEST_F(ItemSources, CompressedObjectsAreRead) {
  // "a\n1\n", by gzip -n.
  const std::string compressed = os::base64_decode("H4sIAAAAAAAC/0vkMuQCAAAkwYkEAAAA").value_or("");
  ASSERT_TRUE(is_gzip(compressed));
  EXPECT_EQ(read_text(compressed, csv_), R"([{"a":"1"}])");
  EXPECT_THAT(read_text(compressed.substr(0, compressed.size() - 3), csv_), HasSubstr("damaged"));
}

}  // namespace
}  // namespace soma::workflow
