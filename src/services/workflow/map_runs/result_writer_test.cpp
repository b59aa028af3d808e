#include "services/workflow/map_runs/result_writer.h"

#include <gtest/gtest.h>

#include "base/os/scratch_directory.h"

namespace soma::workflow {
namespace {

using engine::Status;

ChildReport succeeded(std::string output) {
  ChildReport report{.arn = "arn:c", .name = "c", .machine_arn = "arn:m", .input = "1"};
  report.result = ChildResult{.status = Status::kSucceeded, .output = std::move(output)};
  return report;
}
ChildReport failed() {
  ChildReport report = succeeded("");
  report.result = ChildResult{.status = Status::kFailed, .error = "E", .cause = "C"};
  return report;
}
std::string list(Transformation transformation, bool lines = false) {
  ResultList out(lines);
  for (const char* output : {"[1,2]", "{\"a\":3}"}) out.add(succeeded(output), transformation);
  return out.take();
}

TEST(ResultList, CompactIsTheOutputs) {
  EXPECT_EQ(list(Transformation::kCompact), R"([[1,2],{"a":3}])");
}
TEST(ResultList, FlattenOpensArrays) {
  EXPECT_EQ(list(Transformation::kFlatten), R"([1,2,{"a":3}])");
}
TEST(ResultList, LinesHaveNoBrackets) {
  EXPECT_EQ(list(Transformation::kFlatten, true), "1\n2\n{\"a\":3}\n");
}
TEST(ResultList, NoneTellsOfTheExecution) {
  const auto told = json::parse(list(Transformation::kNone)).value().at(0);
  EXPECT_EQ(told.get("ExecutionArn"), json::Value("arn:c"));
  EXPECT_EQ(told.get("Output"), json::Value("[1,2]"));
  EXPECT_EQ(told.get("Input"), json::Value("1"));
  EXPECT_EQ(told.get("Status"), json::Value("SUCCEEDED"));
  EXPECT_EQ(told.get("RedriveStatus"), json::Value("NOT_REDRIVABLE"));
}
TEST(ResultList, AFailureIsAlwaysToldInFull) {
  ResultList out(false);
  out.add(failed(), Transformation::kCompact);
  const auto told = json::parse(out.take()).value().at(0);
  EXPECT_EQ(told.get("Error"), json::Value("E"));
  EXPECT_EQ(told.get("RedriveStatus"), json::Value("REDRIVABLE_BY_MAP_RUN"));
}
TEST(ResultList, NothingIsAnEmptyArray) {
  EXPECT_EQ(ResultList(false).take(), "[]");
}

TEST(WriterConfigs, OnlyAnExportTellsOfExecutionsByItself) {
  EXPECT_EQ(read_writer_config(nullptr).transformation, Transformation::kCompact);
  const ResultWriter exported{.resource = "arn:aws:states:::s3:putObject", .writer_config = {}};
  EXPECT_EQ(read_writer_config(&exported).transformation, Transformation::kNone);
  const ResultWriter flat{.resource = "", .writer_config = json::object({{"Transformation", "FLATTEN"}})};
  EXPECT_EQ(read_writer_config(&flat).transformation, Transformation::kFlatten);
  EXPECT_FALSE(read_writer_config(&flat).exports);
}

class ResultObjects : public testing::Test {
 protected:
  json::Value get(const std::string& key) {
    const auto object = objects_.get("b", key);
    EXPECT_TRUE(object) << key;
    return object ? json::parse(object->bytes).value_or(json::Value()) : json::Value();
  }
  os::ScratchDirectory scratch_;
  ObjectFolder objects_{scratch_ / "objects"};
  const std::string arn_ = "arn:aws:states:us-east-1:000000000000:mapRun:m/L:id";
  const WriterConfig config_{.exports = true, .transformation = Transformation::kNone};
};

TEST_F(ResultObjects, EachKindHasItsFiles) {
  ResultFiles files(objects_, json::object({{"Bucket", "b"}, {"Prefix", "p"}}), arn_, config_);
  ASSERT_TRUE(files.add(succeeded("1")));
  ASSERT_TRUE(files.add(failed()));
  ChildReport pending = succeeded("");
  pending.result.reset();
  ASSERT_TRUE(files.add(pending));
  const auto output = files.finish();
  ASSERT_TRUE(output);
  EXPECT_EQ(output->get("ResultWriterDetails").get("Key"), json::Value("p/id/manifest.json"));
  const json::Value manifest = get("p/id/manifest.json").get("ResultFiles");
  for (const char* kind : {"SUCCEEDED", "FAILED", "PENDING"}) {
    ASSERT_EQ(manifest.get(kind).size(), 1u) << kind;
    EXPECT_EQ(get(manifest.get(kind).at(0).get("Key").as_string()).size(), 1u) << kind;
  }
}
TEST_F(ResultObjects, AFullFileIsFollowedByTheNext) {
  ResultFiles files(objects_, json::object({{"Bucket", "b"}}), arn_, config_);
  const std::string large = "\"" + std::string(kMaxResultFileBytes / 3, 'x') + "\"";
  for (int child = 0; child < 4; ++child) ASSERT_TRUE(files.add(succeeded(large)));
  ASSERT_TRUE(files.finish());
  const json::Value written = get("id/manifest.json").get("ResultFiles").get("SUCCEEDED");
  ASSERT_EQ(written.size(), 2u);
  EXPECT_EQ(written.at(1).get("Key"), json::Value("id/SUCCEEDED_1.json"));
}
TEST_F(ResultObjects, ABucketThatCannotBeWrittenFails) {
  ResultFiles files(objects_, json::object({{"Bucket", ".."}}), arn_, config_);
  const auto output = files.finish();
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().error, "States.ResultWriterFailed");
}

}  // namespace
}  // namespace soma::workflow
