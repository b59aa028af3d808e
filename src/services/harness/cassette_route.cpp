#include "services/harness/cassette_route.h"

#include "services/harness/cassette/cassette.h"
#include "services/harness/cassette/expectation.h"
#include "services/harness/session/session.h"

namespace soma::harness {
namespace {

using os::Result;

Result<std::string> cassette_text(const Service& service, const Dependencies& dependencies,
                                  const std::string& harness, const std::string& session_id,
                                  bool with_environment) {
  SOMA_TRY(check_session_id(session_id));
  SOMA_ASSIGN(const DefinitionPtr definition, service.get(harness));
  const SessionKey key{definition->id, definition->config.name, session_id};
  const std::shared_ptr<const model::PriceTable> prices = dependencies.prices();
  const RecordOptions options{
      .now = dependencies.clock.now(), .with_environment = with_environment, .prices = *prices};
  SOMA_ASSIGN(Cassette cassette, record(dependencies.journal, key.run(), options));
  cassette.expect = default_expectations(cassette);
  return write_cassette(cassette);
}

}  // namespace

void mount_cassette(net::Router& router, Service& service, const Dependencies& dependencies) {
  router.add(
      "GET", "/api/sessions/{harness}/{sessionId}/cassette",
      net::answering([&service, &dependencies](net::Request& request) -> net::Task<Result<net::Response>> {
        // A long session is read and hashed: not on the loop that serves others.
        auto work = [&service, &dependencies, harness = std::string(request.parameter("harness")),
                     session_id = std::string(request.parameter("sessionId")),
                     with_environment = request.query_value("environment") == "true"] {
          return cassette_text(service, dependencies, harness, session_id, with_environment);
        };
        SOMA_CO_ASSIGN(std::string text, co_await net::offload(std::move(work)));
        co_return net::Response::text(200, std::move(text), "application/json");
      }));
}

}  // namespace soma::harness
