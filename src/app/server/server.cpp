#include "app/server/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "app/server/data_directory.h"
#include "app/server/prices.h"
#include "app/server/run_routes.h"
#include "app/server/secrets.h"
#include "app/server/static_files.h"
#include "app/server/tasks/tasks.h"
#include "base/journal/journal.h"
#include "base/net/loopback.h"
#include "base/net/net.h"
#include "base/os/version.h"
#include "services/harness/browser_route.h"
#include "services/harness/code_interpreter_route.h"
#include "services/harness/harness.h"
#include "services/harness/routes.h"
#include "services/memory/memory.h"
#include "services/memory/routes.h"
#include "services/workflow/connectors/task_world.h"
#include "services/workflow/routes.h"
#include "services/workflow/workflow.h"

namespace soma::server {
namespace {

using os::Code;
using os::Result;

// The console talks to its own origin alone; a page that an agent wrote cannot make it talk elsewhere.
constexpr std::string_view kConsolePolicy =
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors "
    "'none'; base-uri 'none'; object-src 'none'";

// console/dist beside the program, in its build tree or in its installation.
std::string find_console() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return "";
  for (const char* place : {"console", "../../console/dist", "../share/soma/console"}) {
    const auto candidate = program.parent_path() / place;
    if (std::filesystem::exists(candidate / "index.html"))
      return std::filesystem::canonical(candidate).string();
  }
  return "";
}

// Written by the signal handler, read by App::wait(): one server waits in a process.
int stop_event = -1;

net::Response no_console() {
  return net::Response::text(404,
                             "soma is running, and its console is not built: run scripts/run, or npm ci && "
                             "npm run build in console/.\n");
}

}  // namespace

struct App::State {
  explicit State(Options o, size_t loop_count)
      : options(std::move(o)),
        clock(os::make_system_clock()),
        ids(os::make_random_ids(*clock)),
        launcher(os::make_process_launcher()),
        loops(loop_count),
        started(clock->now()),
        files(os::make_posix_file_system()) {}

  Options options;
  std::unique_ptr<os::Clock> clock;
  std::unique_ptr<os::IdSource> ids;
  std::unique_ptr<os::ProcessLauncher> launcher;
  net::OutboundPolicy outbound;
  net::LoopPool loops;
  os::Time started;
  std::unique_ptr<LivePrices> prices;
  std::unique_ptr<os::FileSystem> files;
  std::unique_ptr<SecretStore> secrets;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<memory::Service> memories;
  std::unique_ptr<harness::Dependencies> dependencies;
  std::unique_ptr<harness::Service> service;
  std::unique_ptr<harness::CodeSessions> code_sessions;
  std::unique_ptr<harness::BrowserSessions> browser_sessions;
  std::unique_ptr<workflow::TaskWorld> task_world;
  std::unique_ptr<workflow::Service> workflow;
  net::Router router, site_router;
  std::unique_ptr<net::Server> server, site_server;
  std::string url, site_url;
  bool owns_server_file = false;

  // For ProviderContext::read_secret.
  std::function<Result<std::string>(const std::string& reference)> secret_reader() const {
    return [this](const std::string& reference) { return secrets->read(reference); };
  }

  Result<> open_data();
  Result<> start_site();
  Result<> start_server();
  void mount_status();
  void mount_console();
  void stop();
};

Result<> App::State::open_data() {
  std::error_code error;
  std::filesystem::create_directories(options.data_directory, error);
  if (error)
    return os::fail_errno(fmt::format("cannot make the data directory {}", options.data_directory),
                          error.value());
  std::filesystem::permissions(options.data_directory, std::filesystem::perms::owner_all, error);
  options.data_directory = std::filesystem::canonical(options.data_directory).string();
  auto opened = journal::open_sqlite_journal({options.data_directory + "/journal.db"}, *clock);
  if (!opened) {
    if (const auto other = read_server_file(options.data_directory);
        other && opened.error().code == Code::kUnavailable)
      return os::fail(Code::kUnavailable,
                      fmt::format("another soma (process {}) serves {} at {}", other->pid,
                                  options.data_directory, other->url),
                      "use that one, or choose another --data-directory");
    return std::unexpected(opened.error());
  }
  journal = std::move(*opened);
  SOMA_ASSIGN(
      memories,
      memory::Service::open(
          {.clock = *clock, .ids = *ids, .loops = loops, .path = options.data_directory + "/memory.db"}));
  return {};
}

