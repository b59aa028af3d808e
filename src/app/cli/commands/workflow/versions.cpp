// soma workflow publish and alias.
#include <fmt/format.h>

#include <charconv>

#include "app/cli/commands/workflow/workflow.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

struct VersionArguments {
  CommonOptions common;
  std::string machine, alias, description, revision;
  std::vector<std::string> routes;
  bool remove = false, allow_breaking = false;
};

Result<int> publish(Context& context, const VersionArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  Value body = json::Object{};
  if (!arguments.description.empty()) body.set("description", arguments.description);
  if (!arguments.revision.empty()) body.set("revisionId", arguments.revision);
  if (arguments.allow_breaking) body.set("allowBreaking", true);
  SOMA_ASSIGN(const Value made,
              call(connection->url(), "POST",
                   api_path("/api/workflow/machines/{}/versions", {arguments.machine}), body));
  if (arguments.common.json) {
    context.terminal.out_line(json::write(made));
    return kExitOk;
  }
  const Value& version = made.get("version");
  context.terminal.out_line(fmt::format("{}:{}", arguments.machine, version.get("version").int_or(0)));
  print_comparison(context, version.get("compatibility"));
  return kExitOk;
}

Result<int64_t> number(std::string_view text, std::string_view whole) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return os::fail(Code::kInvalidArgument, fmt::format("--route {}: '{}' is no number", whole, text),
                    "VERSION=WEIGHT, as 3=90");
  return value;
}

// "3=90" each; "3" alone is all of the traffic.
Result<Value> routes_of(const std::vector<std::string>& routes) {
  Value out = json::Array{};
  for (const std::string& route : routes) {
    const size_t at = route.find('=');
    SOMA_ASSIGN(const int64_t version, number(std::string_view(route).substr(0, at), route));
    int64_t weight = 100;
    if (at != std::string::npos) {
      SOMA_ASSIGN(weight, number(std::string_view(route).substr(at + 1), route));
    }
    out.push_back(json::object({{"version", version}, {"weight", weight}}));
  }
  return out;
}

Result<int> alias(Context& context, const VersionArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  const std::string all = api_path("/api/workflow/machines/{}/aliases", {arguments.machine});
  const std::string one = all + api_path("/{}", {arguments.alias});
  Value answer;
  if (arguments.remove) {
    SOMA_ASSIGN(answer, call(connection->url(), "DELETE", one));
  } else {
    SOMA_ASSIGN(Value routes, routes_of(arguments.routes));
    Value body = json::Object{};
    if (!routes.empty()) body.set("routes", std::move(routes));
    if (!arguments.description.empty()) body.set("description", arguments.description);
    if (arguments.allow_breaking) body.set("allowBreaking", true);
    // Made when it is not there yet.
    auto moved = call(connection->url(), "PATCH", one, body);
    if (!moved && moved.error().code == Code::kNotFound && body.has("routes")) {
      body.set("name", arguments.alias);
      moved = call(connection->url(), "POST", all, body);
    }
    SOMA_ASSIGN(answer, std::move(moved));
  }
  if (arguments.common.json) {
    context.terminal.out_line(json::write(answer));
    return kExitOk;
  }
  std::string shown = arguments.remove ? " deleted" : "";
  const Value& routes = answer.get("alias").get("routes");
  for (size_t i = 0; i < routes.size(); ++i)
    shown +=
        fmt::format(" {}={}%", routes.at(i).get("version").int_or(0), routes.at(i).get("weight").int_or(0));
  context.terminal.out_line(fmt::format("{}:{}{}", arguments.machine, arguments.alias, shown));
  if (!arguments.routes.empty()) print_comparison(context, answer.get("alias").get("compatibility"));
  return kExitOk;
}

}  // namespace

void add_versions(CLI::App& workflow, Context& context) {
  auto arguments = std::make_shared<VersionArguments>();
  CLI::App* command =
      workflow.add_subcommand("publish", "Make what a state machine is now a version that stays");
  command->add_option("machine", arguments->machine, "The machine")->required()->type_name("NAME");
  command->add_option("--description", arguments->description, "What is new in it")->type_name("TEXT");
  command->add_option("--revision", arguments->revision, "Only when this is the machine's revision still")
      ->type_name("ID");
  command->add_flag("--allow-breaking", arguments->allow_breaking,
                    "Though its contract breaks that of the version before");
  add_example(*command, "  soma workflow publish order --description 'asks for a currency'");
  on_server_call(*command, context, arguments, publish);

  arguments = std::make_shared<VersionArguments>();
  command = workflow.add_subcommand("alias", "Point a name at one version, or share its traffic between two");
  command->add_option("machine", arguments->machine, "The machine")->required()->type_name("NAME");
  command->add_option("alias", arguments->alias, "The alias")->required()->type_name("ALIAS");
  command->add_option("--route", arguments->routes, "VERSION=WEIGHT, once or twice; the weights sum to 100")
      ->type_name("ROUTE");
  command->add_option("--description", arguments->description, "What it is for")->type_name("TEXT");
  command->add_flag("--allow-breaking", arguments->allow_breaking,
                    "Though a version's contract breaks that of one that was there");
  command->add_flag("--delete", arguments->remove, "Delete the alias");
  add_example(*command, "  soma workflow alias order PROD --route 3=90 --route 4=10");
  on_server_call(*command, context, arguments, alias);
}

}  // namespace soma::cli
