// `soma add tool` and `soma remove tool`.
#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "app/cli/project/project_files.h"
#include "services/harness/loop/harness_tools.h"

namespace soma::cli {
namespace {

struct ToolArguments {
  std::string harness, type, name, config;
  // Short for members of the configuration.
  std::string agent, description, input_schema, url, gateway_arn, outbound_auth, provider_arn;
  std::vector<std::string> scopes;
  std::optional<int64_t> timeout_seconds;
  std::optional<double> budget_share;
  bool json = false;
};

os::Result<ProjectHarness> own_harness(const Context& context, const std::string& name) {
  SOMA_ASSIGN(const Project project, find_project(context.working_directory));
  return choose_harness(project, name);
}

int done(Context& context, const ToolArguments& arguments, const std::filesystem::path& file,
         std::string_view action) {
  if (arguments.json)
    context.terminal.out_line(
        json::write(json::object({{"action", action}, {"tool", arguments.name}, {"file", file.string()}})));
  else
    context.terminal.out_line(
        fmt::format("{} {} in {}", action, arguments.name, shown_path(file, context.working_directory)));
  return kExitOk;
}

// How to sign in to a gateway; null when no option says so.
os::Result<json::Value> outbound_auth(const ToolArguments& arguments) {
  const bool oauth = arguments.outbound_auth == "oauth";
  if (!oauth && (!arguments.provider_arn.empty() || !arguments.scopes.empty()))
    return os::fail(os::Code::kInvalidArgument, "--provider-arn and --scopes are for --outbound-auth oauth");
  if (oauth && arguments.provider_arn.empty())
    return os::fail(os::Code::kInvalidArgument, "which OAuth client signs in to the gateway?",
                    "name the secret that describes it: --provider-arn secret:NAME, or its provider's ARN");
  if (arguments.outbound_auth.empty()) return json::Value();
  json::Value how = json::Object{};
  if (oauth) {
    how.set("providerArn", arguments.provider_arn);
    how.set("scopes", json::Array(arguments.scopes.begin(), arguments.scopes.end()));
  }
  return json::object({{arguments.outbound_auth, std::move(how)}});
}

// The options that stand for members of the configuration, put together; null when there are none.
os::Result<json::Value> config_of_options(const ToolArguments& arguments) {
  json::Value config;
  if (!arguments.agent.empty()) config.set("harness", arguments.agent);
  if (!arguments.description.empty()) config.set("description", arguments.description);
  if (!arguments.input_schema.empty()) {
    SOMA_ASSIGN(json::Value schema, read_json_file(arguments.input_schema));
    config.set("inputSchema", std::move(schema));
  }
  if (!arguments.gateway_arn.empty()) config.set("gatewayArn", arguments.gateway_arn);
  SOMA_ASSIGN(json::Value auth, outbound_auth(arguments));
  if (!auth.is_null()) config.set("outboundAuth", std::move(auth));
  if (!arguments.url.empty()) config.set("url", arguments.url);
  if (arguments.timeout_seconds) config.set("timeoutSeconds", *arguments.timeout_seconds);
  if (arguments.budget_share) config.set("budgetShare", *arguments.budget_share);
  return config;
}

// What the harness's own check says of a member that is missing, said of its option.
os::Result<> check_options(const ToolArguments& arguments, const json::Value& of_options) {
  using os::Code;
  if (!of_options.is_null() && !arguments.config.empty())
    return os::fail(Code::kInvalidArgument, "--config says what the options for its members say",
                    "give the whole configuration, or its parts");
  if (arguments.type == "harness" && arguments.config.empty() && arguments.agent.empty())
    return os::fail(Code::kInvalidArgument, "which harness answers the call?", "name it with --agent NAME");
  if (arguments.type == "remote_mcp" && arguments.config.empty() && arguments.url.empty())
    return os::fail(Code::kInvalidArgument, "which server has the tools?",
                    "give its --url, or the whole --config, for example {\"command\": [\"my-server\"]}");
  if (arguments.type == "agentcore_gateway" && arguments.config.empty() && arguments.gateway_arn.empty())
    return os::fail(Code::kInvalidArgument, "which gateway has the tools?", "give its --gateway-arn");
  if (arguments.type == "inline_function" && arguments.config.empty() &&
      (arguments.description.empty() || arguments.input_schema.empty()))
    return os::fail(Code::kInvalidArgument,
                    "an inline function needs a description and the schema of its input",
                    "give --description TEXT and --input-schema FILE");
  return {};
}

os::Result<ToolEdit> tool_edit(const ToolArguments& arguments) {
  ToolEdit edit{arguments.type, arguments.name};
  SOMA_ASSIGN(edit.config, config_of_options(arguments));
  SOMA_TRY(check_options(arguments, edit.config));
  if (!arguments.config.empty()) {
    SOMA_ASSIGN(edit.config, read_json_text(arguments.config, "--config"));
  }
  return edit;
}

int run_add_tool(Context& context, ToolArguments& arguments) {
  if (arguments.name.empty()) arguments.name = arguments.type;
  const auto harness = own_harness(context, arguments.harness);
  if (!harness) return report(context, harness.error(), arguments.json);
  const auto edit = tool_edit(arguments);
  if (!edit) return report(context, edit.error(), arguments.json);
  const auto added = add_tool(harness->file(), *edit);
  if (!added) return report(context, added.error(), arguments.json);
  return done(context, arguments, harness->file(), "added");
}

int run_remove_tool(Context& context, const ToolArguments& arguments) {
  const auto harness = own_harness(context, arguments.harness);
  if (!harness) return report(context, harness.error(), arguments.json);
  const auto removed = remove_tool(harness->file(), arguments.name);
  if (!removed) return report(context, removed.error(), arguments.json);
  return done(context, arguments, harness->file(), "removed");
}

std::string known_types() {
  std::string out;
  for (const harness::HarnessToolType& type : harness::harness_tool_types())
    out += fmt::format("\n  {:<28} {}", type.type, type.summary);
  return out.empty() ? out : "\n\nTypes:" + out;
}

void add_gateway_options(CLI::App& command, ToolArguments& arguments) {
  const auto group = "Instead of --config, of type agentcore_gateway";
  command.add_option("--gateway-arn", arguments.gateway_arn, "The gateway that has the tools")
      ->type_name("ARN")
      ->group(group);
  command
      .add_option("--outbound-auth", arguments.outbound_auth,
                  "How to sign in to it: awsIam (the default), oauth or none")
      ->check(CLI::IsMember({"awsIam", "oauth", "none"}))
      ->type_name("HOW")
      ->group(group);
  command
      .add_option("--provider-arn", arguments.provider_arn,
                  "With oauth: the secret that describes the client, or its provider's ARN")
      ->type_name("ARN")
      ->group(group);
  command.add_option("--scopes", arguments.scopes, "With oauth: what to ask for, with commas between")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(group);
}

void add_config_options(CLI::App& command, ToolArguments& arguments) {
  const auto group = "Instead of --config";
  command.add_option("--agent", arguments.agent, "Of type harness: the harness that answers the call")
      ->type_name("NAME")
      ->group(group);
  command.add_option("--description", arguments.description, "What the model is told that it does")
      ->type_name("TEXT")
      ->group(group);
  command
      .add_option("--input-schema", arguments.input_schema,
                  "Of type inline_function: the JSON Schema of its input")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--timeout", arguments.timeout_seconds,
                  "Of type harness, remote_mcp or agentcore_gateway: at most so many seconds a call")
      ->type_name("SECONDS")
      ->group(group);
  command
      .add_option(
          "--url", arguments.url,
          "Of type remote_mcp: where the MCP server is; of agentcore_gateway: where its gateway is, if "
          "not where its ARN implies")
      ->type_name("URL")
      ->group(group);
  add_gateway_options(command, arguments);
  command
      .add_option("--budget-share", arguments.budget_share,
                  "Of type harness: its part of the money left, 0 to 1")
      ->type_name("SHARE")
      ->group(group);
}

}  // namespace

