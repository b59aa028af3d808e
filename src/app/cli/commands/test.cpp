#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <system_error>

#include "app/cli/commands/commands.h"
#include "app/cli/render/junit.h"
#include "services/harness/cassette/expectation.h"

namespace soma::cli {
namespace {

namespace fs = std::filesystem;
using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kDefaultFolder = "cassettes";
constexpr size_t kMaxCassettes = 100'000;

struct TestArguments {
  std::vector<std::string> paths;
  std::string junit;
  bool json = false;
};

struct Tested {
  std::string file;
  std::optional<os::Error> error{};  // it could not be run
  std::vector<harness::ExpectationFailure> failures{};
  size_t turns = 0;
  double seconds = 0;
  bool passed() const { return !error && failures.empty(); }
};

// The cassettes below a folder, by name.
Result<std::vector<fs::path>> cassettes_below(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->path().filename().string().ends_with(harness::kCassetteSuffix)) continue;
    found.push_back(entry->path());
    if (found.size() > kMaxCassettes)
      return os::fail(Code::kLimitExceeded, fmt::format("{} holds more than {} cassettes (kMaxCassettes)",
                                                        folder.string(), kMaxCassettes));
  }
  if (error) return os::fail_errno(fmt::format("cannot look through {}", folder.string()), error.value());
  if (found.empty())
    return os::fail(
        Code::kInvalidArgument, fmt::format("there is no cassette in {}", folder.string()),
        fmt::format("make one with: soma record SESSION_ID; its name ends in {}", harness::kCassetteSuffix));
  std::ranges::sort(found);
  return found;
}

Result<std::vector<fs::path>> cassettes_of(const Context& context, const TestArguments& arguments) {
  std::vector<std::string> places = arguments.paths;
  if (places.empty()) places.emplace_back(kDefaultFolder);
  std::vector<fs::path> all;
  for (const std::string& place : places) {
    const fs::path path = context.working_directory / place;
    std::error_code error;
    if (!fs::exists(path, error))
      return os::fail(Code::kInvalidArgument, fmt::format("{} is not there", path.string()),
                      "name a cassette or a folder of them");
    if (!fs::is_directory(path, error)) {
      all.push_back(path);
      continue;
    }
    SOMA_ASSIGN(std::vector<fs::path> below, cassettes_below(path));
    std::ranges::move(below, std::back_inserter(all));
  }
  return all;
}

Result<> play(const fs::path& file, Tested& out) {
  SOMA_ASSIGN(const harness::Cassette cassette, harness::read_cassette(file.string()));
  SOMA_ASSIGN(const auto expectations, harness::expectations_of(cassette));
  SOMA_ASSIGN(const harness::ReplayReport report, harness::replay(cassette));
  for (const harness::ReplayedInvocation& invocation : report.invocations) out.turns += invocation.turns;
  out.failures = harness::check_expectations(expectations, report);
  return {};
}

Tested test_one(const Context& context, const fs::path& file) {
  Tested out{.file = shown_path(file, context.working_directory)};
  const auto began = std::chrono::steady_clock::now();
  if (auto played = play(file, out); !played) out.error = std::move(played.error());
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return out;
}

void print(Terminal& terminal, const Tested& tested) {
  const std::string turns = fmt::format("({} turns, {:.0f} ms)", tested.turns, tested.seconds * 1000);
  if (tested.passed())
    terminal.out_line(fmt::format("pass  {}  {}", tested.file, turns));
  else
    terminal.out_line(fmt::format("{}  {}{}", tested.error ? "ERROR" : "FAIL", tested.file,
                                  tested.error ? "" : "  " + turns));
  if (tested.error) {
    terminal.out_line(fmt::format("      {}", tested.error->message));
    if (!tested.error->hint.empty()) terminal.out_line(fmt::format("      {}", tested.error->hint));
  }
  for (const harness::ExpectationFailure& failure : tested.failures) {
    terminal.out_line(fmt::format("      {}", failure.expectation));
    terminal.out_line(fmt::format("        expected {}", failure.expected));
    terminal.out_line(fmt::format("        actual   {}", failure.actual));
  }
}

Value json_of(const Tested& tested) {
  Value failures = json::Array{};
  for (const harness::ExpectationFailure& failure : tested.failures)
    failures.push_back(json::object(
        {{"expectation", failure.expectation}, {"expected", failure.expected}, {"actual", failure.actual}}));
  Value out = json::object({{"file", tested.file},
                            {"passed", tested.passed()},
                            {"turns", tested.turns},
                            {"seconds", tested.seconds},
                            {"failures", std::move(failures)}});
  if (tested.error)
    out.set("error", json::object({{"code", os::code_name(tested.error->code)},
                                   {"message", tested.error->message},
                                   {"hint", tested.error->hint}}));
  return out;
}

TestCase case_of(const Tested& tested) {
  TestCase out{.name = tested.file, .seconds = tested.seconds};
  if (tested.error) out.error = tested.error->message;
  for (const harness::ExpectationFailure& failure : tested.failures)
    out.failures.push_back(
        fmt::format("{}: expected {}, actual {}", failure.expectation, failure.expected, failure.actual));
  return out;
}

Result<int> run_test(Context& context, const TestArguments& arguments) {
  SOMA_ASSIGN(const std::vector<fs::path> files, cassettes_of(context, arguments));
  Value cassettes = json::Array{};
  std::vector<TestCase> cases;
  size_t passed = 0, unreadable = 0;
  for (const fs::path& file : files) {
    const Tested tested = test_one(context, file);
    passed += tested.passed();
    unreadable += tested.error.has_value();
    cases.push_back(case_of(tested));
    if (arguments.json)
      cassettes.push_back(json_of(tested));
    else
      print(context.terminal, tested);
  }
  if (!arguments.junit.empty())
    SOMA_TRY(os::write_file_atomic((context.working_directory / arguments.junit).string(),
                                   junit_xml("soma test", cases)));
  if (arguments.json) {
    context.terminal.out_line(json::write(
        json::object({{"passed", passed}, {"total", files.size()}, {"cassettes", std::move(cassettes)}})));
  } else {
    context.terminal.out_line(fmt::format("soma test: {} of {} cassettes passed", passed, files.size()));
  }
  if (unreadable > 0) return kExitUsage;
  return passed == files.size() ? kExitOk : kExitFailed;
}

}  // namespace

void add_test(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<TestArguments>();
  CLI::App* command = root.add_subcommand("test", "Replay cassettes and check what they expect");
  command->add_option("paths", arguments->paths, "Cassettes, or folders of them (default: ./cassettes)")
      ->type_name("PATH...");
  command->add_option("--junit", arguments->junit, "Write the results as JUnit XML too")->type_name("FILE");
  add_json_option(*command, arguments->json);
  add_example(*command, "  soma test\n  soma test cassettes/search.cassette.json --junit results.xml");
  on_call(*command, context, [&context, arguments] {
    const Result<int> code = run_test(context, *arguments);
    return code ? *code : report(context, code.error(), arguments->json);
  });
}

}  // namespace soma::cli
