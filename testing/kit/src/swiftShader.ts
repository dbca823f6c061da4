import { join } from "node:path";
import { unpackBrowser } from "./unpackBrowser.ts";

/** The environment of a process that uses SwiftShader, a GPU that computes on the CPU. */
export async function swiftShader(): Promise<NodeJS.ProcessEnv> {
  const folder = await unpackBrowser();
  return {
    ...process.env,
    LD_LIBRARY_PATH: `${join(folder, "lib")}:${folder}`,
    VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"),
  };
}