void add_add(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<ToolArguments>();
  CLI::App* add = root.add_subcommand("add", "Add to a harness (tool, skill, memory, mount)");
  add->require_subcommand(1);
  CLI::App* command = add->add_subcommand("tool", "Add a tool to a harness's harness.json");
  command->add_option("--harness", arguments->harness, "The harness (default: the project's only one)")
      ->type_name("NAME");
  command->add_option("--type", arguments->type, "The tool's type")->required()->type_name("TYPE");
  command->add_option("--name", arguments->name, "What the model calls it (default: the type)")
      ->type_name("NAME");
  command->add_option("--config", arguments->config, "The tool's configuration")->type_name("JSON");
  add_config_options(*command, *arguments);
  add_json_option(*command, arguments->json);
  add_example(*command,
              "  soma add tool --harness browseragent --type agentcore_browser --name browser\n"
              "  soma add tool --harness caller --type harness --agent helper --name helper\n"
              "  soma add tool --type remote_mcp --name jira --url https://mcp.example.com/mcp\n"
              "  soma add tool --type agentcore_gateway --name orders --gateway-arn "
              "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/orders-abcdefghij" +
                  known_types());
  on_call(*command, context, [&context, arguments] { return run_add_tool(context, *arguments); });
  add_add_skill(*add, context);
  add_add_memory(*add, context);
  add_add_mount(*add, context);
}

void add_remove(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<ToolArguments>();
  CLI::App* remove = root.add_subcommand("remove", "Remove from a harness (tool, skill, memory, mount)");
  remove->require_subcommand(1);
  CLI::App* command = remove->add_subcommand("tool", "Remove a tool from a harness's harness.json");
  command->add_option("--harness", arguments->harness, "The harness (default: the project's only one)")
      ->type_name("NAME");
  command->add_option("--name", arguments->name, "The tool's name")->required()->type_name("NAME");
  add_json_option(*command, arguments->json);
  add_example(*command, "  soma remove tool --harness browseragent --name browser");
  on_call(*command, context, [&context, arguments] { return run_remove_tool(context, *arguments); });
  add_remove_skill(*remove, context);
  add_remove_memory(*remove, context);
  add_remove_mount(*remove, context);
}

}  // namespace soma::cli
