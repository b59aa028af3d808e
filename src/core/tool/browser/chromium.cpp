#include "core/tool/browser/chromium.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <mutex>

namespace soma::tool::browser {

namespace {

constexpr std::string_view kDirectoryPrefix = "soma-browser-";
constexpr std::string_view kLockName = "soma.lock";
constexpr size_t kMaxLastWordsBytes = 4096;
constexpr const char* kProgramNames[] = {"chromium", "chromium-browser", "google-chrome"};

std::string temporary_directory() {
  const char* set = std::getenv("TMPDIR");
  return set && *set ? set : "/tmp";
}

os::Fd lock_directory(const std::string& path, bool create) {
  std::string lock_path = path + "/" + std::string(kLockName);
  os::Fd lock(::open(lock_path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600));
  if (lock.valid() && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock.reset();
  return lock;
}

void remove_leftovers(const std::string& root) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().filename().string().starts_with(kDirectoryPrefix)) continue;
    struct stat status{};
    std::string path = at->path().string();
    if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::geteuid())
      continue;
    os::Fd lock = lock_directory(path, false);
    if (!lock.valid()) continue;
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
}

std::vector<std::string> environment_for(const std::string& home) {
  std::vector<std::string> out = {"HOME=" + home,           "XDG_CONFIG_HOME=" + home,
                                  "XDG_CACHE_HOME=" + home, "TMPDIR=" + home,
                                  "LANG=C.UTF-8",           "TZ=UTC"};
  const char* path = std::getenv("PATH");
  out.push_back(std::string("PATH=") + (path ? path : "/usr/bin:/bin"));
  return out;
}

}  // namespace

struct Chromium::Tail {
  mutable std::mutex mutex;
  std::string text;
};

os::Result<std::unique_ptr<ProfileDirectory>> ProfileDirectory::make() {
  std::string root = temporary_directory();
  remove_leftovers(root);
  std::string pattern = root + "/" + std::string(kDirectoryPrefix) + "XXXXXX";
  if (!::mkdtemp(pattern.data())) return os::fail_errno("make a directory for the browser in " + root, errno);
  os::Fd lock = lock_directory(pattern, true);
  if (!lock.valid()) return os::fail_errno("lock " + pattern, errno);
  return std::unique_ptr<ProfileDirectory>(new ProfileDirectory(pattern, std::move(lock)));
}

ProfileDirectory::~ProfileDirectory() {
  // A process of the browser that is just ending may still write a file: then the directory is not empty at
  // the first attempt.
  for (int attempt = 0; attempt < 3; ++attempt) {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
    if (!error) return;
  }
}

os::Result<std::string> find_chromium() {
  if (const char* set = std::getenv("SOMA_CHROMIUM"); set && *set) {
    if (auto found = os::find_program(set)) return *found;
    if (::access(set, X_OK) == 0) return std::string(set);
    return os::fail(os::Code::kFailedPrecondition,
                    fmt::format("SOMA_CHROMIUM names {}, which is no program", set),
                    "set it to the path of Chromium, or unset it");
  }
  for (const char* name : kProgramNames) {
    if (auto found = os::find_program(name)) return *found;
  }
  return os::fail(
      os::Code::kFailedPrecondition,
      "no browser on this machine: none of chromium, chromium-browser, google-chrome is in PATH",
      "install it (apt-get install -y --no-install-recommends chromium), or set SOMA_CHROMIUM to its path");
}

