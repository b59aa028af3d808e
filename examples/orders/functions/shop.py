#!/usr/bin/env python3
"""The shop's functions: each reads its payload from standard input and prints its result.

What they answer follows from what they are asked, so that every run of the example is the same:
a payment token "tok_declined" is declined, the SKU "SKU-SOLD-OUT" is out of stock, and the second version of
payments-authorize fails for one order in five.
"""
import json
import sys
import zlib


class FunctionError(Exception):
    def __init__(self, name, message):
        super().__init__(message)
        self.name = name


def check_risk(payload):
    return {"accepted": payload["amount"] < 10_000}


def authorize(payload):
    if payload["paymentMethodToken"] == "tok_declined":
        return {"authorized": False, "reasonCode": "PROCESSOR_DECLINED", "processorReference": f"psp-{payload['orderId']}"}
    return {
        "authorized": True,
        "authorizationId": f"auth-{payload['orderId']}",
        "processorReference": f"psp-{payload['orderId']}",
    }


def authorize_v2(payload):
    if zlib.crc32(payload["orderId"].encode()) % 5 == 0:
        raise FunctionError("Payment.CurrencyTableMissing", "the new currency table was not deployed")
    return authorize(payload)


def void(payload):
    return {"voided": True, "authorizationId": payload["authorizationId"]}


def look_up(payload):
    return {"sku": payload["sku"], "available": payload["sku"] != "SKU-SOLD-OUT"}


def reserve(payload):
    return {"reservationId": f"res-{payload['orderId']}"}


def submit(payload):
    return {"shipmentId": f"ship-{payload['orderId']}"}


FUNCTIONS = {
    "payments-check-risk": check_risk,
    "payments-authorize": authorize,
    "payments-authorize-v2": authorize_v2,
    "payments-void": void,
    "inventory-look-up": look_up,
    "inventory-reserve": reserve,
    "fulfillment-submit": submit,
}


def main():
    function = FUNCTIONS[sys.argv[1]]
    try:
        print(json.dumps(function(json.load(sys.stdin))))
    except FunctionError as error:
        print(json.dumps({"errorType": error.name, "errorMessage": str(error)}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
