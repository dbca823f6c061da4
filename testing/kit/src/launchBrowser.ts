import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";
import { unpackBrowser } from "./unpackBrowser.ts";

/** `--single-process` closes the browser with its first page. `--ignore-gpu-blocklist` searches for a GPU. */
const REFUSED_FLAGS = ["--single-process", "--ignore-gpu-blocklist"];

const WEB_GPU_FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/**
 * Renders on the CPU: an emulated GPU takes ten times as long.
 * @param hasWebGpu on SwiftShader
 */
export async function launchBrowser({ hasWebGpu = false } = {}): Promise<Browser> {
  const folder = await unpackBrowser();
  chromium.setGraphicsMode = false;
  const args = chromium.args.filter((flag) => !REFUSED_FLAGS.includes(flag));
  return playwright.launch({
    executablePath: join(folder, "chromium"),
    args: [...args, ...(hasWebGpu ? WEB_GPU_FLAGS : ["--disable-gpu"])],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: `${join(folder, "lib")}:${folder}`,
      FONTCONFIG_FILE: join(folder, "trellis-fonts.conf"),
    },
  });
}
