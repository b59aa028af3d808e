// For the tests of this folder: a session's environment, and a call to one of its tools.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "core/tool/tool.h"

namespace soma::tool {

struct Called {
  bool error = false;
  std::string emitted;
  std::string content;
  std::optional<std::string> for_model;  // when it is not emitted + content
  std::string model_text() const { return for_model.value_or(emitted + content); }
  std::string text() const { return emitted + content; }
};

class ToolTest : public ::testing::Test {
 protected:
  ToolTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "soma-tool-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    std::filesystem::create_directory(workspace());
    std::filesystem::create_directory(directory_ + "/private");
  }
  ~ToolTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  bool sandbox_available() {
    sandbox::Availability availability = sandbox::probe(*launcher_);
    if (!availability.available) std::cout << "skipped: " << availability.reason << "\n";
    return availability.available;
  }

  // Runs `body` with a tool of the type, in a session of its own.
  using Body = std::function<net::Task<>(Tool& tool, Environment& environment)>;
  void with_tool(const std::string& type, Body body) {
    auto task = [&]() -> net::Task<> {
      net::Executor executor = co_await net::this_executor();
      std::unique_ptr<sandbox::Sandbox> box;
      if (needs_sandbox_)
        box = sandbox::make_sandbox(policy_, workspace(), executor, *launcher_, *clock_).value();
      Environment environment{.executor = executor,
                              .clock = *clock_,
                              .ids = *ids_,
                              .launcher = *launcher_,
                              .sandbox = box.get(),
                              .sandbox_error = "no sandbox here",
                              .workspace = workspace(),
                              .private_directory = directory_ + "/private"};
      ToolConfig config{.type = type, .name = "the_tool"};
      auto tool = make_tool(config, environment);
      if (!tool) throw std::runtime_error(tool.error().to_string());
      co_await body(**tool, environment);
    };
    net::run(task());
  }

  net::Task<Called> call(Tool& tool, json::Value input, net::Cancellation cancellation = {},
                         std::string result_name = "use-1") {
    Called called;
    Context context{.result_name = std::move(result_name),
                    .deadline = clock_->now() + std::chrono::hours(1),
                    .cancellation = cancellation,
                    .emit = [&called](std::string_view text) { called.emitted += text; },
                    .max_result_bytes = max_result_bytes_};
    Outcome outcome = co_await tool.run(input, context);
    called.error = outcome.error;
    called.content = text_of(outcome.content);
    if (outcome.for_model) called.for_model = text_of(*outcome.for_model);
    co_return called;
  }
  static std::string text_of(const std::vector<model::ResultContent>& contents) {
    std::string all;
    for (const auto& content : contents)
      if (const auto* text = std::get_if<model::Text>(&content)) all += text->text;
    return all;
  }

  Called call_once(const std::string& type, json::Value input) {
    Called called;
    with_tool(type, [&](Tool& tool, Environment&) -> net::Task<> { called = co_await call(tool, input); });
    return called;
  }

  std::string workspace() const { return directory_ + "/workspace"; }
  void write_file(const std::string& name, std::string_view text) {
    std::ofstream(workspace() + "/" + name, std::ios::binary) << text;
  }
  std::string read_file(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(workspace() + "/" + name, std::ios::binary).rdbuf();
    return text.str();
  }

  std::unique_ptr<os::ProcessLauncher> launcher_ = os::make_process_launcher();
  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(7, *clock_);
  sandbox::Policy policy_;
  bool needs_sandbox_ = true;
  size_t max_result_bytes_ = kDefaultResultBytes;
  std::string directory_;
};

}  // namespace soma::tool
