import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createScripted, expect, expectAccessible, expectFinished, send, test as base } from "./fixtures";

/** An OpenID Connect issuer on loopback, with one key. */
class Issuer {
  private readonly key: KeyObject;
  private readonly server: Server;
  readonly url: string;

  private constructor(server: Server, key: KeyObject, url: string) {
    this.server = server;
    this.key = key;
    this.url = url;
  }

  static async start(): Promise<Issuer> {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const keys = [{ ...publicKey.export({ format: "jwk" }), kid: "one", use: "sig" }];
    let url = "";
    const server = createServer((request, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(request.url === "/keys" ? { keys } : { issuer: url, jwks_uri: `${url}/keys` }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new Issuer(server, privateKey, url);
  }

  token(subject: string): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { iss: this.url, sub: subject, aud: "agents", exp: Math.floor(Date.now() / 1000) + 600 };
    const signed = `${part({ alg: "ES256", kid: "one" })}.${part(claims)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), { key: this.key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const test = base.extend<{ issuer: Issuer }>({
  issuer: async ({}, use) => {
    const issuer = await Issuer.start();
    await use(issuer);
    issuer.stop();
  },
});

test("a harness with an authorizer asks for a token, says what was wrong with one, and answers its user", async ({ page, soma, issuer, complaints }) => {
  const discoveryUrl = `${issuer.url}/.well-known/openid-configuration`;
  const authorizerConfiguration = { customJWTAuthorizer: { discoveryUrl, allowedAudience: ["agents"] } };
  const harness = await createScripted(soma, "guarded", [{ text: "Come in." }], { authorizerConfiguration });
  await page.goto(`${soma.url}/agents/${harness}`);
  const token = page.getByLabel("This harness asks for a bearer token of its issuer");
  await expect(token).toHaveAttribute("type", "password");
  await send(page, "Open the door");
  await expect(page.getByText(/has no bearer token/)).toBeVisible();
  expect(complaints.splice(0).filter((text) => !/status of 401/.test(text))).toEqual([]);
  await expectAccessible(page);
  await token.fill(issuer.token("ada"));
  await send(page, "Open the door");
  await expectFinished(page);
  await expect(page.locator("[data-step=done]").last()).toContainText("Come in.");
});

test("a harness without an authorizer asks for no token", async ({ page, soma }) => {
  const harness = await createScripted(soma, "open", [{ text: "Come in." }]);
  await page.goto(`${soma.url}/agents/${harness}`);
  await expect(page.getByRole("textbox", { name: "Prompt" })).toBeVisible();
  await expect(page.getByLabel(/asks for a bearer token/)).toBeHidden();
});