Result<> App::State::start_site() {
  if (options.site_directory.empty()) return {};
  if (!std::filesystem::exists(options.site_directory + "/index.html"))
    return os::fail(Code::kNotFound, fmt::format("{} has no index.html", options.site_directory),
                    "--site names a directory with a site in it");
  site_router.set_fallback(serve_files({options.site_directory}));
  net::ServerOptions site_options;
  site_options.access_log = false;
  // After a crash the site comes back where it was: sessions that go on have its pages open and its address
  // in what they said.
  site_options.port = former_site_port(options.data_directory);
  site_server = std::make_unique<net::Server>(loops, *clock, *ids, site_router, site_options);
  auto bound = site_server->start();
  if (!bound && site_options.port != 0) {
    site_options.port = 0;
    site_server = std::make_unique<net::Server>(loops, *clock, *ids, site_router, site_options);
    bound = site_server->start();
  }
  SOMA_TRY(bound);
  site_url = fmt::format("http://127.0.0.1:{}", site_server->port());
  outbound.allow(fmt::format("127.0.0.1:{}", site_server->port()));
  return {};
}

void App::State::mount_status() {
  router.add(
      "GET", "/api/status", net::answering([this](net::Request&) -> net::Task<Result<net::Response>> {
        const sandbox::Availability box = sandbox::probe(*launcher);
        const auto statistics = service->statistics();
        const auto workflows = workflow->statistics();
        json::Value sandbox_state = json::object({{"kind", "bubblewrap"}, {"available", box.available}});
        if (!box.available) sandbox_state.set("reason", box.reason);
        const auto up = std::chrono::duration_cast<std::chrono::milliseconds>(clock->now() - started).count();
        json::Value body =
            json::object({{"version", os::kVersion},
                          {"pid", static_cast<int64_t>(::getpid())},
                          {"startedAt", os::format_time(started)},
                          {"uptimeMs", up},
                          {"dataDirectory", options.data_directory},
                          {"sandbox", std::move(sandbox_state)},
                          {"harnesses", statistics.definitions},
                          {"sessions", json::object({{"active", statistics.active_sessions},
                                                     {"resident", statistics.resident_sessions}})},
                          {"workflow", json::object({{"machines", workflows.machines},
                                                     {"resident", workflows.resident_executions}})}});
        if (const auto stopped = journal->stopped()) body.set("journalStopped", stopped->to_string());
        if (!site_url.empty()) body.set("siteUrl", site_url);
        co_return net::Response::json(200, body);
      }));
}

void App::State::mount_console() {
  const std::string console = options.console_directory.empty() ? find_console() : options.console_directory;
  net::Handler pages;
  if (console.empty()) {
    pages = [](net::Request& request, net::Reply& reply) -> net::Task<> {
      net::Response response =
          request.path == "/"
              ? no_console()
              : net::error_response(
                    {Code::kNotFound, fmt::format("there is no {} {}", request.method, request.path)},
                    request.id);
      co_await reply.send(std::move(response));
    };
  } else {
    pages = serve_files({console, "index.html", std::string(kConsolePolicy)});
  }
  // "/" has a route of its own, since the Step Functions API is a POST there.
  router.add("GET", "/", pages);
  router.set_fallback(std::move(pages));
}

Result<> App::State::start_server() {
  harness::mount(router, *service, *dependencies);
  harness::mount_code_interpreter(router, *code_sessions);
  harness::mount_browser(router, *browser_sessions);
  mount_runs(router, *journal, *clock);
  mount_status();
  workflow::mount(router, *workflow);
  memory::mount(router, *memories, *clock);
  mount_console();
  net::ServerOptions server_options;
  server_options.address = options.address;
  server_options.port = options.port.value_or(kDefaultPort);
  server_options.access_log = options.access_log;
  server = std::make_unique<net::Server>(loops, *clock, *ids, router, server_options);
  auto bound = server->start();
  if (!bound && !options.port) {
    // Nobody asked for this port: any other is as good.
    server_options.port = 0;
    server = std::make_unique<net::Server>(loops, *clock, *ids, router, server_options);
    bound = server->start();
  }
  SOMA_TRY(bound);
  url = fmt::format("http://{}:{}", options.address == "::1" ? "[::1]" : options.address, server->port());
  return {};
}

void App::State::stop() {
  if (owns_server_file) remove_server_file(options.data_directory);
  owns_server_file = false;
  // First what runs stands still, so that its followers see everything; then the sockets close.
  if (workflow) workflow->stop();
  if (service) service->stop();
  if (code_sessions) code_sessions->stop();
  if (browser_sessions) browser_sessions->stop();
  if (memories) memories->stop();
  if (server) server->stop();
  if (site_server) site_server->stop();
  loops.stop();
  server.reset();
  site_server.reset();
  workflow.reset();
  code_sessions.reset();
  browser_sessions.reset();
  service.reset();
  memories.reset();
  journal.reset();
}

