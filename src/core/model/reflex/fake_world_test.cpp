#include "core/model/reflex/fake_world.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

ToolSpec spec(std::string name, std::string description, std::string_view schema) {
  return {std::move(name), std::move(description), *json::parse(schema)};
}

constexpr std::string_view kNavigation =
    "- [Home](e1)\n- [Catalogue](e2)\n- [Book a cabin](e3)\n- [Search](e4)\n- [About](e5)\n\n";

}  // namespace

std::vector<ToolSpec> soma_tools() {
  return {
      spec(
          "browser", "A real web browser (Chromium).",
          R"({"type":"object","properties":{"action":{"type":"string","enum":["navigate","read","click","type","press","select","scroll","back","wait","links",
               "tables","screenshot"]},"url":{"type":"string"},"ref":{"type":"string"},"text":{"type":"string"},"submit":{"type":"boolean"},"key":{"type":"string"},
               "value":{"type":"string"},"direction":{"type":"string"},"offset":{"type":"integer"}},"required":["action"]})"),
      spec(
          "shell", "Runs a shell command in the session's isolated workspace.",
          R"({"type":"object","properties":{"command":{"type":"string"},"timeout":{"type":"integer"}},"required":["command"]})"),
      spec(
          "file_operations", "Works on text files in the session's workspace.",
          R"({"type":"object","properties":{"operation":{"type":"string","enum":["view","create","replace","insert","list","search"]},"path":{"type":"string"},
               "content":{"type":"string"},"overwrite":{"type":"boolean"},"old_text":{"type":"string"},"new_text":{"type":"string"},"line":{"type":"integer"},
               "pattern":{"type":"string"}},"required":["operation"]})"),
      spec(
          "code_interpreter", "Runs Python, JavaScript (Node.js) or bash.",
          R"({"type":"object","properties":{"language":{"type":"string","enum":["python","javascript","bash"]},"code":{"type":"string"}},"required":["language","code"]})"),
  };
}

FakeWorld::FakeWorld() {
  request.tools = soma_tools();
  links = {{"e1", "http://site.test/"},
           {"e2", "http://site.test/catalogue"},
           {"e3", "http://site.test/book"},
           {"e4", "http://site.test/search"},
           {"e5", "http://site.test/about"},
           {"e20", "http://site.test/catalogue/brass"},
           {"e21", "http://site.test/catalogue/tin"}};
  titles = {{"http://site.test/", "Skerry Light"},     {"http://site.test/catalogue", "Catalogue"},
            {"http://site.test/book", "Book a cabin"}, {"http://site.test/search", "Search"},
            {"http://site.test/about", "About"},       {"http://site.test/catalogue/brass", "Brass lantern"},
            {"http://example.test/", "Example Domain"}};
  pages["http://site.test/"] = std::string(kNavigation) +
                               "# Skerry Light\n\nA lighthouse station on the outer skerries. The ferry to "
                               "the station leaves the quay at 08:15 every morning.\n\n"
                               "## News\n\n- The new boat landing opened on 3 May 2026.\n- Seals have been "
                               "counted: 214 this spring.\n\n[Catalogue](e2)\n";
  pages["http://site.test/catalogue"] =
      std::string(kNavigation) +
      "# Catalogue\n\nTable: Things to buy\n| Item | Category | Price | Stock |\n| --- | --- | --- | --- |\n"
      "| [Brass lantern](e20) | Lamps | £42.00 | 4 |\n| [Tin lantern](e21) | Lamps | £18.50 | 12 |\n| Sea "
      "chart | Paper | £9.90 | 30 |\n"
      "| Oilskin coat | Clothing | £75.00 | 2 |\n| Postcard | Paper | £1.20 | 200 |\n";
  pages["http://site.test/catalogue/brass"] =
      std::string(kNavigation) +
      "# Brass lantern\n\nPrice: £42.00. Burns for 9 hours on one filling. It weighs 2.4 kg.\n";
  pages["http://site.test/about"] =
      std::string(kNavigation) +
      "# About\n\nThe station was built in 1871 from local granite. Write to keeper@site.test or call 0123 "
      "456 789.\n\n"
      "## Opening hours\n\nThe tower is open daily from 10:00 to 16:00, in winter on Sundays only.\n";
  pages["http://site.test/book"] = std::string(kNavigation) +
                                   "# Book a cabin\n\n[e30] textbox \"Your name\" (required)\n[e31] textbox "
                                   "\"Email address\" (email, required)\n"
                                   "[e32] select \"Cabin\" = \"North\" options: \"North\", \"South\", \"Lamp "
                                   "room\"\n[e33] textbox \"Arrival\" (date)\n"
                                   "[e34] checkbox \"Bring breakfast\" (not checked)\n[e35] button \"Send "
                                   "booking\"\n[e36] button \"Reset\"\n";
  pages["http://site.test/search"] =
      std::string(kNavigation) +
      "# Search\n\n[e40] textbox \"Search the site\" (search)\n[e41] button \"Search\"\n";
  pages["http://example.test/"] =
      "# Example Domain\n\nThis domain is for use in documentation examples without needing "
      "permission.\n\n[Learn more](e90)\n";
  shell = {
      {"ls -la", "total 0\nnotes.txt"}, {"date", "Thu Jan  1 00:00:00 UTC 2026"}, {"uname -a", "Linux box"}};
}

