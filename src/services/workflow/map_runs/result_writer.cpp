#include "services/workflow/map_runs/result_writer.h"

#include <fmt/format.h>

#include <utility>

namespace soma::workflow {
namespace {

using engine::Status;
using json::Value;

constexpr std::array<std::string_view, 3> kFileNames = {"SUCCEEDED", "FAILED", "PENDING"};

}  // namespace

WriterConfig read_writer_config(const ResultWriter* writer) {
  WriterConfig config;
  if (writer == nullptr) return config;
  config.exports = !writer->resource.empty();
  const std::string_view usual = config.exports ? "NONE" : "COMPACT";
  const std::string_view name = writer->writer_config.get("Transformation").string_or(usual);
  if (name == "NONE") config.transformation = Transformation::kNone;
  if (name == "FLATTEN") config.transformation = Transformation::kFlatten;
  config.lines = config.exports && writer->writer_config.get("OutputType").string_or("JSON") == "JSONL";
  return config;
}

Value child_metadata(const ChildReport& child) {
  const Value included = json::object({{"Included", true}});
  Value out = json::Object{};
  if (child.result && child.result->cause) out.set("Cause", *child.result->cause);
  if (child.result && child.result->error) out.set("Error", *child.result->error);
  out.set("ExecutionArn", child.arn);
  out.set("Input", child.input);
  out.set("InputDetails", included);
  out.set("Name", child.name);
  if (!child.result) {
    out.set("StateMachineArn", child.machine_arn);
    out.set("Status", "PENDING");
    return out;
  }
  const ChildResult& result = *child.result;
  if (result.output) {
    out.set("Output", *result.output);
    out.set("OutputDetails", included);
  }
  out.set("RedriveCount", result.redrives);
  if (result.status == Status::kSucceeded || result.final) {
    out.set("RedriveStatus", "NOT_REDRIVABLE");
    out.set("RedriveStatusReason",
            fmt::format("Execution is {} and cannot be redriven", engine::status_name(result.status)));
  } else {
    out.set("RedriveStatus", "REDRIVABLE_BY_MAP_RUN");
  }
  out.set("StartDate", os::format_time(result.started));
  out.set("StateMachineArn", child.machine_arn);
  out.set("Status", engine::status_name(result.status));
  out.set("StopDate", os::format_time(result.stopped));
  return out;
}

void ResultList::add_text(std::string_view json) {
  if (!lines_) text_ += text_.empty() ? '[' : ',';
  text_ += json;
  if (lines_) text_ += '\n';
}

void ResultList::add(const ChildReport& child, Transformation transformation) {
  const bool succeeded = child.result && child.result->status == Status::kSucceeded;
  if (!succeeded || transformation == Transformation::kNone)
    return add_text(json::write(child_metadata(child)));
  const std::string output = child.result->output.value_or("null");
  if (transformation == Transformation::kFlatten) {
    const os::Result<Value> value = json::parse(output);
    if (value && value->is_array()) {
      for (const Value& element : value->as_array()) add_text(json::write(element));
      return;
    }
  }
  add_text(output);
}

std::string ResultList::take() {
  if (!lines_) text_ += text_.empty() ? "[]" : "]";
  return std::exchange(text_, {});
}

ResultFiles::ResultFiles(const ObjectFolder& objects, const Value& arguments, std::string map_run_arn,
                         WriterConfig config)
    : objects_(objects),
      bucket_(arguments.get("Bucket").string_or("")),
      map_run_arn_(std::move(map_run_arn)),
      folder_(arguments.get("Prefix").string_or("")),
      config_(config),
      files_{File{ResultList(config.lines)}, File{ResultList(config.lines)}, File{ResultList(config.lines)}} {
  if (!folder_.empty() && !folder_.ends_with('/')) folder_ += '/';
  folder_ += map_run_arn_.substr(map_run_arn_.rfind(':') + 1) + "/";
}

Read<> ResultFiles::add(const ChildReport& child) {
  Kind kind = kPending;
  if (child.result) kind = child.result->status == Status::kSucceeded ? kSucceeded : kFailed;
  File& file = files_[kind];
  file.list.add(child, config_.transformation);
  if (file.list.bytes() < kMaxResultFileBytes) return {};
  return flush(kind);
}

Read<> ResultFiles::flush(Kind kind) {
  File& file = files_[kind];
  const std::string key =
      fmt::format("{}{}_{}.{}", folder_, kFileNames[kind], file.number++, config_.lines ? "jsonl" : "json");
  const std::string bytes = file.list.take();
  SOMA_TRY(put(key, bytes));
  file.written.push_back(json::object({{"Key", key}, {"Size", bytes.size()}}));
  return {};
}

Read<> ResultFiles::put(const std::string& key, std::string_view bytes) {
  const os::Result<> done = objects_.put(bucket_, key, bytes);
  if (done) return {};
  return std::unexpected(engine::ItemFailure{
      std::string(kResultWriterFailed),
      fmt::format("s3://{}/{} cannot be written: {}", bucket_, key, done.error().message)});
}

Read<Value> ResultFiles::finish() {
  Value names = json::Object{};
  for (const Kind kind : {kFailed, kPending, kSucceeded}) {
    if (!files_[kind].list.empty()) SOMA_TRY(flush(kind));
    names.set(kFileNames[kind], std::move(files_[kind].written));
  }
  const Value manifest = json::object(
      {{"DestinationBucket", bucket_}, {"MapRunArn", map_run_arn_}, {"ResultFiles", std::move(names)}});
  const std::string key = folder_ + "manifest.json";
  SOMA_TRY(put(key, json::write(manifest)));
  return json::object({{"MapRunArn", map_run_arn_},
                       {"ResultWriterDetails", json::object({{"Bucket", bucket_}, {"Key", key}})}});
}

}  // namespace soma::workflow
