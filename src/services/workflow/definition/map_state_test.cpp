#include "services/workflow/definition/definition_test_kit.h"

namespace soma::workflow {
namespace {

constexpr std::string_view kInner = R"("StartAt": "Each", "States": {"Each": {"Type": "Succeed"}})";
constexpr std::string_view kDistributed = R"("Mode": "DISTRIBUTED", "ExecutionType": "STANDARD")";

std::string inline_map(std::string_view fields) {
  return machine(
      fmt::format(R"("All": {{"Type": "Map", "End": true, "ItemProcessor": {{{}}}{}}})", kInner, fields));
}
std::string distributed_map(std::string_view fields, std::string_view config = kDistributed) {
  return machine(fmt::format(
      R"("All": {{"Type": "Map", "End": true, "ItemProcessor": {{"ProcessorConfig": {{{}}}, {}}}{}}})",
      config, kInner, fields));
}
MapDetails read_map(std::string_view text) {
  return std::get<MapDetails>(read_first(text).details);
}
Lines schema(std::string_view rest) {
  return {fmt::format("SCHEMA_VALIDATION_FAILED: {}", rest)};
}

TEST(Map, ReadsItsNumbers) {
  MapDetails map = read_map(inline_map(R"(, "ItemsPath": "$.list", "MaxConcurrencyPath": "$.width",
      "ToleratedFailureCount": 2, "ToleratedFailurePercentage": 12.5, "ItemSelector": {"i.$": "$$.Map.Item.Index"})"));
  EXPECT_FALSE(map.distributed);
  EXPECT_EQ(map.items_path->text(), "$.list");
  EXPECT_EQ(map.max_concurrency->field, "MaxConcurrencyPath");
  EXPECT_EQ(map.tolerated_count->literal, json::Value(2));
  EXPECT_EQ(map.tolerated_percentage->literal, json::Value(12.5));
  EXPECT_TRUE(map.item_selector);
  EXPECT_EQ(map.processor.start_at, "Each");
}

TEST(Map, ReadsTheOldNames) {
  MapDetails map = read_map(machine(fmt::format(
      R"("All": {{"Type": "Map", "End": true, "Iterator": {{{}}}, "Parameters": {{"v.$": "$$.Map.Item.Value"}}}})",
      kInner)));
  EXPECT_EQ(map.processor.states.size(), 1u);
  EXPECT_TRUE(map.item_selector);
}

TEST(Map, HasOneProcessor) {
  EXPECT_EQ(errors_of(machine(R"("All": {"Type": "Map", "End": true})")),
            schema("One of the following fields is required: [ItemProcessor, Iterator] at /States/All"));
  EXPECT_EQ(
      errors_of(inline_map(R"(, "Iterator": {"StartAt": "X", "States": {"X": {"Type": "Succeed"}}})")),
      schema("There should only be one of the following fields: [ItemProcessor, Iterator] at /States/All"));
}

TEST(Map, AProcessorHasNoLanguageOfItsOwn) {
  EXPECT_EQ(
      errors_of(machine(fmt::format(
          R"("All": {{"Type": "Map", "End": true, "ItemProcessor": {{"QueryLanguage": "JSONata", {}}}}})",
          kInner))),
      schema("Field 'QueryLanguage' is not supported at /States/All/ItemProcessor"));
}

TEST(Map, BoundsItsNumbers) {
  EXPECT_EQ(errors_of(inline_map(R"(, "ToleratedFailurePercentage": 101)")),
            schema("Maximum value is 100.0 at /States/All/ToleratedFailurePercentage"));
  EXPECT_EQ(errors_of(inline_map(R"(, "MaxConcurrency": -1)")),
            schema("Minimum value is 0 at /States/All/MaxConcurrency"));
}

TEST(Map, ItsNumbersDoNotComeFromTheContext) {
  EXPECT_EQ(errors_of(inline_map(R"(, "MaxConcurrencyPath": "$$.Execution.Input.n")")),
            schema("Value is not a Reference Path: the context object cannot be read here at "
                   "/States/All/MaxConcurrencyPath"));
}

TEST(Map, TakesItemsInJsonata) {
  State state =
      read_first(machine(fmt::format(R"("All": {{"Type": "Map", "End": true, "Items": [1, "{{% 2 %}}"],
      "MaxConcurrency": "{{% 1 + 1 %}}", "ItemProcessor": {{{}}}}})",
                                     kInner),
                         kJsonataMachine));
  const auto& map = std::get<MapDetails>(state.details);
  EXPECT_TRUE(map.items);
  EXPECT_TRUE(map.max_concurrency->expression);
}

