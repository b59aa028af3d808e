#include "services/harness/loop/invocation_follower.h"

#include "services/harness/session/events.h"

namespace soma::harness {

net::Task<os::Result<FollowedEnd>> follow_to_end(journal::Journal& journal, net::Executor executor,
                                                 Invocation invocation,
                                                 std::function<os::Result<>(const journal::Event&)> other,
                                                 std::string_view leave, net::Cancellation cancellation) {
  const auto follower = journal.follow(executor, invocation.run, invocation.first_seq);
  const auto stop_following = cancellation.on_request([&] {
    if (cancellation.reason() == leave) follower->close();
  });
  FollowedEnd end;
  while (true) {
    SOMA_CO_ASSIGN(const std::vector<journal::EventPtr> events, co_await follower->next());
    for (const journal::EventPtr& event : events) {
      if (event->type == event::kModelResult) {
        SOMA_CO_ASSIGN(const json::Value body, json::parse(event->body));
        SOMA_CO_ASSIGN(const model::Message message, model::message_from_json(body.get("message")));
        end.answer = model::text_of(message);
      } else if (event->type == event::kInvocationFinished) {
        SOMA_CO_ASSIGN(end.finished, json::parse(event->body));
        if (end.finished.get("invocationId").string_or("") == invocation.id) co_return end;
      } else if (other) {
        SOMA_CO_TRY(other(*event));
      }
    }
  }
}

}  // namespace soma::harness
