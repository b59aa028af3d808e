#include "services/harness/skills/git_checkout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/aws/aws.h"
#include "base/net/net.h"

namespace soma::harness {
namespace {

namespace fs = std::filesystem;
using os::Code;
using os::Result;

constexpr size_t kMaxGitOutputBytes = 256u << 10;
constexpr size_t kMaxGitWordsBytes = 500;  // of what git says, in an error
constexpr os::Duration kLookInterval = std::chrono::milliseconds(250);

// Beginnings of folders' names that are no commits: what is being fetched.
constexpr std::string_view kUnfinished = "new-";

// Removes the oldest commits of a repository above kMaxKeptCommits.
void remove_old_commits(const std::string& folder) {
  std::error_code error;
  std::vector<std::pair<fs::file_time_type, fs::path>> commits;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (std::error_code gone; !entry->path().filename().string().starts_with(kUnfinished))
      commits.emplace_back(entry->last_write_time(gone), entry->path());
  std::ranges::sort(commits, std::greater<>());
  for (size_t index = kMaxKeptCommits; index < commits.size(); ++index)
    fs::remove_all(commits[index].second, error);
}

uint64_t tree_bytes(const std::string& folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    if (fs::is_regular_file(entry->symlink_status(gone))) {
      const uint64_t size = entry->file_size(gone);
      if (!gone) bytes += size;
    }
  }
  return bytes;
}

std::vector<std::string> git_environment(const GitAddress& address) {
  std::vector<std::string> out{"GIT_TERMINAL_PROMPT=0",
                               "GIT_CONFIG_NOSYSTEM=1",
                               "GIT_CONFIG_GLOBAL=/dev/null",
                               "GIT_ALLOW_PROTOCOL=https:file",
                               "GIT_LFS_SKIP_SMUDGE=1",
                               "HOME=/nonexistent",
                               "LC_ALL=C"};
  for (const char* name : {"PATH", "SSL_CERT_FILE", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"})
    if (const char* value = std::getenv(name)) out.push_back(fmt::format("{}={}", name, value));
  if (const char* certificates = std::getenv("SSL_CERT_FILE"))
    out.push_back(fmt::format("GIT_SSL_CAINFO={}", certificates));
  std::vector<std::pair<std::string, std::string>> config{{"core.hooksPath", "/dev/null"},
                                                          {"safe.directory", "*"}};
  if (!address.password.empty()) {
    const std::string user = address.username.empty() ? "oauth2" : address.username;
    const std::string basic = os::base64_encode(user + ":" + address.password);
    // Of this address alone: a server that it is redirected to does not get it.
    config.emplace_back(fmt::format("http.{}.extraHeader", address.url), "Authorization: Basic " + basic);
  }
  out.push_back(fmt::format("GIT_CONFIG_COUNT={}", config.size()));
  for (size_t index = 0; index < config.size(); ++index) {
    out.push_back(fmt::format("GIT_CONFIG_KEY_{}={}", index, config[index].first));
    out.push_back(fmt::format("GIT_CONFIG_VALUE_{}={}", index, config[index].second));
  }
  return out;
}

class Checkout {
 public:
  Checkout(GitMachine machine, GitAddress address)
      : machine_(std::move(machine)),
        address_(std::move(address)),
        deadline_(machine_.clock.now() + std::chrono::seconds(kMaxGitSeconds)),
        folder_(fmt::format("{}/{}", machine_.cache, aws::sha256_hex(address_.url).substr(0, 32))) {}

  net::Task<Result<std::string>> run() {
    std::vector<std::string> question{"git", "ls-remote", "--exit-code", "--", address_.url, "HEAD"};
    SOMA_CO_ASSIGN(const std::string answer, co_await git(std::move(question), ""));
    const std::string commit = answer.substr(0, answer.find_first_of(" \t\n"));
    if (!is_commit(commit))
      co_return os::fail(Code::kUnavailable,
                         fmt::format("git does not say which commit {} is at", address_.url));
    const std::string wanted = folder_ + "/" + commit;
    std::error_code error;
    if (fs::is_directory(wanted, error)) co_return wanted;
    co_return co_await clone();
  }

 private:
  static bool is_commit(std::string_view text) {
    const auto hexadecimal = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() >= 40 && text.size() <= 64 && std::ranges::all_of(text, hexadecimal);
  }

  // Into a folder of its own first, so that what has a commit's name is whole.
  net::Task<Result<std::string>> clone() {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) co_return os::fail_errno(fmt::format("make {}", folder_), error.value());
    const std::string temporary = fmt::format("{}/{}{}", folder_, kUnfinished, machine_.ids.token(10));
    const auto cleaned = std::shared_ptr<void>(nullptr, [temporary](void*) {
      std::error_code ignored;
      fs::remove_all(temporary, ignored);
    });
    std::vector<std::string> clone{"git",       "clone",       "--quiet",         "--depth=1",
                                   "--no-tags", "--template=", "--single-branch", "--no-recurse-submodules",
                                   "--",        address_.url,  temporary};
    SOMA_CO_TRY(co_await git(std::move(clone), temporary));
    std::vector<std::string> which{"git", "-C", temporary, "rev-parse", "HEAD"};
    SOMA_CO_ASSIGN(const std::string answer, co_await git(std::move(which), ""));
    const std::string commit(os::trim(answer));
    if (!is_commit(commit))
      co_return os::fail(Code::kUnavailable,
                         fmt::format("git does not say which commit it has of {}", address_.url));
    const std::string wanted = folder_ + "/" + commit;
    fs::rename(temporary, wanted, error);
    // Another session was faster.
    if (error && !fs::is_directory(wanted))
      co_return os::fail_errno(fmt::format("make {}", wanted), error.value());
    auto tidy = [folder = folder_] { remove_old_commits(folder); };
    co_await net::offload(std::move(tidy));
    co_return wanted;
  }

  net::Task<Result<std::string>> git(std::vector<std::string> arguments, std::string growing) {
    net::Cancellation stop;
    auto timer = machine_.clock.call_at(deadline_, [stop]() mutable { stop.request("time"); });
    auto working = std::make_shared<bool>(true);
    if (!growing.empty()) net::spawn(machine_.executor, watch(growing, working, stop), "skills.git.watch");
    net::ProgramCall program{.arguments = std::move(arguments),
                             .environment = git_environment(address_),
                             .inherits = false,
                             .max_output_bytes = kMaxGitOutputBytes,
                             .limit_name = "kMaxGitOutputBytes"};
    const Result<net::ProgramEnd> end = co_await net::run_program(
        machine_.executor, machine_.clock, machine_.launcher, std::move(program), stop);
    *working = false;
    machine_.clock.cancel(timer);
    if (stop.requested() && stop.reason() == "room")
      co_return os::fail(
          Code::kLimitExceeded,
          fmt::format("{} has more than {} MiB (kMaxGitBytes)", address_.url, kMaxGitBytes >> 20),
          "put the skill into a smaller repository");
    if (stop.requested())
      co_return os::fail(Code::kTimeout,
                         fmt::format("git took more than {} s for {}", kMaxGitSeconds, address_.url));
    if (!end) co_return std::unexpected(end.error());
    if (end->status.code != 0)
      co_return os::fail(
          Code::kUnavailable,
          fmt::format("git cannot read {}: {}", address_.url,
                      os::utf8_prefix(os::trim(os::to_valid_utf8(end->errors)), kMaxGitWordsBytes)),
          "check the address, the credential and the network");
    co_return end->output;
  }

  // Stops git when what it writes grows too large.
  net::Task<> watch(std::string folder, std::shared_ptr<bool> working, net::Cancellation stop) {
    os::Clock& clock = machine_.clock;
    net::Notifier never(co_await net::this_executor());
    while (*working) {
      auto measure = [folder] { return tree_bytes(folder); };
      const uint64_t bytes = co_await net::offload(measure);
      if (bytes > kMaxGitBytes) {
        stop.request("room");
        co_return;
      }
      co_await never.wait_until(clock, clock.now() + kLookInterval);
    }
  }

  GitMachine machine_;
  GitAddress address_;
  os::Time deadline_;
  std::string folder_;
};

}  // namespace

void remove_unfinished_checkouts(const std::string& cache) {
  std::error_code error;
  std::vector<fs::path> unfinished;
  for (fs::recursive_directory_iterator entry(cache, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(kUnfinished)) unfinished.push_back(entry->path());
    if (entry.depth() > 0) entry.disable_recursion_pending();
  }
  for (const fs::path& folder : unfinished) fs::remove_all(folder, error);
}

net::Task<Result<std::string>> git_checkout(GitMachine machine, GitAddress address) {
  const auto checkout = std::make_shared<Checkout>(std::move(machine), std::move(address));
  co_return co_await checkout->run();
}

}  // namespace soma::harness
