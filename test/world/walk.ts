/** A browser, Chromium, and what a person does in it. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { atTheEnd } from "./processes.ts";
import { PASSWORD, type Stead } from "./stead.ts";
import { until } from "./until.ts";

/** Where distributions put it; CHROMIUM names another. */
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A check of the way in takes a minute at most, and then some for a busy machine. In ms. */
const CHECKED = 90_000;

/** Empties the folder of the temporary folder where the pictures of a story stay, to be looked at. */
export function freshPictures(name: string): void {
  rmSync(join(tmpdir(), name), { recursive: true, force: true });
  mkdirSync(join(tmpdir(), name), { recursive: true });
}

/** A browser window, and what its owner does in it. */
export class Walk {
  readonly page: Page;
  readonly complaints: string[] = [];
  readonly #origin: string;
  readonly #pictures: string;

  constructor(page: Page, origin: string, pictures: string) {
    this.page = page;
    this.#origin = origin;
    this.#pictures = pictures;
    page.on("console", (message) => {
      const [kind, text] = [message.type(), message.text()];
      // The answers that a step asks for are told as errors too.
      const meant = /status of (403|409|422|503)/.test(text);
      if ((kind === "error" || kind === "warning") && !meant) this.complaints.push(`console: ${text}`);
    });
    page.on("pageerror", (fault) => this.complaints.push(`script: ${fault.message}`));
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== origin) this.complaints.push(`asked ${request.url()}`);
      if (request.resourceType() === "script") this.complaints.push(`script ${request.url()}`);
    });
  }

  /** `pictures`: the folder made by `freshPictures`. */
  static async begin(
    browser: Browser,
    stead: Stead,
    pictures: string,
    options: NonNullable<Parameters<Browser["newContext"]>[0]>,
  ): Promise<Walk> {
    const context: BrowserContext = await browser.newContext({
      viewport: { width: 1100, height: 800 },
      locale: "en-GB",
      ...options,
    });
    context.setDefaultTimeout(15_000);
    return new Walk(await context.newPage(), stead.origin, pictures);
  }

  async goes(path: string, status = 200): Promise<void> {
    const answer = await this.page.goto(`${this.#origin}${path}`);
    assert.equal(answer?.status(), status, `GET ${path}`);
  }

  async signsIn(): Promise<void> {
    await this.fills({ Password: PASSWORD });
    await this.presses("Sign in");
    await this.page.waitForURL(`${this.#origin}/home`);
  }

  async writes(text: string): Promise<void> {
    await this.goes("/home");
    await this.fills({ "What do you want to say?": text });
    await this.presses("Post");
    await this.reads(text);
  }

  /** Into fields by their labels. */
  async fills(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) {
      await this.page.getByLabel(label, { exact: true }).fill(value);
    }
  }

  async presses(button: string): Promise<void> {
    await this.page.getByRole("button", { name: button, exact: true }).first().click();
  }

  async clicks(link: string): Promise<void> {
    await this.page.getByRole("link", { name: link, exact: true }).first().click();
  }

  async reads(words: string | RegExp): Promise<void> {
    await this.page.getByText(words).first().waitFor();
  }

  /** The page whose first heading this is, perhaps after it has loaded itself again. */
  async heads(heading: string): Promise<void> {
    const found = this.page.getByRole("heading", { level: 1, name: heading, exact: true });
    await found.waitFor({ timeout: CHECKED });
  }

  /** Starts a check of the way in, and waits for what it says at the top. */
  async checks(heading: string): Promise<void> {
    await this.goes("/move/check");
    await this.page.getByRole("button", { name: /check/i }).click();
    await this.heads(heading);
  }

  /** A list of followers. */
  async uploads(name: string, text: string): Promise<void> {
    await this.page
      .locator("input[type=file]")
      .setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    await this.presses("Add the file");
  }

  async waitsFor(path: string, words: RegExp): Promise<void> {
    await until(`${path} says ${words}`, async () => {
      await this.goes(path);
      return words.test(await this.page.locator("main").innerText());
    });
  }

  /** A picture of ours is on the page, and was loaded. */
  async showsPicture(): Promise<void> {
    await this.page.locator("main img").first().waitFor();
    const width = await this.page.evaluate("document.querySelector('main img').naturalWidth");
    assert.ok(Number(width) > 0, "the picture did not load");
  }

  /** No value of a list of facts is pressed together until its letters stand below each other. */
  async hasRoomForValues(): Promise<void> {
    const values = await this.page.locator(".fields dd").all();
    for (const value of values) {
      const { width = 0 } = (await value.boundingBox()) ?? {};
      assert.ok(width >= 80, `"${await value.innerText()}" has ${width} pixels`);
    }
  }

  async shoots(name: string): Promise<void> {
    await this.page.screenshot({ path: join(tmpdir(), this.#pictures, `${name}.png`), fullPage: true });
    const over = await this.page.evaluate("document.documentElement.scrollWidth - innerWidth");
    assert.ok(Number(over) <= 0, `"${name}" is ${String(over)} pixels wider than the window`);
  }
}

export async function openBrowser(): Promise<Browser> {
  const program = [process.env["CHROMIUM"] ?? "", ...CHROMIUM].find(
    (path) => path !== "" && existsSync(path),
  );
  if (!program)
    throw new Error("Chromium is missing. Install it (Debian: apt-get install chromium), or set CHROMIUM.");
  // Without its sandbox only where there is none to be had: as root, in a container.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: program, args });
  atTheEnd(() => void browser.close());
  return browser;
}
