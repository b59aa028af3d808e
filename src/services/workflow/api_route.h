// POST /: the Step Functions API in the AWS JSON 1.0 protocol.
//
// The operation is in the header X-Amz-Target ("AWSStepFunctions.StartExecution"), parameters and answer are
// JSON, an error has its name in "__type" and in x-amzn-errortype. The server listens on loopback alone and
// trusts who reaches it: signatures are not looked at.
#pragma once

#include "base/net/net.h"
#include "services/workflow/workflow.h"

namespace soma::workflow {

void mount_api(net::Router& router, Service& service);

}  // namespace soma::workflow
