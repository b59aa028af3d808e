// A small world for tests: a site, files and a shell that answer in the shapes of soma's own tools; and the
// loop that a harness would run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/model/reflex/planner.h"

namespace soma::model::reflex {

std::vector<ToolSpec> soma_tools();  // browser, shell, file_operations, code_interpreter

class FakeWorld {
 public:
  FakeWorld();

  // Runs one prompt to its end as a harness would: each call of the model sees only the conversation.
  std::string ask(const std::string& prompt);

  ConverseRequest request;
  std::vector<std::string> calls;            // of the last prompt: `browser {"action":"navigate",…}`
  std::vector<size_t> calls_per_turn;        // how many were asked for together
  std::map<std::string, std::string> pages;  // address -> Markdown with references
  std::map<std::string, std::string> titles;
  std::map<std::string, std::string> links;  // ref -> address
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> shell;   // command -> output
  std::map<std::string, std::string> others;  // tool -> output
  std::map<std::string, int> fail_times;      // address -> how often it times out first
  std::map<std::string, std::string> typed;   // ref -> text
  std::string url;                            // of the page in front

 private:
  ToolResult run(const ToolUse& use);
  std::string run_browser(const json::Value& input, bool& error);
  std::string run_files(const json::Value& input, bool& error);
  std::string show(const std::string& address, std::string headline, bool& error);
};

}  // namespace soma::model::reflex