TEST(DistributedMap, ReadsReaderBatcherAndWriter) {
  MapDetails map = read_map(distributed_map(R"(, "Label": "import",
      "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key.$": "$.k"},
                     "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItemsPath": "$.n"}},
      "ItemBatcher": {"MaxItemsPerBatch": 10, "BatchInput": {"run.$": "$.run"}},
      "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out"},
                       "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"}})"));
  EXPECT_TRUE(map.distributed);
  EXPECT_EQ(map.execution_type, "STANDARD");
  EXPECT_EQ(map.label, "import");
  EXPECT_EQ(map.reader->max_items->field, "MaxItemsPath");
  EXPECT_EQ(map.reader->reader_config.get("InputType"), json::Value("CSV"));
  EXPECT_EQ(map.batcher->max_items->literal, json::Value(10));
  EXPECT_TRUE(map.batcher->batch_input);
  EXPECT_EQ(map.writer->writer_config.get("OutputType"), json::Value("JSONL"));
}

TEST(DistributedMap, NeedsAnExecutionType) {
  EXPECT_EQ(
      errors_of(distributed_map("", R"("Mode": "DISTRIBUTED")")),
      schema("These fields are required: [ExecutionType] at /States/All/ItemProcessor/ProcessorConfig"));
}

TEST(DistributedMap, OnlyItReadsAndWritesObjects) {
  EXPECT_EQ(errors_of(inline_map(R"(, "Label": "x")")),
            schema("Field 'Label' is only supported for the 'DISTRIBUTED' Mode at /States/All"));
}

TEST(DistributedMap, ReadsOnlyFromKnownResources) {
  EXPECT_EQ(errors_of(distributed_map(R"(, "ItemReader": {"Resource": "arn:aws:states:::s3:deleteObject"})")),
            schema("The field 'Resource' does not match any of the allowed values. Examples: "
                   "[arn:<partition>:states:::s3:getObject, arn:<partition>:states:::s3:listObjectsV2] at "
                   "/States/All/ItemReader/Resource"));
}

TEST(DistributedMap, GivenHeadersMustBeGiven) {
  EXPECT_EQ(errors_of(distributed_map(R"(, "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN"}})")),
            schema("These fields are required: [CSVHeaders] at /States/All/ItemReader/ReaderConfig"));
}

TEST(DistributedMap, ReadsAtMostAHundredMillionItems) {
  EXPECT_EQ(errors_of(distributed_map(R"(, "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON", "MaxItems": 100000001}})")),
            schema("Maximum value is 100000000 at /States/All/ItemReader/ReaderConfig/MaxItems"));
}

TEST(DistributedMap, ABatchHasALimit) {
  EXPECT_EQ(errors_of(distributed_map(R"(, "ItemBatcher": {})")),
            schema("One of the following fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch] at "
                   "/States/All/ItemBatcher"));
}

TEST(DistributedMap, AWriterWritesSomewhereOrSomehow) {
  EXPECT_EQ(
      errors_of(distributed_map(R"(, "ResultWriter": {})")),
      schema(
          "One of the following fields is required: [Resource, WriterConfig] at /States/All/ResultWriter"));
}

TEST(DistributedMap, ALabelIsPartOfAnArn) {
  auto label = [](std::string_view text) {
    return errors_of(distributed_map(fmt::format(R"(, "Label": "{}")", text)));
  };
  EXPECT_EQ(label("orders_2031-é"), Lines{});
  EXPECT_EQ(label(""), Lines{"INVALID_LABEL_NAME: Label cannot be empty at /States/All/Label"});
  EXPECT_EQ(label("a:b"),
            Lines{"INVALID_LABEL_NAME: Label contains invalid character: ':' at /States/All/Label"});
  EXPECT_EQ(label("a\\u0085"),
            Lines{"INVALID_LABEL_NAME: Label contains invalid character: '\\x85' at /States/All/Label"});
  EXPECT_EQ(label(std::string(kMaxLabelCharacters + 1, 'x')),
            Lines{"INVALID_LABEL_NAME: Label cannot exceed 40 characters at /States/All/Label"});
}

TEST(DistributedMap, LabelsAreUnique) {
  std::string inner = fmt::format(
      R"("Type": "Map", "Label": "same", "ItemProcessor": {{"ProcessorConfig": {{{}}}, )", kDistributed);
  EXPECT_EQ(errors_of(machine(fmt::format(
                R"("A": {{{0}"StartAt": "A1", "States": {{"A1": {{"Type": "Succeed"}}}}}}, "Next": "B"}},
                   "B": {{{0}"StartAt": "B1", "States": {{"B1": {{"Type": "Succeed"}}}}}}, "End": true}})",
                inner))),
            Lines{"DUPLICATE_LABEL_NAME: Duplicate Label name: same at /States/B/Label"});
}

}  // namespace
}  // namespace soma::workflow
