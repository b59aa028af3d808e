#include "app/cli/render/approval_text.h"

#include <fmt/format.h>

#include "app/cli/project/layout.h"
#include "app/cli/render/figures.h"
#include "app/cli/render/one_line.h"
#include "app/cli/render/table.h"

namespace soma::cli {
namespace {

using json::Value;

std::string word(const Value& approval, std::string_view key) {
  return one_line(approval.get(key).string_or(""), kMaxOneLineBytes);
}

// How long ago, "" for what is no time.
std::string age(const Value& at, os::Time now) {
  const auto time = os::parse_time(at.string_or(""));
  return time ? short_time(now - *time) : "";
}

std::string expiry(const Value& approval, os::Time now) {
  const auto time = os::parse_time(approval.get("expiresAt").string_or(""));
  if (!time) return "never";
  return *time <= now ? "now" : "in " + short_time(*time - now);
}

void add(std::string& out, std::string_view name, const std::string& value) {
  if (!value.empty()) out += fmt::format("{:<10} {}\n", name, value);
}

}  // namespace

std::string approvals_table(const json::Array& approvals, os::Time now) {
  std::vector<std::vector<std::string>> rows;
  for (const Value& approval : approvals)
    rows.push_back({word(approval, "approvalId"), word(approval, "harnessName"), word(approval, "sessionId"),
                    word(approval, "tool"), one_line(json::write(approval.get("input")), kMaxArgumentsBytes),
                    age(approval.get("requestedAt"), now), expiry(approval, now)});
  return table({"APPROVAL", "HARNESS", "SESSION", "TOOL", "ARGUMENTS", "AGE", "EXPIRES"}, rows);
}

std::string approval_text(const Value& approval, os::Time now) {
  std::string out;
  const bool answered = approval.has("decision");
  add(out, "approval", word(approval, "approvalId"));
  add(out, "harness", word(approval, "harnessName"));
  add(out, "session", word(approval, "sessionId"));
  add(out, "tool", word(approval, "tool"));
  add(out, "rule", word(approval, "rule"));
  if (!answered) add(out, "reason", word(approval, "reason"));
  add(out, "asked",
      fmt::format("{} ({} ago)", word(approval, "requestedAt"), age(approval.get("requestedAt"), now)));
  if (answered)
    add(out, "answered",
        fmt::format("{}: {}, by {}{}{}", word(approval, "answeredAt"), word(approval, "decision"),
                    word(approval, "by"), word(approval, "reason").empty() ? "" : ": ",
                    word(approval, "reason")));
  else
    add(out, "expires", expiry(approval, now));
  add(out, "hash", word(approval, "inputHash"));
  return out + "arguments\n" + approval_arguments(approval) + "\n";
}

std::string approval_arguments(const Value& approval) {
  return without_controls(os::trim(lay_out(approval.get("input"))));
}

}  // namespace soma::cli
