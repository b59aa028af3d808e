#include "services/workflow/connectors/builtin.h"

namespace soma::workflow {

void add_builtin_connectors(Connectors& connectors, const BuiltinDependencies& with) {
  connectors.add(make_lambda_connector({with.clock, with.ids, with.launcher, with.settings}));
  connectors.add(make_states_connector(with.clock, with.ids, with.states));
  connectors.add(make_sfn_connector(with.ids, with.states));
  connectors.add(make_http_connector({with.clock, with.outbound, with.settings, with.read_secret}));
  connectors.add(make_s3_connector(with.ids, with.objects));
}

}  // namespace soma::workflow
