import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";
import { unpackBrowser } from "./unpackBrowser.ts";

/** `--single-process` closes the browser with its first page. `--ignore-gpu-blocklist` searches for a GPU. */
const REFUSED_FLAGS = ["--single-process", "--ignore-gpu-blocklist"];

/** Renders on the CPU: an emulated GPU takes ten times as long. */
export async function launchBrowser(): Promise<Browser> {
  const folder = await unpackBrowser();
  chromium.setGraphicsMode = false;
  const args = chromium.args.filter((flag) => !REFUSED_FLAGS.includes(flag));
  return playwright.launch({
    executablePath: join(folder, "chromium"),
    args: [...args, "--disable-gpu"],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: `${join(folder, "lib")}:${folder}`,
      FONTCONFIG_FILE: join(folder, "trellis-fonts.conf"),
    },
  });
}