std::string FakeWorld::ask(const std::string& prompt) {
  calls.clear();
  calls_per_turn.clear();
  request.messages.push_back({Role::kUser, {Text{prompt}}});
  for (int turn = 0; turn < 60; ++turn) {
    Decision decision = plan(request);
    Message answer{Role::kAssistant, {}};
    if (decision.calls.empty()) {
      answer.content.emplace_back(Text{decision.text});
      request.messages.push_back(std::move(answer));
      return decision.text;
    }
    calls_per_turn.push_back(decision.calls.size());
    Message results{Role::kUser, {}};
    for (const ToolCall& call : decision.calls) {
      const ToolUse use{.id = fmt::format("t{}", request.messages.size() * 100 + results.content.size()),
                        .name = call.tool,
                        .input = call.input};
      calls.push_back(call.tool + " " + json::write(call.input));
      answer.content.emplace_back(use);
      results.content.emplace_back(run(use));
    }
    request.messages.push_back(std::move(answer));
    request.messages.push_back(std::move(results));
  }
  ADD_FAILURE() << "the plan does not end: " << prompt;
  return "";
}

ToolResult FakeWorld::run(const ToolUse& use) {
  ToolResult result{use.id, false, {}};
  std::string text;
  if (use.name == "browser") {
    text = run_browser(use.input, result.error);
  } else if (use.name == "file_operations") {
    text = run_files(use.input, result.error);
  } else if (use.name == "shell") {
    const std::string command(use.input.get("command").string_or(""));
    text = shell.contains(command) ? shell[command] + "\n[exit code 0 in 0.01 s]"
                                   : "sh: not found\n[exit code 127 in 0.01 s]";
  } else if (use.name == "code_interpreter") {
    text = "42\n";
  } else {
    text = others[use.name];
  }
  result.content.emplace_back(Text{text});
  return result;
}

std::string FakeWorld::show(const std::string& address, std::string headline, bool& error) {
  if (fail_times[address]-- > 0) {
    error = true;
    return "the page did not load within 30 s (timed out)";
  }
  if (!pages.contains(address)) {
    error = true;
    return fmt::format("Title: Not found\nURL: {}\nStatus: 404 Not Found\n\n# Not found", address);
  }
  url = address;
  return fmt::format("{}Title: {}\nURL: {}\nStatus: 200 OK\n\n{}", headline, titles[address], address,
                     pages[address]);
}

std::string FakeWorld::run_browser(const json::Value& input, bool& error) {
  const std::string action(input.get("action").string_or(""));
  const std::string ref(input.get("ref").string_or(""));
  if (action == "navigate") return show(std::string(input.get("url").string_or("")), "", error);
  if (action == "read") return show(url, "", error);
  if (action == "screenshot") return "Screenshot screenshots/0001.png (1280 x 900)";
  if (action == "links") {
    std::string out = fmt::format("{} links on {}:", links.size(), url);
    for (const auto& [name, address] : links) {
      const size_t at = pages[url].find("](" + name + ")");
      if (at == std::string::npos) continue;
      const size_t open = pages[url].rfind('[', at);
      out += fmt::format("\n- [{}]({}) {}", pages[url].substr(open + 1, at - open - 1), name, address);
    }
    return out;
  }
  if (action == "type") {
    typed[ref] = input.get("text").string_or("");
    if (input.get("submit").bool_or(false)) {
      pages["http://site.test/search?q"] =
          pages[url] + "\n## Results\n\n- Tin lantern, £18.50\n- Brass lantern, £42.00\n";
      titles["http://site.test/search?q"] = "Search results";
      return show("http://site.test/search?q", "Typed. A page opened.\n", error);
    }
    return fmt::format(
        "Typed into {}.\nChanged on the page:\n- [{}] textbox \"x\"\n+ [{}] textbox \"x\" = \"{}\"", ref, ref,
        ref, typed[ref]);
  }
  if (action == "select") {
    typed[ref] = input.get("value").string_or("");
    return "Selected.\nThe text of the page did not change.";
  }
  if (action == "click" && links.contains(ref)) return show(links[ref], "Clicked. A page opened.\n", error);
  if (action == "click" && ref == "e35")
    return "Clicked button \"Send booking\".\nChanged on the page:\n+ Thank you, " + typed["e30"] +
           "! Your confirmation number is SK-4821.";
  if (action == "click") return "Clicked.\nThe text of the page did not change.";
  return "Done.\nThe text of the page did not change.";
}

std::string FakeWorld::run_files(const json::Value& input, bool& error) {
  const std::string operation(input.get("operation").string_or(""));
  const std::string path(input.get("path").string_or(""));
  const std::string content(input.get("content").string_or(""));
  const auto fail = [&](std::string message) {
    error = true;
    return message;
  };
  if (operation == "list") {
    std::string out;
    for (const auto& [name, text] : files) out += fmt::format("{:>14}  {}\n", text.size(), name);
    return out.empty() ? "[. is empty]" : out;
  }
  if (operation == "search") {
    std::string out;
    for (const auto& [name, text] : files) {
      if (contains(text, input.get("pattern").string_or("")))
        out += fmt::format("{}:1: {}\n", name, first_lines(text));
    }
    return out;
  }
  if (operation == "create") {
    if (files.contains(path) && !input.get("overwrite").bool_or(false))
      return fail(fmt::format("AlreadyExists: {} exists already", path));
    files[path] = content;
    return "Wrote " + path;
  }
  if (!files.contains(path)) return fail(fmt::format("NotFound: {}: No such file or directory", path));
  if (operation == "insert") {
    files[path] += content;
    return "Inserted 1 lines";
  }
  if (operation == "replace") {
    const std::string from(input.get("old_text").string_or(""));
    const size_t at = files[path].find(from);
    if (at == std::string::npos) return fail("NotFound: old_text does not occur");
    files[path].replace(at, from.size(), input.get("new_text").string_or(""));
    return "Replaced one occurrence";
  }
  std::string out;
  int number = 1;
  for (const std::string_view line : os::split(strip(files[path], ""), '\n'))
    out += fmt::format("{:>6}\t{}\n", number++, line);
  return out;
}

}  // namespace soma::model::reflex
