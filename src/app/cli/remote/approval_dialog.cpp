#include "app/cli/remote/approval_dialog.h"

#include <fmt/format.h>
#include <termios.h>

#include "app/cli/raw_terminal.h"
#include "app/cli/render/approval_text.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

// One line. kCancelled after keyboard.close(), kUnavailable at the end of the input.
net::Task<Result<std::string>> read_line(net::FdStream& keyboard) {
  std::string line;
  for (;;) {
    SOMA_CO_ASSIGN(const std::string typed, co_await keyboard.read_some(kMaxReplyBytes));
    if (typed.empty()) co_return os::fail(Code::kUnavailable, "the input ended");
    line += typed;
    if (const size_t end = line.find('\n'); end != std::string::npos) co_return line.substr(0, end);
    if (line.size() > kMaxReplyBytes) line.clear();  // no answer is so long
  }
}

}  // namespace

ApprovalDialog::ApprovalDialog(Terminal& terminal, int keyboard, std::string by, const Connection& connection,
                               Session session)
    : terminal_(terminal),
      descriptor_(keyboard),
      by_(std::move(by)),
      connection_(connection),
      session_(std::move(session)) {}

void ApprovalDialog::on_event(const net::Executor& executor, const Value& wire_event) {
  const auto& [name, body] = wire_event.as_object().front();
  if (name == "approvalAnswered") forget(body.get("approvalId").string_or(""));
  if (name != "approvalRequested") return;
  waiting_.push_back(body);
  if (std::exchange(working_, true)) return;
  net::spawn(executor, work(shared_from_this()), "cli.approvals");
}

void ApprovalDialog::end() {
  waiting_.clear();
  if (reading_ != nullptr) reading_->close();
  terminal_.ask("");
}

void ApprovalDialog::forget(std::string_view approval_id) {
  std::erase_if(waiting_, [&](const Value& approval) {
    return approval.get("approvalId").string_or("") == approval_id;
  });
  if (asked_ == approval_id && reading_ != nullptr) reading_->close();
}

net::Task<> ApprovalDialog::work(std::shared_ptr<ApprovalDialog> self) {
  while (!self->waiting_.empty()) {
    Value approval = std::move(self->waiting_.front());
    self->waiting_.pop_front();
    self->asked_ = approval.get("approvalId").string_or("");
    co_await self->ask(std::move(approval));
    self->asked_.clear();
  }
  self->working_ = false;
}

net::Task<> ApprovalDialog::ask(Value approval) {
  const net::Executor executor = co_await net::this_executor();
  Result<os::Fd> opened = open_keyboard(descriptor_);
  if (!opened) {
    terminal_.note(fmt::format("soma: {}", opened.error().message));
    leave_for_later(approval);
    co_return;
  }
  net::FdStream keyboard(executor, std::move(*opened));
  reading_ = &keyboard;
  terminal_.note(approval_arguments(approval));
  const std::string question =
      fmt::format("approve {}? [y]es, [n]o and why, [l]ater: ", approval.get("name").string_or("?"));
  const std::optional<Reply> reply = co_await reply_to(question, keyboard);
  reading_ = nullptr;
  if (!reply) co_return;
  if (reply->choice == Choice::kLater) {
    leave_for_later(approval);
    co_return;
  }
  ApprovalDecision decision{reply->choice == Choice::kYes, by_, reply->reason};
  co_await send(approval, std::move(decision));
}

net::Task<std::optional<Reply>> ApprovalDialog::reply_to(const std::string& question,
                                                         net::FdStream& keyboard) {
  for (;;) {
    // What was typed before the question is there is no answer to it.
    ::tcflush(descriptor_, TCIFLUSH);
    terminal_.ask(question);
    const Result<std::string> line = co_await read_line(keyboard);
    if (!line) {
      terminal_.ask("");
      if (line.error().code == Code::kCancelled) co_return std::nullopt;
      // Ctrl-D leaves it pending.
      co_return Reply{Choice::kLater, ""};
    }
    terminal_.question_answered();
    if (auto reply = parse_reply(*line)) co_return reply;
  }
}

net::Task<> ApprovalDialog::send(const Value& approval, ApprovalDecision decision) {
  net::HttpClient client(co_await net::this_executor());
  // A sub-agent's waits in a session of its own.
  const std::string harness(approval.get("harnessId").string_or(session_.harness));
  const std::string session_id(approval.get("sessionId").string_or(session_.session_id));
  const std::string path = answer_path(harness, session_id, approval);
  net::ClientRequest request = api_request(connection_.url(), "POST", path, answer_body(approval, decision));
  const auto response = co_await client.fetch(std::move(request));
  const Result<Value> answered = response ? api_answer(*response) : std::unexpected(response.error());
  if (answered) co_return;
  terminal_.note(fmt::format("{} {}", terminal_.red("soma:"), answered.error().message));
  if (answered.error().code != Code::kConflict) leave_for_later(approval);
}

void ApprovalDialog::leave_for_later(const Value& approval) {
  terminal_.note(fmt::format("soma: it waits: soma approve {0}, or soma deny {0}",
                             approval.get("approvalId").string_or("?")));
}

}  // namespace soma::cli
