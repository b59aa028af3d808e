// What comes out of a map run: the results of its children as the state's output, or as objects.
//
// Objects are <Prefix>/<map run's id>/SUCCEEDED_0.json, FAILED_0.json, PENDING_0.json, with higher numbers
// once one is full, and manifest.json, which names them. Source: "ResultWriter (Map)" of the AWS Step
// Functions Developer Guide.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/os/os.h"
#include "services/workflow/map_runs/item_source.h"
#include "services/workflow/map_runs/map_run_state.h"
#include "services/workflow/object_folder.h"

namespace soma::workflow {

inline constexpr size_t kMaxResultFileBytes = 32u << 20;  // then the next file begins
inline constexpr std::string_view kResultWriterFailed = "States.ResultWriterFailed";

enum class Transformation : uint8_t { kNone, kCompact, kFlatten };
struct WriterConfig {
  bool exports = false;  // to objects
  Transformation transformation = Transformation::kCompact;
  bool lines = false;  // JSON Lines instead of an array
};
// Without a writer: the outputs as they are.
WriterConfig read_writer_config(const ResultWriter* writer);

// A child and what there is to say of it; `result` is missing while it has not ended.
struct ChildReport {
  std::string arn, name, machine_arn, input;
  std::optional<ChildResult> result{};
};
// The child as the API describes it.
json::Value child_metadata(const ChildReport& child);

// JSON texts in a row: an array, or a line each.
class ResultList {
 public:
  explicit ResultList(bool lines) : lines_(lines) {}
  // The child's result, transformed. What did not succeed is told with all its metadata.
  void add(const ChildReport& child, Transformation transformation);
  bool empty() const { return text_.empty(); }
  size_t bytes() const { return text_.size(); }
  std::string take();

 private:
  void add_text(std::string_view json);

  const bool lines_;
  std::string text_;
};

// Blocking; one thread at a time.
class ResultFiles {
 public:
  // `arguments` are the writer's Parameters or Arguments. `objects` outlives it.
  ResultFiles(const ObjectFolder& objects, const json::Value& arguments, std::string map_run_arn,
              WriterConfig config);

  Read<> add(const ChildReport& child);
  // Writes what is left, and the manifest. The state's output: {"MapRunArn", "ResultWriterDetails"}.
  Read<json::Value> finish();

 private:
  enum Kind : uint8_t { kSucceeded, kFailed, kPending, kKinds };
  struct File {
    ResultList list;
    size_t number = 0;
    json::Array written{};  // {"Key", "Size"}
  };
  Read<> flush(Kind kind);
  Read<> put(const std::string& key, std::string_view bytes);

  const ObjectFolder& objects_;
  const std::string bucket_, map_run_arn_;
  std::string folder_;  // with a slash at its end
  const WriterConfig config_;
  std::array<File, kKinds> files_;
};

}  // namespace soma::workflow
