// The tables of fields: the States Language as data. A line says a field's name, its type, and where it may
// stand. Sources: states-language.net; the developer guide's pages on each state; recorded answers of the
// service for order and spelling.
#include "services/workflow/definition/shape.h"

namespace soma::workflow {
namespace {

constexpr double kMaxSeconds = static_cast<double>(kMaxTimeoutSeconds);
constexpr double kMaxReaderItems = 100'000'000;
constexpr double kMaxBatchBytes = 262'144;

constexpr FieldOptions kRequired{.required = true};
constexpr FieldOptions kPathOnly{.allowed = Allowed::kJsonPath};
constexpr FieldOptions kJsonataOnly{.allowed = Allowed::kJsonata};
constexpr FieldOptions kSeconds{.computable = true, .least = 1, .most = kMaxSeconds};
constexpr FieldOptions kFromZero{.computable = true, .least = 0};

constexpr std::string_view kLanguages[] = {"JSONPath", "JSONata"};
constexpr std::string_view kTypes[] = {"Task", "Wait",   "Pass",     "Succeed",
                                       "Fail", "Choice", "Parallel", "Map"};
constexpr std::string_view kModes[] = {"INLINE", "DISTRIBUTED"};
constexpr std::string_view kExecutionTypes[] = {"STANDARD", "EXPRESS"};
constexpr std::string_view kJitters[] = {"FULL", "NONE"};
constexpr std::string_view kInputTypes[] = {"MANIFEST", "JSON", "CSV", "JSONL", "PARQUET"};
constexpr std::string_view kManifests[] = {"ATHENA_DATA", "S3_INVENTORY"};
constexpr std::string_view kDelimiters[] = {"COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"};
constexpr std::string_view kHeaderPlaces[] = {"FIRST_ROW", "GIVEN"};
constexpr std::string_view kReaderTransformations[] = {"NONE", "LOAD_AND_FLATTEN"};
constexpr std::string_view kWriterTransformations[] = {"NONE", "COMPACT", "FLATTEN"};
constexpr std::string_view kOutputTypes[] = {"JSON", "JSONL"};

// A flow: what machine, branch and processor share.
constexpr Field kFlow[] = {
    {"Comment", Kind::kString},
    {"StartAt", Kind::kText, kRequired},
    {"States", Kind::kFilledObject, kRequired},
};
constexpr Field kMachine[] = {
    {"Version", Kind::kString},
    {"TimeoutSeconds", Kind::kInteger, {.least = 1, .most = kMaxSeconds}},
    {"QueryLanguage", Kind::kWord, {.values = kLanguages}},
};
constexpr Field kProcessor[] = {{"ProcessorConfig", Kind::kObject}};
constexpr Field kProcessorConfig[] = {
    {"Mode", Kind::kWord, {.values = kModes}},
    {"ExecutionType", Kind::kWord, {.values = kExecutionTypes}},
};

// States.
constexpr Field kAnyState[] = {
    {"Type", Kind::kWord, {.required = true, .values = kTypes}},
    {"Comment", Kind::kString},
    {"QueryLanguage", Kind::kWord, {.values = kLanguages}},
    {"InputPath", Kind::kNullOrText, kPathOnly},
    {"OutputPath", Kind::kNullOrText, kPathOnly},
    {"Output", Kind::kAny, kJsonataOnly},
};
constexpr Field kTransition[] = {
    {"Next", Kind::kText},
    {"End", Kind::kBoolean},
    {"Assign", Kind::kObject},
};
constexpr Field kPass[] = {
    {"Result", Kind::kAny, kPathOnly},
    {"ResultPath", Kind::kNullOrText, kPathOnly},
    {"Parameters", Kind::kAny, kPathOnly},
};
constexpr Field kTask[] = {
    {"Resource", Kind::kText, kRequired},
    {"Parameters", Kind::kAny, kPathOnly},
    {"Arguments", Kind::kAny, kJsonataOnly},
    {"ResultSelector", Kind::kAny, kPathOnly},
    {"ResultPath", Kind::kNullOrText, kPathOnly},
    {"TimeoutSeconds", Kind::kInteger, kSeconds},
    {"TimeoutSecondsPath", Kind::kText, kPathOnly},
    {"HeartbeatSeconds", Kind::kInteger, kSeconds},
    {"HeartbeatSecondsPath", Kind::kText, kPathOnly},
    {"Credentials", Kind::kObject, {.computable = true}},
    {"Retry", Kind::kArray},
    {"Catch", Kind::kArray},
};
constexpr Field kChoice[] = {
    {"Choices", Kind::kFilledArray, kRequired},
    {"Default", Kind::kText},
    {"Assign", Kind::kObject},
};
constexpr Field kWait[] = {
    {"Seconds", Kind::kInteger, {.computable = true, .least = 0, .most = kMaxSeconds}},
    {"SecondsPath", Kind::kText, kPathOnly},
    {"Timestamp", Kind::kTimestamp, {.computable = true}},
    {"TimestampPath", Kind::kText, kPathOnly},
};
constexpr Field kFail[] = {
    {"Type", Kind::kWord, {.required = true, .values = kTypes}},
    {"Comment", Kind::kString},
    {"QueryLanguage", Kind::kWord, {.values = kLanguages}},
    {"Error", Kind::kString},
    {"ErrorPath", Kind::kText, kPathOnly},
    {"Cause", Kind::kString},
    {"CausePath", Kind::kText, kPathOnly},
};
constexpr Field kParallel[] = {
    {"Branches", Kind::kFilledArray, kRequired},
    {"Parameters", Kind::kAny, kPathOnly},
    {"Arguments", Kind::kAny, kJsonataOnly},
    {"ResultSelector", Kind::kAny, kPathOnly},
    {"ResultPath", Kind::kNullOrText, kPathOnly},
    {"Retry", Kind::kArray},
    {"Catch", Kind::kArray},
};
constexpr Field kMap[] = {
    {"ItemProcessor", Kind::kObject},
    {"Iterator", Kind::kObject},
    {"ItemsPath", Kind::kText, kPathOnly},
    {"Items", Kind::kAny, kJsonataOnly},
    {"ItemSelector", Kind::kAny},
    {"Parameters", Kind::kAny, kPathOnly},
    {"MaxConcurrency", Kind::kInteger, kFromZero},
    {"MaxConcurrencyPath", Kind::kText, kPathOnly},
    {"ToleratedFailureCount", Kind::kInteger, kFromZero},
    {"ToleratedFailureCountPath", Kind::kText, kPathOnly},
    {"ToleratedFailurePercentage", Kind::kNumber, {.computable = true, .least = 0, .most = 100}},
    {"ToleratedFailurePercentagePath", Kind::kText, kPathOnly},
    {"Label", Kind::kString},
    {"ItemReader", Kind::kObject},
    {"ItemBatcher", Kind::kObject},
    {"ResultWriter", Kind::kObject},
    {"ResultSelector", Kind::kAny, kPathOnly},
    {"ResultPath", Kind::kNullOrText, kPathOnly},
    {"Retry", Kind::kArray},
    {"Catch", Kind::kArray},
};

constexpr Group kTaskGroups[] = {{{"TimeoutSeconds", "TimeoutSecondsPath"}},
                                 {{"HeartbeatSeconds", "HeartbeatSecondsPath"}}};
constexpr Group kWaitGroups[] = {
    {.names = {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"}, .required = true}};
constexpr Group kFailGroups[] = {{{"Error", "ErrorPath"}}, {{"Cause", "CausePath"}}};
constexpr Group kMapGroups[] = {{.names = {"ItemProcessor", "Iterator"}, .required = true},
                                {{"ItemSelector", "Parameters"}},
                                {{"MaxConcurrency", "MaxConcurrencyPath"}},
                                {{"ToleratedFailureCount", "ToleratedFailureCountPath"}},
                                {{"ToleratedFailurePercentage", "ToleratedFailurePercentagePath"}}};

// Errors.
constexpr Field kHandler[] = {
    {"ErrorEquals", Kind::kWords, kRequired},
    {"Comment", Kind::kString},
};
constexpr Field kRetrier[] = {
    {"IntervalSeconds", Kind::kInteger, {.least = 1, .most = kMaxSeconds}},
    {"MaxAttempts", Kind::kInteger, {.least = 0, .most = kMaxSeconds}},
    {"BackoffRate", Kind::kNumber, {.least = 1}},
    {"MaxDelaySeconds", Kind::kInteger, {.least = 1, .most = 31'622'400}},
    {"JitterStrategy", Kind::kWord, {.values = kJitters}},
};
constexpr Field kCatcher[] = {
    {"Next", Kind::kText, kRequired},
    {"ResultPath", Kind::kNullOrText, kPathOnly},
    {"Output", Kind::kAny, kJsonataOnly},
    {"Assign", Kind::kObject},
};

// A Choice rule's test in JSONPath: how rules combine, and the operators.
constexpr Field kTest[] = {
    {"And", Kind::kFilledArray, kPathOnly},
    {"Or", Kind::kFilledArray, kPathOnly},
    {"Not", Kind::kObject, kPathOnly},
    {"Variable", Kind::kText, kPathOnly},
    {"StringEquals", Kind::kString, kPathOnly},
    {"StringEqualsPath", Kind::kText, kPathOnly},
    {"StringLessThan", Kind::kString, kPathOnly},
    {"StringLessThanPath", Kind::kText, kPathOnly},
    {"StringLessThanEquals", Kind::kString, kPathOnly},
    {"StringLessThanEqualsPath", Kind::kText, kPathOnly},
    {"StringGreaterThan", Kind::kString, kPathOnly},
    {"StringGreaterThanPath", Kind::kText, kPathOnly},
    {"StringGreaterThanEquals", Kind::kString, kPathOnly},
    {"StringGreaterThanEqualsPath", Kind::kText, kPathOnly},
    {"NumericEquals", Kind::kNumber, kPathOnly},
    {"NumericEqualsPath", Kind::kText, kPathOnly},
    {"NumericLessThan", Kind::kNumber, kPathOnly},
    {"NumericLessThanPath", Kind::kText, kPathOnly},
    {"NumericLessThanEquals", Kind::kNumber, kPathOnly},
    {"NumericLessThanEqualsPath", Kind::kText, kPathOnly},
    {"NumericGreaterThan", Kind::kNumber, kPathOnly},
    {"NumericGreaterThanPath", Kind::kText, kPathOnly},
    {"NumericGreaterThanEquals", Kind::kNumber, kPathOnly},
    {"NumericGreaterThanEqualsPath", Kind::kText, kPathOnly},
    {"TimestampEquals", Kind::kTimestamp, kPathOnly},
    {"TimestampEqualsPath", Kind::kText, kPathOnly},
    {"TimestampLessThan", Kind::kTimestamp, kPathOnly},
    {"TimestampLessThanPath", Kind::kText, kPathOnly},
    {"TimestampLessThanEquals", Kind::kTimestamp, kPathOnly},
    {"TimestampLessThanEqualsPath", Kind::kText, kPathOnly},
    {"TimestampGreaterThan", Kind::kTimestamp, kPathOnly},
    {"TimestampGreaterThanPath", Kind::kText, kPathOnly},
    {"TimestampGreaterThanEquals", Kind::kTimestamp, kPathOnly},
    {"TimestampGreaterThanEqualsPath", Kind::kText, kPathOnly},
    {"StringMatches", Kind::kString, kPathOnly},
    {"BooleanEquals", Kind::kBoolean, kPathOnly},
    {"BooleanEqualsPath", Kind::kText, kPathOnly},
    {"IsNull", Kind::kBoolean, kPathOnly},
    {"IsPresent", Kind::kBoolean, kPathOnly},
    {"IsNumeric", Kind::kBoolean, kPathOnly},
    {"IsString", Kind::kBoolean, kPathOnly},
    {"IsBoolean", Kind::kBoolean, kPathOnly},
    {"IsTimestamp", Kind::kBoolean, kPathOnly},
};
constexpr Field kRule[] = {
    {"Condition", Kind::kBoolean, {.allowed = Allowed::kJsonata, .required = true, .computable = true}},
    {"Next", Kind::kText, kRequired},
    {"Comment", Kind::kString},
    {"Assign", Kind::kObject},
    {"Output", Kind::kAny, kJsonataOnly},
};

constexpr Field kNestedTest[] = {{"Comment", Kind::kString}};

// A Map's input and output.
constexpr Field kItemReader[] = {
    {"Resource", Kind::kText, kRequired},
    {"Parameters", Kind::kAny, kPathOnly},
    {"Arguments", Kind::kAny, kJsonataOnly},
    {"ReaderConfig", Kind::kObject},
};
constexpr Field kReaderConfig[] = {
    {"InputType", Kind::kWord, {.values = kInputTypes}},
    {"Transformation", Kind::kWord, {.values = kReaderTransformations}},
    {"ManifestType", Kind::kWord, {.values = kManifests}},
    {"CSVDelimiter", Kind::kWord, {.values = kDelimiters}},
    {"CSVHeaderLocation", Kind::kWord, {.values = kHeaderPlaces}},
    {"CSVHeaders", Kind::kWords},
    {"ItemsPointer", Kind::kString},
    {"MaxItems", Kind::kInteger, {.computable = true, .least = 0, .most = kMaxReaderItems}},
    {"MaxItemsPath", Kind::kText, kPathOnly},
};
constexpr Field kItemBatcher[] = {
    {"MaxItemsPerBatch", Kind::kInteger, kFromZero},
    {"MaxItemsPerBatchPath", Kind::kText, kPathOnly},
    {"MaxInputBytesPerBatch", Kind::kInteger, {.computable = true, .least = 0, .most = kMaxBatchBytes}},
    {"MaxInputBytesPerBatchPath", Kind::kText, kPathOnly},
    {"BatchInput", Kind::kAny},
};
constexpr Field kResultWriter[] = {
    {"Resource", Kind::kText},
    {"Parameters", Kind::kAny, kPathOnly},
    {"Arguments", Kind::kAny, kJsonataOnly},
    {"WriterConfig", Kind::kObject},
};
constexpr Field kWriterConfig[] = {
    {"Transformation", Kind::kWord, {.values = kWriterTransformations}},
    {"OutputType", Kind::kWord, {.values = kOutputTypes}},
};
constexpr Group kReaderConfigGroups[] = {{{"MaxItems", "MaxItemsPath"}}};
constexpr Group kItemBatcherGroups[] = {{{"MaxItemsPerBatch", "MaxItemsPerBatchPath"}},
                                        {{"MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"}}};

}  // namespace

const Shape kStateShapes[8] = {
    {.fields = {kAnyState, kTransition, kPass}},
    {.fields = {kAnyState, kTransition, kTask}, .groups = kTaskGroups},
    {.fields = {kAnyState, kChoice}},
    {.fields = {kAnyState, kTransition, kWait}, .groups = kWaitGroups},
    {.fields = {kAnyState}},
    {.fields = {kFail}, .groups = kFailGroups},
    {.fields = {kAnyState, kTransition, kParallel}},
    {.fields = {kAnyState, kTransition, kMap}, .groups = kMapGroups},
};
const Shape kMachineShape{.fields = {kFlow, kMachine}};
const Shape kBranchShape{.fields = {kFlow}};
const Shape kProcessorShape{.fields = {kFlow, kProcessor}};
const Shape kProcessorConfigShape{.fields = {kProcessorConfig}};
const Shape kRetrierShape{.fields = {kHandler, kRetrier}};
const Shape kCatcherShape{.fields = {kHandler, kCatcher}};
const Shape kChoiceRuleShape{.fields = {kTest, kRule}};
const Shape kNestedTestShape{.fields = {kTest, kNestedTest}};
const Shape kItemReaderShape{.fields = {kItemReader}};
const Shape kReaderConfigShape{.fields = {kReaderConfig}, .groups = kReaderConfigGroups};
const Shape kItemBatcherShape{.fields = {kItemBatcher}, .groups = kItemBatcherGroups};
const Shape kResultWriterShape{.fields = {kResultWriter}};
const Shape kWriterConfigShape{.fields = {kWriterConfig}};

}  // namespace soma::workflow
