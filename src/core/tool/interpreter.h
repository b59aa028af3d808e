// One language's interpreter in the session's sandbox: started at the first call, kept between calls.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/net/net.h"
#include "core/sandbox/sandbox.h"

namespace soma::tool {

struct Language {
  std::string_view name;
  std::string_view program;
  std::string_view flag;  // the next argument is the driver
  std::string_view driver;
};
// Null when there is no such language.
const Language* find_language(std::string_view name);

// How a call ended.
struct CellEnd {
  enum class How { kDone, kTimedOut, kCancelled, kDied };
  How how = How::kDone;
  std::string status{};  // kDone: "ok", "error", or bash's exit code; kDied: in words
};

// Used from one loop, one call at a time.
class Interpreter {
 public:
  Interpreter(const Language& language, sandbox::Sandbox& sandbox, const net::Executor& executor,
              os::Clock& clock, os::IdSource& ids)
      : language_(language), sandbox_(sandbox), executor_(executor), clock_(clock), ids_(ids) {}

  bool running() const { return process_ != nullptr && process_->running(); }
  void stop() { process_.reset(); }
  // kFailedPrecondition names a program that is missing.
  net::Task<os::Result<>> start();
  // Runs code and hands its output to `output` as it comes. Unless it is done, the interpreter and its state
  // are gone afterwards.
  net::Task<os::Result<CellEnd>> run(std::string code, os::Time deadline, net::Cancellation cancellation,
                                     sandbox::OutputSink output);

 private:
  const Language& language_;
  sandbox::Sandbox& sandbox_;
  net::Executor executor_;
  os::Clock& clock_;
  os::IdSource& ids_;
  std::shared_ptr<sandbox::BoxedProcess> process_;
};

// Finds the end of a call in a stream that comes in pieces.
class MarkerScanner {
 public:
  // `terminator` follows the marker after its status.
  explicit MarkerScanner(std::string marker) : marker_(std::move(marker)) {}
  // The output in front of the marker that is certain by now.
  std::string add(std::string_view bytes);
  bool done() const { return status_.has_value(); }
  const std::string& status() const { return *status_; }
  // What was held back as a possible beginning of the marker, when no more is to come.
  std::string rest() { return std::move(held_); }

 private:
  std::string marker_;
  std::string held_;
  bool found_ = false;
  std::optional<std::string> status_;
};

}  // namespace soma::tool
