// A client for the conformance suite of MCP (npm: @modelcontextprotocol/conformance): lists the tools of the
// server whose URL is its last argument, and calls each of them, with the arguments that the suite names or
// with the simplest that fit. A call's own failure is printed, not the end: scenarios provoke some, and the
// suite judges what it was asked.
#include <cstdio>
#include <cstdlib>

#include "core/mcp/mcp.h"

namespace soma::mcp {
namespace {

using json::Value;

Value sample(const Value& schema) {
  const std::string_view type = schema.get("type").string_or("");
  if (type == "number" || type == "integer") return 2;
  if (type == "boolean") return true;
  if (type == "array") return json::Array{};
  if (type == "object") {
    Value out = json::Object{};
    if (schema.get("properties").is_object())
      for (const auto& [name, property] : schema.get("properties").as_object())
        out.set(name, sample(property));
    return out;
  }
  return "x";
}

// The scenario about schemas has a tool that wants to be told the schema of the other one.
Value arguments_for(const Tool& tool, const ToolList& list) {
  if (tool.name == "json_schema_echo")
    for (const Tool& other : list.tools)
      if (other.name != tool.name) return json::object({{"schema", other.input_schema}});
  return sample(tool.input_schema);
}

net::Task<> call_one(Client& client, std::string name, Value arguments) {
  const std::unique_ptr<os::Clock> clock = os::make_system_clock();
  ToolCall call{
      .name = name, .arguments = std::move(arguments), .deadline = clock->now() + std::chrono::seconds(20)};
  const auto result = co_await client.call_tool(std::move(call));
  std::printf("%s: %s\n", name.c_str(), result ? "answered" : result.error().to_string().c_str());
}

net::Task<int> play(os::Clock& clock, std::string url, Value calls) {
  const net::Executor executor = co_await net::this_executor();
  Client client(executor, clock, {.name = "conformance", .server = HttpServer{.url = std::move(url)}});
  const net::Cancellation nobody;
  const auto list = co_await client.list_tools(nobody);
  if (!list) {
    std::printf("tools/list: %s\n", list.error().to_string().c_str());
    co_return 1;
  }
  for (const std::string& why : list->left_out) std::printf("left out: %s\n", why.c_str());
  for (size_t index = 0; index < calls.size(); ++index) {
    std::string name(calls.at(index).get("name").string_or(""));
    Value arguments = calls.at(index).get("arguments");
    co_await call_one(client, std::move(name), std::move(arguments));
  }
  if (calls.empty())
    for (const Tool& tool : list->tools) {
      Value arguments = arguments_for(tool, *list);
      co_await call_one(client, tool.name, std::move(arguments));
    }
  co_await client.close();
  co_return 0;
}

}  // namespace
}  // namespace soma::mcp

int main(int count, char** arguments) {
  using namespace soma;
  if (count < 2) {
    std::fprintf(stderr, "usage: mcp_conformance_client URL\n");
    return 2;
  }
  const char* context = std::getenv("MCP_CONFORMANCE_CONTEXT");
  const auto parsed = json::parse(context != nullptr ? context : "{}");
  const std::unique_ptr<os::Clock> clock = os::make_system_clock();
  int status = 1;
  net::run([&]() -> net::Task<> {
    json::Value calls = parsed ? parsed->get("toolCalls") : json::Value();
    status = co_await mcp::play(*clock, arguments[count - 1], std::move(calls));
  });
  return status;
}
