import { startDevnet } from "@trellis/e2e";
import { launchBrowser } from "@trellis/kit/browser";
import type { Page } from "playwright-core";
import type { Benchmark } from "./benchmark.ts";
import { quantilesOf } from "./quantilesOf.ts";

const BLOCK_MS = 100;
const NODES = 3;
const NODES_SMALL = 1;
const BLOCKS = 1_000;
const BLOCKS_SMALL = 20;
const WATCH_MS = 10_000;
const WATCH_MS_SMALL = 1_000;
const GIVE_UP_MS = 600_000;
const POLL_MS = 500;
const VIEW = { width: 1_440, height: 900 };

interface Shown {
  readonly onScreen: number;
  readonly known: number;
}

export const consoleBenchmark: Benchmark = {
  name: "console",
  summary: `time between frames of the DAG view with ${BLOCKS} blocks on screen, at ${1_000 / BLOCK_MS} blocks a second`,
  async run({ small, log }) {
    const nodes = small ? NODES_SMALL : NODES;
    const args = ["--nodes", String(nodes), "--block-time", String(BLOCK_MS), "--log-level", "warn"];
    const devnet = await startDevnet({ args });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: VIEW });
      const firstViewMs = await firstView(page, devnet.httpUrl);
      await page.goto(`${devnet.httpUrl}/dag`);
      await page.locator("canvas").waitFor();
      const shown = await untilOnScreen(page, small ? BLOCKS_SMALL : BLOCKS, log);
      const { frames, draws } = await watch(page, small ? WATCH_MS_SMALL : WATCH_MS);
      const seconds = frames.reduce((sum, ms) => sum + ms, 0) / 1_000;
      return {
        framesPerSecond: frames.length / seconds,
        frameMs: figuresOf(frames),
        drawMs: figuresOf(draws),
        ...shown,
        firstViewMs,
        blockMs: BLOCK_MS,
        nodes,
        browser: browser.version(),
      };
    } finally {
      await browser.close();
      await devnet.stop();
    }
  },
};

async function untilOnScreen(page: Page, count: number, log: (line: string) => void): Promise<Shown> {
  const startMs = performance.now();
  await page.locator("canvas").focus();
  for (;;) {
    const shown = await page.locator("canvas").evaluate(countBlocks);
    if (shown.onScreen >= count) return shown;
    if (shown.known >= count) await page.keyboard.press("-");
    if (performance.now() - startMs > GIVE_UP_MS)
      throw new Error(`only ${shown.onScreen} blocks are on screen`);
    await page.waitForTimeout(POLL_MS);
    log(`${shown.known} blocks known, ${shown.onScreen} on screen`);
  }
}

function countBlocks(element: unknown): Shown {
  const { scene, clientWidth } = element as {
    readonly clientWidth: number;
    readonly scene: {
      readonly camera: { readonly scale: number; readonly x: number };
      readonly blocks: Map<string, { readonly x: number }>;
    };
  };
  const { scale, x } = scene.camera;
  const half = clientWidth / 2 / scale;
  let onScreen = 0;
  for (const node of scene.blocks.values()) if (Math.abs(node.x - x) <= half) onScreen++;
  return { onScreen, known: scene.blocks.size };
}

interface Watched {
  readonly frames: number[];
  readonly draws: number[];
}

function watch(page: Page, durationMs: number): Promise<Watched> {
  return page.evaluate<Watched>(`new Promise((resolve) => {
    const [frames, draws] = [[], []];
    const { scene } = document.querySelector("canvas");
    const { draw } = scene;
    scene.draw = (...drawing) => {
      const begin = performance.now();
      draw.apply(scene, drawing);
      draws.push(performance.now() - begin);
    };
    let last;
    const begin = performance.now();
    const frame = (now) => {
      if (last !== undefined) frames.push(now - last);
      last = now;
      if (now - begin < ${durationMs}) requestAnimationFrame(frame);
      else resolve({ frames, draws });
    };
    requestAnimationFrame(frame);
  })`);
}

async function firstView(page: Page, url: string): Promise<number> {
  await page.goto(url);
  await page.locator(".figures").first().waitFor();
  return page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0");
}

function figuresOf(values: readonly number[]): object {
  const at = quantilesOf(values);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