std::vector<std::string> chromium_arguments(const std::string& program, const std::string& profile,
                                            bool as_root, const ChromiumOptions& options) {
  std::vector<std::string> out = {
      program,
      "--headless=new",
      "--remote-debugging-pipe",
      "--user-data-dir=" + profile,
      fmt::format("--window-size={},{}", options.width, options.height),
      // Nothing that talks to the maker's services or asks a person something.
      "--no-first-run",
      "--no-default-browser-check",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-breakpad",
      "--disable-extensions",
      "--disable-default-apps",
      "--disable-prompt-on-repost",
      "--password-store=basic",
      "--use-mock-keychain",
      "--mute-audio",
      // Every byte through the proxy of the session: no QUIC, no peer-to-peer UDP.
      "--disable-quic",
      "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
      "--dns-prefetch-disable",
      // No window and no spare renderer at the start: half the start time, 270 MB of resident memory less.
      "--no-startup-window",
      "--disable-gpu",
      "--disable-features=SpareRendererForSitePerProcess,MediaRouter,DialMediaRouteProvider,Translate,"
      "OptimizationHints,BackForwardCache,HttpsUpgrades",
      // A tab in the background works on like the one in front.
      "--disable-background-timer-throttling",
      "--disable-backgrounding-occluded-windows",
      "--disable-renderer-backgrounding",
      "--disable-dev-shm-usage",
  };
  if (!options.proxy_server.empty()) {
    out.push_back("--proxy-server=" + options.proxy_server);
    out.push_back(fmt::format("--proxy-bypass-list={}", kProxyBypass));
  }
  if (as_root) out.push_back("--no-sandbox");
  return out;
}

os::Result<std::shared_ptr<Chromium>> Chromium::launch(os::ProcessLauncher& launcher,
                                                       const net::Executor& loop,
                                                       const ChromiumOptions& options) {
  SOMA_ASSIGN(std::string program, find_chromium());
  SOMA_ASSIGN(auto profile, ProfileDirectory::make());
  SOMA_ASSIGN(auto commands, os::make_pipe());
  SOMA_ASSIGN(auto answers, os::make_pipe());
  bool as_root = ::geteuid() == 0;
  if (as_root) {
    static std::once_flag warned;
    std::call_once(warned, [] {
      os::log(os::Level::kWarning, "browser.no_sandbox",
              {{"reason", "Chromium's own sandbox does not work for root"},
               {"fix", "run soma as an ordinary user"}});
    });
  }
  os::ProcessSpec spec;
  spec.arguments = chromium_arguments(program, profile->path(), as_root, options);
  spec.environment = environment_for(profile->path());
  spec.working_directory = profile->path();
  spec.inherit = {{commands.first.get(), 3}, {answers.second.get(), 4}};
  SOMA_ASSIGN(auto process, launcher.launch(spec));
  commands.first.reset();
  answers.second.reset();

  auto tail = std::make_shared<Tail>();
  net::spawn(loop, drain(net::FdStream(loop, std::move(process->stdout_fd())), tail), "browser.stdout");
  net::spawn(loop, drain(net::FdStream(loop, std::move(process->stderr_fd())), tail), "browser.stderr");
  auto connection = std::make_shared<Connection>(loop, std::move(commands.second), std::move(answers.first));
  connection->start();
  os::log(os::Level::kInfo, "browser.started", {{"program", program}, {"pid", process->pid()}});
  return std::shared_ptr<Chromium>(
      new Chromium(std::move(profile), std::move(process), std::move(connection), std::move(tail)));
}

Chromium::Chromium(std::unique_ptr<ProfileDirectory> profile, std::unique_ptr<os::Process> process,
                   std::shared_ptr<Connection> connection, std::shared_ptr<Tail> tail)
    : profile_(std::move(profile)),
      process_(std::move(process)),
      connection_(std::move(connection)),
      tail_(std::move(tail)) {}

Chromium::~Chromium() {
  connection_->close("the browser was ended");
  process_->kill_group(SIGKILL);
  process_.reset();
}

net::Task<> Chromium::drain(net::FdStream stream, std::shared_ptr<Tail> tail) {
  while (true) {
    auto bytes = co_await stream.read_some(kMaxLastWordsBytes);
    if (!bytes || bytes->empty()) co_return;
    std::lock_guard lock(tail->mutex);
    tail->text += *bytes;
    if (tail->text.size() > kMaxLastWordsBytes) tail->text.erase(0, tail->text.size() - kMaxLastWordsBytes);
  }
}

std::string Chromium::last_words() const {
  std::lock_guard lock(tail_->mutex);
  return os::to_valid_utf8(os::trim(tail_->text));
}

}  // namespace soma::tool::browser
