import { readFileSync } from "node:fs";
import { evmErrors } from "../errors.ts";

/** The two builds of the core: `core` runs fast, `tracing` calls the host before each instruction. */
export type CoreBuild = "core" | "tracing";

const modules = new Map<CoreBuild, WebAssembly.Module>();

/**
 * The compiled core. Engines share one module, and with it what the JavaScript engine has optimised.
 * @throws ENGINE_NOT_BUILT
 */
export function coreModule(build: CoreBuild): WebAssembly.Module {
  const known = modules.get(build);
  if (known !== undefined) return known;
  const file = new URL(`../../generated/${build}.wasm`, import.meta.url);
  try {
    const module = new WebAssembly.Module(readFileSync(file));
    modules.set(build, module);
    return module;
  } catch (cause) {
    throw evmErrors.ENGINE_NOT_BUILT({ build }, cause);
  }
}
