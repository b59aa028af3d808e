// The handlers of operations.cpp's table, by the file that holds them.
#pragma once

#include "services/workflow/api/operations.h"

namespace soma::workflow::api {

// machine_operations.cpp
Answer create_state_machine(Call call);
Answer update_state_machine(Call call);
Answer describe_state_machine(Call call);
Answer delete_state_machine(Call call);
Answer list_state_machines(Call call);
Answer validate_state_machine_definition(Call call);
Answer describe_state_machine_for_execution(Call call);

// version_operations.cpp
Answer publish_state_machine_version(Call call);
Answer delete_state_machine_version(Call call);
Answer list_state_machine_versions(Call call);

// alias_operations.cpp
Answer create_state_machine_alias(Call call);
Answer update_state_machine_alias(Call call);
Answer describe_state_machine_alias(Call call);
Answer delete_state_machine_alias(Call call);
Answer list_state_machine_aliases(Call call);

// execution_operations.cpp
Answer start_execution(Call call);
Answer start_sync_execution(Call call);
Answer stop_execution(Call call);
Answer describe_execution(Call call);
Answer list_executions(Call call);
Answer get_execution_history(Call call);
Answer redrive_execution(Call call);

// task_operations.cpp
Answer send_task_success(Call call);
Answer send_task_failure(Call call);
Answer send_task_heartbeat(Call call);
Answer get_activity_task(Call call);

// activity_operations.cpp
Answer create_activity(Call call);
Answer delete_activity(Call call);
Answer describe_activity(Call call);
Answer list_activities(Call call);

// map_run_operations.cpp
Answer describe_map_run(Call call);
Answer update_map_run(Call call);
Answer list_map_runs(Call call);

// tag_operations.cpp
Answer tag_resource(Call call);
Answer untag_resource(Call call);
Answer list_tags_for_resource(Call call);

// test_state_operation.cpp
Answer test_state(Call call);

}  // namespace soma::workflow::api
