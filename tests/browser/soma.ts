import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const kStartLimitMs = 20_000;
const kRoot = new URL("../../", import.meta.url);
const kSite = fileURLToPath(new URL("examples/site", kRoot));
const kBuilt = fileURLToPath(new URL("build/release/soma", kRoot));

/** What soma prints once it serves. */
interface Started {
  url: string;
  siteUrl: string;
}

/** What a test's server is to know besides its defaults. */
interface Settings {
  /** A table of what models cost, before the built-in one. */
  prices?: object | undefined;
  /** The functions that the tasks of workflows call, as in workflow.json. */
  functions?: object | undefined;
}

/** A soma of its own, on a port and a data directory of its own, which can be killed and started again on the same ones. */
export class Soma {
  private process: ChildProcess | undefined;
  private port = 0;
  private site = "";
  private kills = 0;
  private log = "";

  private constructor(
    private readonly binary: string,
    private readonly directory: string,
    private readonly options: string[],
  ) {}

  static async start({ prices, functions }: Settings = {}): Promise<Soma> {
    const binary = process.env["SOMA_BIN"] ?? kBuilt;
    const directory = await mkdtemp(join(tmpdir(), "soma-browser-test-"));
    const file = join(directory, "prices.json");
    if (prices) await writeFile(file, JSON.stringify(prices));
    if (functions) {
      await mkdir(join(directory, "data"));
      await writeFile(join(directory, "data", "workflow.json"), JSON.stringify({ functions }));
    }
    const soma = new Soma(binary, directory, prices ? ["--prices", file] : []);
    await soma.startProcess();
    return soma;
  }

  /** The address of the site that soma serves for agents to visit. */
  get siteUrl(): string {
    return this.site;
  }

  get wasKilled(): boolean {
    return this.kills > 0;
  }

  /** A directory for what a test writes; it goes with the server. */
  get scratch(): string {
    return this.directory;
  }

  /** What the server keeps. */
  get data(): string {
    return join(this.directory, "data");
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** kill -9: the server gets no chance to say goodbye. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    this.kills++;
    child.kill("SIGKILL");
    await gone;
  }

  /** Starts it again on the same port and data. */
  async startAgain(): Promise<void> {
    await this.kill();
    await this.startProcess();
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Calls the API and returns the answer's JSON; throws with the body when the status is an error. */
  async call<Answer>(path: string, method = "GET", body?: unknown): Promise<Answer> {
    const headers = { accept: "application/json", "content-type": "application/json" };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  /** Calls an operation of the Step Functions API. */
  async callStepFunctions<Answer>(operation: string, parameters: object): Promise<Answer> {
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AWSStepFunctions.${operation}` };
    const response = await fetch(this.url, { method: "POST", headers, body: JSON.stringify(parameters) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${operation}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  private async startProcess(): Promise<void> {
    const options = ["serve", "--port", String(this.port), "--data-directory", this.data, "--site", kSite, "--json", ...this.options];
    const child = spawn(this.binary, options, { stdio: ["ignore", "pipe", "pipe"] });
    this.process = child;
    child.stderr.on("data", (bytes: Buffer) => (this.log = (this.log + bytes.toString()).slice(-8_000)));
    const { url, siteUrl } = await this.firstLine(child);
    this.port = Number(new URL(url).port);
    this.site = siteUrl;
  }

  private firstLine(child: ChildProcess): Promise<Started> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`soma did not start: ${why}\n${this.log}`));
      const timer = setTimeout(() => fail(`no line in ${kStartLimitMs} ms`), kStartLimitMs);
      child.once("error", (error) => fail(error.message));
      child.once("exit", (code) => fail(`exit code ${code}`));
      if (!child.stdout) return fail("no stdout");
      createInterface({ input: child.stdout }).once("line", (line) => {
        clearTimeout(timer);
        resolve(JSON.parse(line) as Started);
      });
    });
  }
}
