// An MCP server of the official SDK on stdin and stdout: started by a harness's remote_mcp tool.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

const server = new McpServer({ name: "program", version: "1.0.0" });
server.registerTool("greet", { description: "Greets" }, () => ({
  content: [{ type: "text", text: `hello from ${process.env.PLACE ?? "nowhere"}` }],
}));
await server.connect(new StdioServerTransport());
