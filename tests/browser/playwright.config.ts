import { defineConfig } from "@playwright/test";

// The browser is Debian's; none is downloaded. The switches keep it from calling out.
const kChromium = process.env["SOMA_CHROMIUM"] ?? "/usr/bin/chromium";
const kSwitches = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  testDir: ".",
  outputDir: "../../test-results/browser",
  workers: 2,
  fullyParallel: true,
  // Of a whole test: a tour with axe at every stop is work. What a test waits for has the limit below.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: { executablePath: kChromium, args: kSwitches },
    viewport: { width: 1280, height: 860 },
    screenshot: "only-on-failure",
  },
});
