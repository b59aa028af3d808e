// soma_load: many sessions against one server, and when each event of each answer came. One thread, one
// epoll: a client in a scripting language would measure itself.
//
//   soma_load --port N --path PATH --body FILE --prefix TEXT [--header "NAME: VALUE"] [--sessions N]
//   [--requests N] [--at-once N]
//             [--ramp-ms N] [--stall-ms N] [--provider-port N [--chunks N] [--chunk-wait-us N]]
//
// One JSON line for each exchange: times in microseconds since its request began; `begin` since the first
// one. With --provider-port it is the model behind that server too (load/provider.h): `chunkUs` then says how
// long each chunk of the model took to come out as the server's answer.
#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "load/load.h"
#include "load/provider.h"

namespace {

constexpr int64_t kStallMs = 60'000;

using Options = std::map<std::string, std::string>;

bool read_options(int count, char** arguments, Options& options) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    if (!options.contains(name)) return false;
    options[name] = arguments[i + 1];
  }
  return count % 2 == 1;
}

template <class Number>
bool number(const std::string& text, Number& value) {
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
}

bool make_provider_plan(const Options& options, soma_load::ProviderPlan& plan) {
  return number(options.at("--provider-port"), plan.port) && number(options.at("--at-once"), plan.streams) &&
         number(options.at("--chunks"), plan.chunks) && number(options.at("--chunk-wait-us"), plan.wait_us);
}

bool make_plan(const Options& options, soma_load::Plan& plan) {
  std::ifstream file(options.at("--body"));
  std::ostringstream body;
  body << file.rdbuf();
  plan.path = options.at("--path");
  plan.prefix = options.at("--prefix");
  plan.header = options.at("--header");
  plan.body = body.str();
  return file && number(options.at("--port"), plan.port) && number(options.at("--sessions"), plan.sessions) &&
         number(options.at("--requests"), plan.requests) && number(options.at("--at-once"), plan.at_once) &&
         number(options.at("--ramp-ms"), plan.ramp_ms) && number(options.at("--stall-ms"), plan.stall_ms);
}

// Error texts come from the server: kept plain, so that the line stays JSON.
std::string plain(std::string text) {
  for (char& c : text) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '\'';
  }
  return text;
}

void print(const soma_load::Exchange& exchange, int64_t first_ns) {
  std::string events;
  for (const soma_load::Event& event : exchange.events) {
    events += fmt::format("{}[\"{}\",{},{}]", events.empty() ? "" : ",", event.keys,
                          (event.at_ns - exchange.begin_ns) / 1000, event.text_bytes);
  }
  std::string latencies;
  for (const int64_t ns : exchange.latencies_ns)
    fmt::format_to(std::back_inserter(latencies), "{}{}", latencies.empty() ? "" : ",", ns / 1000);
  fmt::print(
      R"({{"session":{},"request":{},"begin":{},"end":{},"status":{},"error":"{}","events":[{}],"chunkUs":[{}]}})"
      "\n",
      exchange.session, exchange.request, (exchange.begin_ns - first_ns) / 1000,
      (exchange.end_ns - exchange.begin_ns) / 1000, exchange.status, plain(exchange.error), events,
      latencies);
}

// A thousand connections are more than the usual soft limit of open files.
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int count, char** arguments) {
  Options options{{"--port", ""},
                  {"--path", ""},
                  {"--body", ""},
                  {"--prefix", ""},
                  {"--header", ""},
                  {"--sessions", "1"},
                  {"--requests", "1"},
                  {"--at-once", "1"},
                  {"--ramp-ms", "0"},
                  {"--stall-ms", std::to_string(kStallMs)},
                  {"--provider-port", "0"},
                  {"--chunks", "40"},
                  {"--chunk-wait-us", "50000"}};
  soma_load::Plan plan;
  soma_load::ProviderPlan provider_plan;
  if (!read_options(count, arguments, options) || !make_plan(options, plan) ||
      !make_provider_plan(options, provider_plan)) {
    fmt::print(stderr, "soma_load: wrong arguments; see the top of bench/load_main.cpp\n");
    return 2;
  }
  allow_many_files();
  std::optional<soma_load::Provider> provider;
  if (provider_plan.port != 0) provider.emplace(provider_plan);
  const auto exchanges = soma_load::run_load(plan);
  int64_t first_ns = exchanges.empty() ? 0 : exchanges.front().begin_ns;
  for (const auto& exchange : exchanges) first_ns = std::min(first_ns, exchange.begin_ns);
  for (const auto& exchange : exchanges) print(exchange, first_ns);
  return 0;
}
