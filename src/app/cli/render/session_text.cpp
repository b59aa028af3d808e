#include "app/cli/render/session_text.h"

#include "app/cli/render/figures.h"
#include "app/cli/render/one_line.h"
#include "app/cli/render/table.h"

namespace soma::cli {
namespace {

using json::Value;
using Rows = std::vector<std::vector<std::string>>;

std::string word(const Value& session, std::string_view key) {
  return one_line(session.get(key).string_or(""), kMaxOneLineBytes);
}

// What waits for a person stands out.
std::string status(const Value& session, const Terminal& terminal) {
  const std::string text = word(session, "status");
  return text == "waiting" && terminal.traits().out_is_terminal ? terminal.yellow(text) : text;
}

std::string tokens(const Value& session) {
  return std::to_string(session.get("usage").get("totalTokens").int_or(0));
}

// "-" for a session whose cost is not known.
std::string cost(const Value& session) {
  const Value& usd = session.get("costUsd");
  return usd.is_number() ? dollars(usd.double_or(0)) : "-";
}

// From its beginning to its last event, to now while it runs.
std::string duration(const Value& session, os::Time now) {
  const auto from = os::parse_time(word(session, "createdAt"));
  const auto to = os::parse_time(word(session, "updatedAt"));
  if (!from || !to) return "";
  const std::string state = word(session, "status");
  return short_time((state == "running" || state == "waiting" ? now : *to) - *from);
}

// `before` leads to this session's line, `below` to those of its children.
void add_rows(const Value& node, const std::string& before, const std::string& below,
              const Terminal& terminal, os::Time now, Rows& rows) {
  const Value& session = node.get("session");
  rows.push_back({before + word(session, "harnessName"), status(session, terminal), cost(session),
                  tokens(session), duration(session, now), word(session, "sessionId")});
  const Value& children = node.get("children");
  for (size_t index = 0; index < children.size(); ++index) {
    const bool last = index + 1 == children.size();
    add_rows(children.at(index), below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "), terminal,
             now, rows);
  }
}

}  // namespace

std::string sessions_table(const json::Array& sessions, const Terminal& terminal) {
  Rows rows;
  for (const Value& session : sessions)
    rows.push_back({word(session, "sessionId"), word(session, "harnessName"), status(session, terminal),
                    word(session, "updatedAt"), std::to_string(session.get("invocations").int_or(0)),
                    tokens(session), cost(session), word(session, "title")});
  return table({"SESSION", "HARNESS", "STATUS", "UPDATED", "INVOCATIONS", "TOKENS", "COST", "TITLE"}, rows);
}

std::string session_tree(const Value& root, const Terminal& terminal, os::Time now) {
  Rows rows;
  add_rows(root, "", "", terminal, now, rows);
  return table({"HARNESS", "STATUS", "COST", "TOKENS", "DURATION", "SESSION"}, rows);
}

}  // namespace soma::cli
