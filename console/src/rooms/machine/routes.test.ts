import { expect, test } from "vitest";
import { routesOf, splitOf } from "./routes";

test("the other version takes the rest", () => {
  expect(routesOf({ version: 1, weight: 90, other: 2 })).toEqual([
    { version: 1, weight: 90 },
    { version: 2, weight: 10 },
  ]);
});

test.each([undefined, 3])("with the other one %s, one version takes all", (other) => {
  expect(routesOf({ version: 3, weight: 20, other })).toEqual([{ version: 3, weight: 100 }]);
});

test("an alias's routes become what the dialog shows, and a new one leads to the newest version", () => {
  const routes = [
    { version: 4, weight: 25 },
    { version: 5, weight: 75 },
  ];
  expect(splitOf(routes, 9)).toEqual({ version: 4, weight: 25, other: 5 });
  expect(routesOf(splitOf(routes, 9))).toEqual(routes);
  expect(splitOf([], 9)).toEqual({ version: 9, weight: 100, other: undefined });
});