App::App(std::unique_ptr<State> state) : state_(std::move(state)) {}
App::~App() {
  state_->stop();
}

Result<std::unique_ptr<App>> App::start(Options options) {
  if (!net::is_loopback_name(options.address))
    return os::fail(
        Code::kFailedPrecondition,
        fmt::format("{} is not a loopback address, and soma has no authentication to open it with yet",
                    options.address),
        "bind to 127.0.0.1 and reach it through an authenticated proxy or an SSH tunnel");
  if (options.data_directory.empty()) options.data_directory = default_data_directory();
  ::signal(SIGPIPE, SIG_IGN);
  const size_t loops = options.loops > 0 ? options.loops : std::max(1u, std::thread::hardware_concurrency());
  std::unique_ptr<App> app(new App(std::make_unique<State>(std::move(options), loops)));
  State& state = *app->state_;
  for (const std::string& rule : state.options.allow_outbound) state.outbound.allow(rule);
  SOMA_TRY(state.open_data());
  SOMA_ASSIGN(state.prices, LivePrices::open(state.options.prices_file, state.options.data_directory));
  log_old_parts(*state.prices->current(), state.clock->now());
  state.secrets = std::make_unique<SecretStore>(*state.files, state.options.data_directory);
  state.dependencies = std::make_unique<harness::Dependencies>(harness::Dependencies{
      *state.clock, *state.ids, *state.launcher, state.loops, *state.journal, state.outbound,
      state.options.data_directory, [prices = state.prices.get()] { return prices->current(); },
      state.secret_reader(), state.memories.get()});
  SOMA_ASSIGN(state.service, harness::Service::open(*state.dependencies));
  SOMA_ASSIGN(
      state.task_world,
      workflow::TaskWorld::open(
          {.data_directory = state.options.data_directory, .mocks = state.options.task_mocks_file},
          {*state.clock, *state.ids, *state.launcher, *state.files, state.outbound, state.secret_reader()}));
  state.code_sessions = std::make_unique<harness::CodeSessions>(*state.dependencies);
  state.browser_sessions = std::make_unique<harness::BrowserSessions>(*state.dependencies);
  add_own_connectors(state.task_world->connectors(),
                     {*state.dependencies, *state.service, *state.code_sessions});
  SOMA_ASSIGN(state.workflow, workflow::Service::open({.clock = *state.clock,
                                                       .ids = *state.ids,
                                                       .loops = state.loops,
                                                       .journal = *state.journal,
                                                       .connectors = state.task_world->connectors(),
                                                       .objects = state.task_world->objects(),
                                                       .log = &state.task_world->log()}));
  state.task_world->connect(*state.workflow);
  SOMA_TRY(state.start_site());
  SOMA_TRY(state.start_server());
  state.loops.start();
  state.memories->start();
  state.service->start();
  state.workflow->start();
  state.journal->start();
  state.code_sessions->start();
  state.browser_sessions->start();
  SOMA_TRY(write_server_file(state.options.data_directory,
                             {state.url, state.site_url, ::getpid(), state.started}));
  state.owns_server_file = true;
  return app;
}

const std::string& App::url() const {
  return state_->url;
}
const std::string& App::site_url() const {
  return state_->site_url;
}
const std::string& App::data_directory() const {
  return state_->options.data_directory;
}

Result<> App::wait() {
  stop_event = ::eventfd(0, EFD_CLOEXEC);
  if (stop_event < 0) return os::fail_errno("eventfd", errno);
  const os::Fd owner(stop_event);
  struct sigaction action{};
  action.sa_handler = [](int) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(stop_event, &one, sizeof one);
  };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  // The journal tells of its own stop on its own thread; looking at it once a second needs no further
  // channel.
  constexpr int kLookMs = 1000;
  while (true) {
    pollfd poll_fd{stop_event, POLLIN, 0};
    if (::poll(&poll_fd, 1, kLookMs) > 0) break;
    if (const auto stopped = state_->journal->stopped()) return std::unexpected(*stopped);
    if (const auto stopped = state_->memories->stopped()) return std::unexpected(*stopped);
  }
  ::signal(SIGINT, SIG_DFL);  // a second Ctrl-C during the drain ends soma at once
  ::signal(SIGTERM, SIG_DFL);
  return {};
}

}  // namespace soma::server
