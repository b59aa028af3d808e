#include <fmt/format.h>
#include <unistd.h>

#include <map>

#include "app/cli/commands/serve_options.h"

namespace soma::cli {
namespace {

const std::map<std::string, os::Level> kLevels = {{"debug", os::Level::kDebug},
                                                  {"info", os::Level::kInfo},
                                                  {"warning", os::Level::kWarning},
                                                  {"error", os::Level::kError},
                                                  {"off", os::Level::kOff}};

int run_serve(Context& context, const ServeArguments& arguments) {
  apply_log_options(arguments);
  auto app = server::App::start(server_options(arguments));
  if (!app) return report(context, app.error(), arguments.json);
  print_places(context.terminal, **app, arguments.json);
  const auto ended = (*app)->wait();
  return ended ? kExitOk : report(context, ended.error(), arguments.json);
}

}  // namespace

void add_serve_options(CLI::App& command, ServeArguments& arguments) {
  command
      .add_option("--port", arguments.port,
                  fmt::format("0: any free port (default: {}, or any free one when that is taken)",
                              server::kDefaultPort))
      ->check(CLI::Range(0, 65535))
      ->type_name("PORT");
  command.add_option("--address", arguments.address, "Loopback only: there is no authentication yet")
      ->capture_default_str()
      ->type_name("ADDRESS");
  command
      .add_option("--data-directory", arguments.data_directory,
                  "Where soma keeps its data (default: $SOMA_HOME, else ~/.local/share/soma)")
      ->type_name("DIR");
  command
      .add_option("--site", arguments.site,
                  "A static site to serve on a port of its own, which agents may visit")
      ->type_name("DIR");
  command.add_option("--console", arguments.console, "The built console (default: found beside the program)")
      ->type_name("DIR");
  command
      .add_option("--allow", arguments.allow,
                  "A host that agents may visit though it is not public (repeatable)")
      ->type_name("HOST")
      ->allow_extra_args(false);
  command
      .add_option("--prices", arguments.prices,
                  "A table of what models cost, looked at before the built-in one")
      ->type_name("FILE");
  command
      .add_option("--task-mocks", arguments.task_mocks,
                  "Answers for workflows' tasks, in the format of Step Functions Local ($SFN_MOCK_CONFIG)")
      ->envname("SFN_MOCK_CONFIG")
      ->type_name("FILE");
  command.add_option("--log-format", arguments.log_format, "text or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
  command.add_option("--log-level", arguments.log_level, "debug, info, warning, error or off")
      ->capture_default_str()
      ->check(CLI::IsMember(kLevels))
      ->type_name("LEVEL");
  add_json_option(command, arguments.json);
}

server::Options server_options(const ServeArguments& arguments) {
  server::Options options;
  options.data_directory =
      arguments.data_directory.empty() ? server::default_data_directory() : arguments.data_directory;
  options.address = arguments.address;
  options.port = arguments.port;
  options.console_directory = arguments.console;
  options.site_directory = arguments.site;
  options.allow_outbound = arguments.allow;
  options.prices_file = arguments.prices;
  options.task_mocks_file = arguments.task_mocks;
  return options;
}

void apply_log_options(const ServeArguments& arguments) {
  os::set_log_format(arguments.log_format == "json" ? os::LogFormat::kJson : os::LogFormat::kText);
  os::set_log_level(kLevels.at(arguments.log_level));
}

void print_places(Terminal& terminal, const server::App& app, bool json) {
  if (json) {
    json::Value line =
        json::object({{"url", app.url()}, {"pid", ::getpid()}, {"dataDirectory", app.data_directory()}});
    if (!app.site_url().empty()) line.set("siteUrl", app.site_url());
    terminal.out_line(json::write(line));
    return;
  }
  terminal.out_line(fmt::format("console  {}/", app.url()));
  terminal.out_line(fmt::format("API      {}", app.url()));
  if (!app.site_url().empty()) terminal.out_line(fmt::format("site     {}", app.site_url()));
  terminal.out_line(fmt::format("data     {}", app.data_directory()));
  terminal.note("Ctrl-C stops it.");
}

void add_serve(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App* command = root.add_subcommand("serve", "Run the server: API, console, sessions");
  add_serve_options(*command, *arguments);
  add_example(*command, "  soma serve --port 8642");
  on_call(*command, context, [&context, arguments] { return run_serve(context, *arguments); });
}

}  // namespace soma::cli
