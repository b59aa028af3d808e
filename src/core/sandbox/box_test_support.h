// For the tests of this folder: a workspace, a sandbox, a script's outcome.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "core/sandbox/sandbox.h"

namespace soma::sandbox {

struct Ran {
  Outcome outcome;
  std::string out, err;
  uint64_t bytes = 0;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "soma-sandbox-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class BoxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Availability availability = probe(*launcher_);
    if (availability.available) return;
    std::cout << "skipped: " << availability.reason << "\n";
    GTEST_SKIP() << availability.reason;
  }

  std::unique_ptr<Sandbox> make(const net::Executor& executor, const std::string& workspace) {
    auto made = make_sandbox(policy_, workspace, executor, *launcher_, *clock_);
    if (!made) throw std::runtime_error(made.error().to_string());
    return std::move(*made);
  }
  std::unique_ptr<Sandbox> make(const net::Executor& executor) { return make(executor, workspace()); }

  net::Task<Ran> exec(Sandbox& sandbox, Command command, net::Cancellation cancellation = {}) {
    Ran ran;
    OutputSink sink = [&ran](Stream stream, std::string_view bytes) {
      (stream == Stream::kStdout ? ran.out : ran.err) += bytes;
      ran.bytes += bytes.size();
    };
    auto outcome = co_await sandbox.exec(std::move(command), sink, cancellation);
    if (!outcome) throw std::runtime_error(outcome.error().to_string());
    ran.outcome = *outcome;
    co_return ran;
  }

  static Command shell(std::string script) { return {.arguments = {"sh", "-c", std::move(script)}}; }

  Ran run(Command command) {
    auto task = [&]() -> net::Task<Ran> {
      net::Executor executor = co_await net::this_executor();
      std::unique_ptr<Sandbox> sandbox = make(executor);
      co_return co_await exec(*sandbox, command);
    };
    return net::run(task());
  }
  Ran run(std::string script) { return run(shell(std::move(script))); }

  void write_file(const std::string& name, std::string_view text) {
    std::ofstream(workspace() + "/" + name) << text;
  }
  std::string read_file(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(workspace() + "/" + name).rdbuf();
    return text.str();
  }
  const std::string& workspace() const { return directory_.path(); }

  std::unique_ptr<os::ProcessLauncher> launcher_ = os::make_process_launcher();
  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  TemporaryDirectory directory_;
  Policy policy_;
};

}  // namespace soma::sandbox
