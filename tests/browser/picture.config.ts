import tests from "./playwright.config";

/** Draws the pictures of the documentation instead of testing. */
export default { ...tests, testMatch: /\.picture\.ts$/ };
