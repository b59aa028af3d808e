// Map: its processor, and what a distributed one reads and writes.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "services/workflow/definition/reading.h"

namespace soma::workflow {
namespace {

// Fields that only a distributed map has.
constexpr std::array<std::string_view, 4> kDistributedOnly = {"ItemReader", "ItemBatcher", "ResultWriter",
                                                              "Label"};
constexpr std::array<std::string_view, 2> kReaderActions = {"s3:getObject", "s3:listObjectsV2"};
constexpr std::array<std::string_view, 1> kWriterActions = {"s3:putObject"};

bool is_one_of_actions(std::string_view resource, std::span<const std::string_view> actions) {
  return std::ranges::any_of(actions, [&](std::string_view action) {
    return resource.starts_with("arn:") && resource.ends_with(fmt::format(":states:::{}", action));
  });
}

void check_action(const FieldReader& fields, std::span<const std::string_view> actions) {
  std::string resource = fields.text("Resource");
  if (resource.empty() || is_one_of_actions(resource, actions)) return;
  std::string examples;
  for (std::string_view action : actions) {
    examples += fmt::format("{}arn:<partition>:states:::{}", examples.empty() ? "" : ", ", action);
  }
  fields.report().schema(
      fields.place().member("Resource"),
      fmt::format("The field 'Resource' does not match any of the allowed values. Examples: [{}]", examples));
}

// A Map's numbers come from its input or a variable; of its fields only ItemsPath may read the context
// object.
std::optional<Computed> read_number(const FieldReader& fields, std::string_view name) {
  return fields.computed(name, FieldReader::ContextObject::kNotReadable);
}

std::optional<query::Template> read_arguments(const FieldReader& fields) {
  return fields.payload(fields.language() == query::Language::kJsonata ? "Arguments" : "Parameters");
}

std::optional<ItemReader> read_reader(const FieldReader& map) {
  if (!map.get("ItemReader").is_object()) return std::nullopt;
  FieldReader fields = map.inside("ItemReader");
  check_shape(fields.object(), kItemReaderShape, fields.language(), fields.place(), fields.report());
  check_action(fields, kReaderActions);
  ItemReader reader;
  reader.resource = fields.text("Resource");
  reader.arguments = read_arguments(fields);
  reader.reader_config = fields.get("ReaderConfig");
  if (!reader.reader_config.is_object()) return reader;
  FieldReader config = fields.inside("ReaderConfig");
  check_shape(config.object(), kReaderConfigShape, config.language(), config.place(), config.report());
  reader.max_items = read_number(config, "MaxItems");
  if (config.text("CSVHeaderLocation") == "GIVEN" && !config.has("CSVHeaders")) {
    config.report().schema(config.place(), "These fields are required: [CSVHeaders]");
  }
  return reader;
}

std::optional<ItemBatcher> read_batcher(const FieldReader& map) {
  if (!map.get("ItemBatcher").is_object()) return std::nullopt;
  FieldReader fields = map.inside("ItemBatcher");
  check_shape(fields.object(), kItemBatcherShape, fields.language(), fields.place(), fields.report());
  ItemBatcher batcher;
  batcher.max_items = read_number(fields, "MaxItemsPerBatch");
  batcher.max_input_bytes = read_number(fields, "MaxInputBytesPerBatch");
  batcher.batch_input = fields.payload("BatchInput");
  if (!batcher.max_items && !batcher.max_input_bytes) {
    fields.report().schema(fields.place(),
                           "One of the following fields is required: [MaxItemsPerBatch, "
                           "MaxInputBytesPerBatch]");
  }
  return batcher;
}

std::optional<ResultWriter> read_writer(const FieldReader& map) {
  if (!map.get("ResultWriter").is_object()) return std::nullopt;
  FieldReader fields = map.inside("ResultWriter");
  check_shape(fields.object(), kResultWriterShape, fields.language(), fields.place(), fields.report());
  check_action(fields, kWriterActions);
  ResultWriter writer;
  writer.resource = fields.text("Resource");
  writer.arguments = read_arguments(fields);
  writer.writer_config = fields.get("WriterConfig");
  if (writer.resource.empty() && !writer.writer_config.is_object()) {
    fields.report().schema(fields.place(),
                           "One of the following fields is required: [Resource, WriterConfig]");
  } else if (writer.writer_config.is_object()) {
    check_shape(writer.writer_config, kWriterConfigShape, fields.language(),
                fields.place().member("WriterConfig"), fields.report());
  }
  return writer;
}

// A character that a label may not have, as it is printed; empty when there is none. Labels become part of an
// ARN.
std::string forbidden_character(std::string_view label) {
  constexpr std::string_view kForbidden = "?*<>{}[]:;,\\|^~$#%&`\" ";
  for (size_t at = 0; at < label.size(); ++at) {
    auto byte = static_cast<unsigned char>(label[at]);
    // U+0080 to U+009F are control characters as well; in UTF-8 they begin with C2.
    bool second = byte == 0xc2 && at + 1 < label.size();
    unsigned code = second ? static_cast<unsigned char>(label[at + 1]) : byte;
    if (second ? code < 0xa0 : code <= 0x1f || code == 0x7f) return fmt::format("\\x{:02x}", code);
    if (kForbidden.find(label[at]) != std::string_view::npos) return std::string(1, label[at]);
  }
  return {};
}

void check_label(const FieldReader& fields, Reading& reading) {
  if (!fields.get("Label").is_string()) return;
  const std::string& label = fields.get("Label").as_string();
  Place place = fields.place().member("Label");
  if (label.empty()) {
    fields.report().error(code::kLabel, place, "Label cannot be empty");
  } else if (count_characters(label) > kMaxLabelCharacters) {
    fields.report().error(code::kLabel, place,
                          fmt::format("Label cannot exceed {} characters", kMaxLabelCharacters));
  } else if (std::string character = forbidden_character(label); !character.empty()) {
    fields.report().error(code::kLabel, place,
                          fmt::format("Label contains invalid character: '{}'", character));
  } else if (!reading.labels.insert(label).second) {
    fields.report().error(code::kDuplicateLabel, place, fmt::format("Duplicate Label name: {}", label));
  }
}

void read_processor_config(const FieldReader& fields, MachineType type, MapDetails& map) {
  const json::Value& config = fields.get("ProcessorConfig");
  if (config.is_object()) {
    check_shape(config, kProcessorConfigShape, fields.language(), fields.place().member("ProcessorConfig"),
                fields.report());
  }
  map.distributed = config.get("Mode").string_or("INLINE") == "DISTRIBUTED";
  Place place = fields.place().member("ProcessorConfig");
  if (!map.distributed) {
    if (config.has("ExecutionType")) {
      fields.report().schema(place, "Field 'ExecutionType' is only supported for the 'DISTRIBUTED' Mode");
    }
    return;
  }
  map.execution_type = config.get("ExecutionType").string_or("");
  if (!config.has("ExecutionType")) {
    fields.report().schema(place, "These fields are required: [ExecutionType]");
  }
  if (type == MachineType::kExpress) {
    fields.report().schema(place.member("Mode"),
                           "Express state machine does not support Map state in 'DISTRIBUTED' mode");
  }
}

void check_mode(const FieldReader& fields, const MapDetails& map) {
  if (map.distributed) return;
  for (std::string_view name : kDistributedOnly) {
    if (!fields.has(name)) continue;
    fields.report().schema(fields.place(),
                           fmt::format("Field '{}' is only supported for the 'DISTRIBUTED' Mode", name));
  }
}

void read_processor(const FieldReader& fields, const Surrounding& around, Reading& reading, MapDetails& map) {
  std::string_view name = fields.has("ItemProcessor") ? "ItemProcessor" : "Iterator";
  if (!fields.get(name).is_object()) return;
  FieldReader processor = fields.inside(name);
  read_processor_config(processor, around.type, map);
  Surrounding inside = around;
  ++inside.depth;
  inside.owner = fields.place().pointer();
  if (map.distributed) {  // its iterations are executions of their own
    inside.scope = Scopes::kNone;
    inside.type = map.execution_type == "EXPRESS" ? MachineType::kExpress : MachineType::kStandard;
  }
  map.processor = read_flow(processor.object(), kProcessorShape, processor.place(), inside, reading);
}

}  // namespace

MapDetails read_map(const FieldReader& fields, const Surrounding& around, Reading& reading) {
  MapDetails map;
  read_processor(fields, around, reading, map);
  check_mode(fields, map);
  check_label(fields, reading);
  map.label = fields.text("Label");
  if (fields.language() == query::Language::kJsonPath) {
    map.items_path = fields.path("ItemsPath");
  } else {
    map.items = fields.payload("Items");
  }
  map.item_selector = fields.payload(fields.has("ItemSelector") ? "ItemSelector" : "Parameters");
  map.max_concurrency = read_number(fields, "MaxConcurrency");
  map.tolerated_count = read_number(fields, "ToleratedFailureCount");
  map.tolerated_percentage = read_number(fields, "ToleratedFailurePercentage");
  map.reader = read_reader(fields);
  map.batcher = read_batcher(fields);
  map.writer = read_writer(fields);
  return map;
}

}  // namespace soma::workflow
