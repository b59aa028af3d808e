#!/usr/bin/env python3
"""Runs the shop: makes the workflows with their contracts, sends orders through them, and rolls a bad version out and back.

    examples/orders/run.py            soma is $SOMA_BIN, else the `soma` on the PATH

It starts a soma of its own over an empty folder, prints what happens, and ends by itself: exit code 0 when everything happened
as README.md says, else 1 with what did not.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOMA = os.environ.get("SOMA_BIN") or shutil.which("soma") or "soma"
CHILDREN = {
    "PaymentProcessing": "payment-processing",
    "PaymentCompensation": "payment-compensation",
    "InventoryReservation": "inventory-reservation",
    "FulfillmentSubmission": "fulfillment-submission",
}
PARENT = ("OrderOrchestrator", "order-orchestrator")
CANARY_PAYMENTS = 99
AT_ONCE = 3


class Shop:
    def __init__(self, folder):
        self.folder = folder
        shutil.copy(HERE / "workflow.json", folder)
        # The functions' paths in workflow.json are seen from the folder that soma was started in.
        self.server = subprocess.Popen(
            [SOMA, "serve", "--json", "--port", "0", "--data-directory", folder],
            cwd=HERE, stdout=subprocess.PIPE, stderr=open(pathlib.Path(folder) / "server.log", "wb"),
        )
        line = self.server.stdout.readline()
        if not line:
            raise SystemExit(f"soma did not start: {(pathlib.Path(folder) / 'server.log').read_text()}")

    def stop(self):
        self.server.terminate()
        self.server.wait(30)
        self.server.stdout.close()

    def soma(self, *arguments, expect=0):
        """A command's output; `expect` None: whatever its exit code."""
        done = subprocess.run(
            [SOMA, *arguments, "--data-directory", self.folder], capture_output=True, text=True, timeout=120
        )
        if expect is not None and done.returncode != expect:
            raise SystemExit(f"soma {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def execution(self, machine, given, name=None):
        """Runs an execution to its end."""
        arguments = ["workflow", "start", f"{machine}:PROD", "--input", json.dumps(given), "--wait", "--json"]
        return json.loads(self.soma(*arguments, *(["--name", name] if name else []), expect=None))["execution"]


def show(title, text=""):
    print(f"\n== {title}" if not text else f"\n== {title}\n{text.rstrip()}", flush=True)


def check(what, seen, wanted):
    if seen != wanted:
        raise SystemExit(f"{what}: {seen!r}, not {wanted!r}")


def example(name):
    return json.loads((HERE / "inputs" / f"{name}.json").read_text())


def make_machines(shop):
    show("workflows, each with its contract, version 1 behind the alias PROD")
    for name, file in [*CHILDREN.items(), PARENT]:
        path = HERE / "workflows" / file
        shop.soma("workflow", "create", f"{path}.asl.json", "--name", name, "--contract", f"{path}.contract.json", "--publish")
        print(shop.soma("workflow", "alias", name, "PROD", "--route", "1=100").splitlines()[0])


def show_order(shop, title, order, status, result):
    execution = shop.execution(PARENT[0], order)
    check(title, execution["status"], status)
    if status == "SUCCEEDED":
        check(title, {key: execution["output"]["result"].get(key) for key in result}, result)
        show(title, json.dumps(execution["output"]["result"], indent=2))
    else:
        check(title, execution["error"], result)
        show(title, f"{execution['error']}: {execution['cause']}")
    print(shop.soma("trace", order["meta"]["correlationId"]).rstrip())
    return execution


def gate(shop):
    show("a contract that breaks its callers does not pass")
    contract = json.loads((HERE / "workflows/payment-processing.contract.json").read_text())
    contract["input"]["properties"]["request"]["required"].append("loyaltyNumber")
    broken = pathlib.Path(shop.folder) / "broken.contract.json"
    broken.write_text(json.dumps(contract))
    answer = shop.soma("workflow", "update", f"{HERE}/workflows/payment-processing.asl.json", "--name", "PaymentProcessing",
                       "--contract", str(broken), "--publish", expect=None)
    if "loyaltyNumber" not in answer:
        raise SystemExit(f"the break was published: {answer}")
    print(answer.rstrip())


def canary(shop):
    show("version 2 of PaymentProcessing fails for one payment in five: a canary finds out")
    path = HERE / "workflows/payment-processing"
    shop.soma("workflow", "update", f"{path}-v2.asl.json", "--name", "PaymentProcessing", "--contract",
              f"{path}.contract.json", "--publish")
    print(shop.soma("workflow", "rollout", "start", "PaymentProcessing", "PROD", "--to", "2", "--percentage", "50",
                    "--interval", "3600", "--min-ended", "10").rstrip())

    def status():
        return json.loads(shop.soma("workflow", "rollout", "status", "PaymentProcessing", "PROD", "--json"))["rollout"]

    def one(number):
        # Without an envelope: soma fills it in, since the contract asks for one.
        request = {"orderId": f"ORD-{200_000 + number}", "customerId": "CUST-9001", "amount": 119.85, "currency": "AUD",
                   "paymentMethodToken": "tok_123"}
        return shop.execution("PaymentProcessing", {"request": request}, f"canary-{number}")["status"]

    sent = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as senders:
        while status()["status"] == "running" and sent < CANARY_PAYMENTS:
            list(senders.map(one, range(sent, sent + AT_ONCE)))
            sent += AT_ONCE
    check("the canary", status()["status"], "rolledBack")
    print(f"after {sent} payments:")
    print(shop.soma("workflow", "rollout", "status", "PaymentProcessing", "PROD").rstrip())
    show("and payments go through version 1 again")
    check("a payment after the canary", one(CANARY_PAYMENTS), "SUCCEEDED")
    print(shop.soma("workflow", "describe", "PaymentProcessing").split("{")[0].rstrip())


def main():
    with tempfile.TemporaryDirectory(prefix="soma-orders-") as folder:
        shop = Shop(folder)
        try:
            make_machines(shop)
            show_order(shop, "an order", example("happy"), "SUCCEEDED", {"status": "ACCEPTED"})
            show_order(shop, "a declined payment", example("declined"), "SUCCEEDED",
                       {"status": "REJECTED", "reason": "PROCESSOR_DECLINED"})
            show_order(shop, "out of stock: the payment is given back", example("out-of-stock"), "SUCCEEDED",
                       {"status": "REJECTED", "reason": "OUT_OF_STOCK", "paymentVoided": True})
            show_order(shop, "an order that breaks the contract", example("broken-contract"), "FAILED",
                       "Contract.InputInvalid")
            gate(shop)
            canary(shop)
        finally:
            shop.stop()
    show("everything happened as it should")


if __name__ == "__main__":
    sys.exit(main())
