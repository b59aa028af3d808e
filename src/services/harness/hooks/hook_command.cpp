#include "services/harness/hooks/hook_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace soma::harness {
namespace {

std::vector<std::string> hook_environment() {
  constexpr std::array<std::string_view, 4> kPassed = {"PATH=", "HOME=", "LANG=", "SOMA_"};
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (std::ranges::any_of(kPassed, [&](std::string_view start) { return variable.starts_with(start); }))
      out.emplace_back(variable);
  }
  return out;
}

}  // namespace

net::Task<os::Result<ProgramEnd>> run_hook_command(net::Executor executor, os::Clock& clock,
                                                   os::ProcessLauncher& launcher,
                                                   std::vector<std::string> arguments, std::string input,
                                                   net::Cancellation stop) {
  ProgramRun program{.arguments = std::move(arguments),
                     .environment = hook_environment(),
                     .input = std::move(input),
                     .max_output_bytes = kMaxHookAnswerBytes};
  os::Result<ProgramEnd> end =
      co_await run_program(executor, clock, launcher, std::move(program), std::move(stop));
  if (!end && end.error().code == os::Code::kLimitExceeded)
    co_return os::fail(
        os::Code::kLimitExceeded,
        fmt::format("its answer is larger than kMaxHookAnswerBytes ({})", kMaxHookAnswerBytes));
  co_return end;
}

}  // namespace soma::harness
